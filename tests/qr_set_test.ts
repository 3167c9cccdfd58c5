import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { categories, JUDGING_SEED, picture, pictures, Random, TUNING_SEED } from "./qr_set/mod.ts";

// The set tells decoders apart only if each of its pictures shows what it says.

const hash = (data: Uint8ClampedArray) => createHash("sha256").update(data).digest("hex");

test(
  "a seed, a category and a number give the same picture, whatever was made before",
  async () => {
    for (const { name, count } of categories) {
      const index = count - 1;
      const first = await picture(name, "again", index);
      const again = await picture(name, "again", index);
      expect(hash(again.data), name).toBe(hash(first.data));
      expect(again.codes).toEqual(first.codes);
      expect(hash((await picture(name, "other", index)).data), name).not.toBe(hash(first.data));
    }
  },
  60_000,
);

test("the same pixels in every run: these were made once and written down", async () => {
  const { data, codes } = await picture("terminal", "fixed", 0);
  expect(codes[0]!.text).toMatchInlineSnapshot(
    `"otpauth://totp/j%C3%BCrgen@1234567890123456?secret=OR6N54IFNTBAATNI&issuer=ACME%20Co&digits=8&period=60"`,
  );
  expect(hash(data)).toMatchInlineSnapshot(
    `"d18b464e931cd5858bb5588720048c47ea8433fe6be43606d01d76f2732afd1c"`,
  );
});

test("each seed gives at least 1,000 codes", async () => {
  const one = categories.filter(({ name }) => name !== "many" && name !== "nothing")
    .reduce((sum, { count }) => sum + count, 0);
  let many = 0;
  for await (const { codes } of pictures("many", TUNING_SEED)) many += codes.length;
  expect(many).toBe(2 + 3 + 4 + 6 + 8 + 9 + 12 + 16 + 16 + 16);
  expect(one + many).toBeGreaterThanOrEqual(1000);
  expect(TUNING_SEED).not.toBe(JUDGING_SEED);
});

test.each(categories)("$name: codes lie in the picture, and all texts differ", async ({ name }) => {
  const texts: string[] = [];
  for await (const { codes, width, height, data } of pictures(name, "corners", 3)) {
    expect(data.length).toBe(width * height * 4);
    expect(codes.length > 0).toBe(name !== "nothing");
    for (const { text, corners, version } of codes) {
      texts.push(text);
      expect(version).toBeGreaterThanOrEqual(3);
      const size = Buffer.byteLength(text);
      if (text.startsWith("otpauth:")) expect(size > 59 && size < 251, text).toBe(true);
      for (const { x, y } of corners) {
        expect(x >= 0 && y >= 0 && x <= width && y <= height, name).toBe(true);
      }
    }
  }
  expect(new Set(texts).size).toBe(texts.length);
}, 60_000);

test("numbers are spread evenly", () => {
  const random = new Random("spread");
  const seen = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 10_000; i++) seen[random.whole(0, 9)]!++;
  for (const count of seen) expect(Math.abs(count - 1000)).toBeLessThan(120);
});
