import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { concatBytes, decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import { ManualTime } from "@otpsmith/core/time";
import {
  authenticate,
  configCommand,
  encrypt,
  say,
  secured,
  seedCommand,
  seedHex,
} from "../../testdata/host.ts";
import { memoryFlash } from "../../parts/flash.ts";
import { clockSeconds } from "../../parts/clock.ts";
import { createVirtualToken, type VirtualTokenOptions } from "../../virtual_token.ts";
import { TOKEN2_SINGLE_MODELS } from "./models.ts";

const NOW = 1_700_000_000;
const SEED = decodeHex("3132333435363738393031323334353637383930");

function make(options: VirtualTokenOptions = {}) {
  const storage = memoryFlash();
  const time = new ManualTime(NOW * 1000);
  const token = createVirtualToken({ model: "token2-single:C302-i", storage, time, ...options });
  return { ...token, time, image: () => storage.read()! };
}

const WRONG = `80CE000010${"00".repeat(16)}`;

describe("checks, in the order of the maker's firmware", () => {
  test("1: lengths come first, whatever the class", async () => {
    const { card } = make();
    for (const short of ["", "80", "8041", "804100", "00A404", "FF0000000200"]) {
      expect(await say(card, short), short).toBe("6700");
    }
    expect(await say(card, "80CE000010AA")).toBe("6700");
    expect(await say(card, "84C501002401")).toBe("6700");
    expect(await say(card, "804B080008")).toBe("6700"); // an Le that the token takes for a length
    expect(await say(card, "80410000")).toMatch(/9000$/); // four bytes: no data
  });

  test("2: classes and instructions; parameters of get info and of the answer do not count", async () => {
    const { card } = make();
    expect(await say(card, "00A4040000")).toBe("6E00");
    expect(await say(card, "FF00000000")).toBe("6E00");
    expect(await say(card, "8056000000")).toBe("6D00");
    expect(await say(card, "8041FFFF03AABBCC")).toMatch(/9000$/);
    expect(await say(card, "804B070000")).toBe("6D00");
    expect(await say(card, "804B08FF00")).toMatch(/^.{16}9000$/);
    expect(await say(card, WRONG.replace("80CE0000", "80CE1234"))).toBe("6983");
  });

  test("3: a new challenge drops the authentication", async () => {
    const { card } = make();
    expect(await authenticate(card)).toBe("9000");
    expect(await say(card, configCommand({ seconds: NOW }))).toBe("9000");
    const first = await say(card, "804B080000");
    expect(await say(card, configCommand({ seconds: NOW }))).toBe("6983");
    expect(await say(card, "804B08000100")).not.toBe(first);
  });

  test("4: an answer needs an open challenge and 16 bytes, and serves once", async () => {
    const { card } = make();
    expect(await say(card, WRONG)).toBe("6A80");
    expect(await authenticate(card)).toBe("9000");
    expect(await say(card, WRONG)).toBe("6A80"); // used up; the token stays authenticated
    expect(await say(card, configCommand({ seconds: NOW }))).toBe("9000");

    const challenge = decodeHex((await say(card, "804B080000")).slice(0, 16));
    expect(await say(card, `80CE00000F${"AA".repeat(15)}`)).toBe("6A80"); // the challenge stays open
    const right = encodeHex(encrypt(concatBytes([challenge, new Uint8Array(8)])));
    expect(await say(card, `80CE000010${right}`)).toBe("9000");

    await say(card, "804B080000");
    expect(await say(card, WRONG)).toBe("6983"); // and the challenge is gone
    expect(await say(card, WRONG)).toBe("6A80");
    expect(await say(card, configCommand({ seconds: NOW }))).toBe("6983");
  });

  test("5: the MAC comes before everything else of a secured command", async () => {
    const { card } = make();
    await authenticate(card);
    expect(await say(card, "84C5010000")).toBe("6700");
    expect(await say(card, "84C5010003AABBCC")).toBe("6700");
    expect(await say(card, "84FF000004AABBCCDD")).toBe("6983"); // not 6D00
    expect(await say(card, secured("FF0000", ""))).toBe("6D00");
    expect(await say(card, secured("FF0000", "00".repeat(11)))).toBe("6D00"); // aligned: no padding
    expect(await say(card, secured("C50000", "00".repeat(16)))).toBe("6D00"); // P1 must be 01
    expect(await say(card, seedCommand(SEED).replace(/.$/, (c) => c === "0" ? "1" : "0"))).toBe(
      "6983",
    );
    const config = configCommand({ seconds: NOW }).slice(10, -8);
    expect(await say(card, secured("D4ABCD", config))).toBe("9000"); // any P1 and P2
    expect(await say(card, configCommand({ seconds: NOW }).replace(/^84D40000/, "84D40001"))).toBe(
      "6983", // but under the MAC
    );
  });

  test("6: seeds", async () => {
    const { card, image } = make();
    expect(await say(card, seedCommand(SEED))).toBe("6983");
    expect(await say(card, secured("C50100", ""))).toBe("6983"); // authentication before length
    await authenticate(card);
    for (const bytes of [0, 1, 15, 17, 63, 80, 96]) {
      expect(await say(card, secured("C50100", "00".repeat(bytes))), `${bytes}`).toBe("6A80");
    }
    expect(await say(card, seedCommand(new Uint8Array(64).fill(7)))).toBe("6A80"); // well padded
    const zeros = encodeHex(encrypt(new Uint8Array(16)));
    expect(await say(card, secured("C50100", zeros))).toBe("6A80"); // no 80 at all
    expect(await say(card, seedCommand(SEED))).toBe("9000");
    expect(seedHex(image().stored)).toBe(encodeHex(SEED));
    for (const length of [1, 15, 16, 31, 32, 47, 48, 63]) {
      const seed = Uint8Array.from({ length }, (_, i) => (i * 7 + 0x80) & 0xff);
      expect(await say(card, seedCommand(seed))).toBe("9000");
      expect(seedHex(image().stored), `${length}`).toBe(encodeHex(seed));
    }
    expect(await say(card, seedCommand(new Uint8Array()))).toBe("9000"); // an empty seed is possible
    expect(image().stored.seed).toBeNull();
  });

  test("7: configurations are checked for shape, not for range", async () => {
    const { card, image, time } = make();
    const good = decodeHex(configCommand({ seconds: NOW }).slice(10, -8));
    expect(await say(card, secured("D40000", encodeHex(good)))).toBe("6983");
    await authenticate(card);
    expect(await say(card, secured("D40000", "81060F046553F100"))).toBe("6A80"); // clock only
    expect(await say(card, secured("D40000", encodeHex(good.subarray(0, 18))))).toBe("6A80");
    const values = new Set([4, 7, 8, 9, 10, 15, 18]);
    for (let i = 0; i < good.length; i++) {
      const bad = good.map((byte, j) => j === i ? byte ^ 1 : byte);
      const answer = await say(card, secured("D40000", encodeHex(bad)));
      expect(answer, `byte ${i}`).toBe(values.has(i) ? "9000" : "6A80");
    }
    const odd = { seconds: 0xffffffff, algorithm: 9, period: 0, displayOff: 200 };
    expect(await say(card, configCommand(odd))).toBe("9000");
    expect(image().stored).toMatchObject({ algorithm: 9, period: 0, displayOff: 200 });
    expect(clockSeconds(image().clock, time.now())).toBe(0xffffffff);
    time.advance(1000);
    expect(clockSeconds(image().clock, time.now())).toBe(0); // 32 bits
  });

  test("8: authentication is kept across writes and lost with field and power", async () => {
    const { card, hands } = make();
    const losses: readonly (() => void)[] = [
      () => card.power("off"),
      () => card.power("on"),
      () => card.power("reset"),
      () => hands.powerCycle(),
      () => (hands.takeAway(), hands.place()),
    ];
    for (const lose of losses) {
      expect(await authenticate(card)).toBe("9000");
      expect(await say(card, seedCommand(SEED))).toBe("9000");
      expect(await say(card, configCommand({ seconds: NOW }))).toBe("9000");
      lose();
      expect(await say(card, configCommand({ seconds: NOW }))).toBe("6983");
      await say(card, "804B080000");
      lose();
      expect(await say(card, WRONG)).toBe("6A80"); // the challenge is gone as well
    }
  });

  test("9: never locks, unless it is one of the tokens that do", async () => {
    const plain = make();
    const strict = make({ personality: { lockAfter: 3 } });
    const wrong = async ({ card }: typeof plain): Promise<string> => {
      await say(card, "804B080000");
      return say(card, WRONG);
    };
    for (let i = 0; i < 20; i++) expect(await wrong(plain)).toBe("6983");
    expect(await authenticate(plain.card)).toBe("9000");

    expect([await wrong(strict), await wrong(strict)]).toEqual(["6983", "6983"]);
    expect(await authenticate(strict.card)).toBe("9000"); // starts the count again
    for (let i = 0; i < 3; i++) await wrong(strict);
    expect(await authenticate(strict.card)).toBe("6983");
    strict.hands.powerCycle();
    expect(await authenticate(strict.card)).toBe("6983");
    expect(await say(strict.card, WRONG)).toBe("6983"); // locked comes before "no challenge"
  });
});

test.each(TOKEN2_SINGLE_MODELS)(
  "$name: a configuration write keeps the seed or not",
  async (row) => {
    const serial = row.prefix ? undefined : "12345670000001";
    const { card, image } = make({ model: `token2-single:${row.name}`, serial });
    await authenticate(card);
    await say(card, seedCommand(SEED));
    await say(card, configCommand({ seconds: NOW }));
    expect(seedHex(image().stored)).toBe(row.restricted ? null : encodeHex(SEED));
    expect(await say(card, seedCommand(SEED))).toBe("9000"); // configuration first, seed second
    expect(seedHex(image().stored)).toBe(encodeHex(SEED));
  },
);

test("an OEM's token has its own key", async () => {
  const key = decodeHex("000102030405060708090A0B0C0D0E0F");
  const { card, image } = make({ key });
  expect(await authenticate(card)).toBe("6983");
  expect(await authenticate(card, key)).toBe("9000");
  expect(await say(card, seedCommand(SEED))).toBe("6983");
  expect(await say(card, seedCommand(SEED, key))).toBe("9000");
  expect(seedHex(image().stored)).toBe(encodeHex(SEED));
});

test("get info with tags instead of zeros", async () => {
  const { card, serial } = make({ personality: { info: "tagged" } });
  const text = encodeHex(new TextEncoder().encode(serial));
  expect(await say(card, "80410000020211")).toBe(`9516020E${text}11046553F1009000`);
});

test("any bytes get an answer of 2 to 258 bytes, and no write without authentication", async () => {
  const { card, image } = make({ seed: Secret.copyOf(SEED) });
  const before = image();
  const command = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(
      fc.constantFrom(0x80, 0x84),
      fc.constantFrom(0x41, 0x4b, 0xce, 0xc5, 0xd4),
      fc.constantFrom(0, 1, 8),
      fc.uint8Array({ maxLength: 80 }),
    ).map(([cla, ins, p1, rest]) => Uint8Array.of(cla, ins, p1, 0, rest.length, ...rest)),
  );
  await fc.assert(
    fc.asyncProperty(command, async (bytes) => {
      const copy = Uint8Array.from(bytes);
      const answer = await card.process(bytes);
      expect(answer.length).toBeGreaterThanOrEqual(2);
      expect(answer.length).toBeLessThanOrEqual(258);
      expect(bytes).toEqual(copy);
    }),
    { numRuns: 2000 },
  );
  expect(image()).toEqual({ ...before, wrongAnswers: image().wrongAnswers });
});

test("any bytes after authentication leave a state that the display can show", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 0, maxLength: 96 }),
      fc.constantFrom("C50100", "D40000", "D4FFFF"),
      fc.boolean(),
      async (body, header, sealed) => {
        const { card, hands, display } = make();
        await authenticate(card);
        const fits = sealed && body.length % 16 === 0 && body.length > 0;
        const answer = await say(card, secured(header, encodeHex(fits ? encrypt(body) : body)));
        expect(answer).toMatch(/^(9000|6A80)$/);
        hands.powerCycle();
        expect(display().text).toMatch(/^(\d{6}|-{6})$/);
      },
    ),
    { numRuns: 300 },
  );
});
