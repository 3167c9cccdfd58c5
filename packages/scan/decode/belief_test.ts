import { describe, expect, test } from "vitest";
import { modulesOf, paint, randomFrom, wasm } from "../testdata/drawn.ts";
import { isBelieved, LEAST_UNUSED, zxing } from "./mod.ts";
import type { ReadSymbol } from "./rung.ts";

const corner = { x: 0, y: 0 };

function symbol(text: string | Uint8Array, fields: Partial<ReadSymbol> = {}): ReadSymbol {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const corners = [corner, corner, corner, corner] as const;
  return {
    bytes,
    corners,
    checkBytes: 20,
    unusedCheckBytes: 10,
    erasures: 0,
    part: undefined,
    ...fields,
  };
}

describe("isBelieved", () => {
  test("four check bytes must be left", () => {
    const good = "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP";
    for (let unusedCheckBytes = 0; unusedCheckBytes <= 20; unusedCheckBytes++) {
      expect(isBelieved(symbol(good, { unusedCheckBytes }))).toBe(unusedCheckBytes >= LEAST_UNUSED);
    }
  });

  test.each([
    ["a digit that base32 has not", "otpauth://totp/a?secret=JBSWY3DPEHPK3PX!"],
    ["a secret that goes on in UTF-8", "otpauth://totp/a?secret=JBSWY3é"],
    ["half an escape in the secret", "otpauth://totp/a?secret=JBSWY3%4"],
    ["a second parameter", "OTPAUTH://TOTP/a?issuer=x&SECRET=JB*W"],
    ["a control character", "otpauth://totp/a\u0001?secret=JBSWY3DPEHPK3PXP"],
    ["a control character in another text", "https://example.com/\u007f"],
    ["bytes that are no text", Uint8Array.of(0x68, 0xff, 0xfe)],
  ])("a text with %s is not what a code says that had to be corrected", (_, text) => {
    expect(isBelieved(symbol(text))).toBe(false);
    // Where nothing was corrected, the code says just that, and whoever reads links explains it.
    expect(isBelieved(symbol(text, { unusedCheckBytes: 20 }))).toBe(true);
  });

  test.each([
    "otpauth://totp/Ex%20ample:alice@100%?secret=JBSW%20Y3DP+EHPK-3PXP==&issuer=Ex",
    "otpauth://totp/阿里云:用户?secret=jbswy3dpehpk3pxp",
    "otpauth://hotp/x",
    "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8%3D",
    "a note\r\nof two lines",
  ])("%s is well formed", (text) => {
    expect(isBelieved(symbol(text))).toBe(true);
  });
});

test("of 3,000 damaged codes none is read wrong", async () => {
  const random = randomFrom(20_261_125);
  const among = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const base32 = (): string =>
    Array.from(
      { length: among([16, 26, 32, 52, 64]) },
      () => among([..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"]),
    )
      .join("");
  const rung = zxing(wasm);
  const count = {
    read: 0,
    corrected: 0,
    unreadable: 0,
    restored: 0,
    refused: 0,
    lost: 0,
    wrong: 0,
  };
  for (let round = 0; round < 3000; round++) {
    const text = `otpauth://totp/Service:user${round}?secret=${base32()}&issuer=Service`;
    const level = among(["low", "medium", "quartile", "high"] as const);
    const modules = modulesOf(text, { level });
    const damage = among([flip, cover, smear]);
    damage(modules, { level, random });
    const frame = paint(modules, { scale: 2 });
    const { symbols, unreadable } = (await rung.look(frame))!;
    const believed = symbols.filter(isBelieved);
    count.refused += symbols.length - believed.length;
    for (const { bytes, checkBytes, unusedCheckBytes, erasures } of believed) {
      if (new TextDecoder().decode(bytes) !== text) count.wrong++;
      if (unusedCheckBytes < checkBytes) count.corrected++;
      if (erasures > 0) count.restored++;
    }
    if (believed.length > 0) count.read++;
    else if (unreadable.length > 0) count.unreadable++;
    else if (symbols.length === 0) count.lost++;
  }
  console.log("damaged codes:", JSON.stringify(count));
  expect(count.wrong).toBe(0);
  // Damage of all degrees, or this would look at nothing; and the rule has refused what was read.
  expect(count.corrected).toBeGreaterThan(1000);
  expect(count.restored).toBeGreaterThan(100);
  expect(count.unreadable).toBeGreaterThan(300);
  expect(count.refused).toBeGreaterThan(10);
}, 300_000);

interface Damage {
  readonly level: "low" | "medium" | "quartile" | "high";
  readonly random: () => number;
}

/** Which share of the modules a level can lose about. */
const SHARE = { low: 0.05, medium: 0.1, quartile: 0.16, high: 0.2 };

/** Turns single modules over, all over the code but the finder patterns. */
function flip(modules: boolean[][], { level, random }: Damage): void {
  const size = modules.length;
  const share = SHARE[level] * random() * 0.6;
  for (let i = size * size * share; i > 0; i--) {
    const [x, y] = [Math.floor(random() * size), Math.floor(random() * size)];
    const isFinder = (x < 9 && (y < 9 || y > size - 10)) || (x > size - 10 && y < 9);
    if (!isFinder) modules[y]![x] = !modules[y]![x];
  }
}

/** Something of one colour lies on the code, beside the finder patterns. */
function cover(modules: boolean[][], { level, random }: Damage): void {
  const size = modules.length;
  const side = Math.sqrt(SHARE[level] * 1.6 * random()) * size;
  const [width, height] = [Math.min(side * (0.5 + random()), size - 10), side];
  const isDark = random() < 0.5;
  const left = 9 + random() * (size - 9 - width);
  const top = 9 + random() * (size - 9 - height);
  for (let y = Math.floor(top); y < top + height && y < size; y++) {
    for (let x = Math.floor(left); x < left + width && x < size; x++) modules[y]![x] = isDark;
  }
}

/** A stripe of the code repeats what is above it, as in a window that is being moved. */
function smear(modules: boolean[][], { level, random }: Damage): void {
  const size = modules.length;
  const height = Math.ceil(SHARE[level] * random() * size * 1.2);
  const top = 9 + Math.floor(random() * Math.max(1, size - 18 - height));
  for (let y = top; y < top + height && y < size - 9; y++) modules[y] = modules[top - 1]!.slice();
}
