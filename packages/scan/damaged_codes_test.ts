import { expect, test } from "vitest";
import { isBelieved, zxing } from "./decode/mod.ts";
import { modulesOf, paint, randomFrom, wasm } from "./testdata/drawn.ts";

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
