import { expect, test } from "vitest";
import { encodeHex } from "@otpsmith/core/bytes";
import { repeatingRandom, systemRandom } from "./random.ts";

test("the system's bytes differ", () => {
  const seen = new Set(Array.from({ length: 100 }, () => encodeHex(systemRandom.bytes(8))));
  expect(seen.size).toBe(100);
});

test("a pattern repeats, whatever becomes of the array it came from", () => {
  const pattern = Uint8Array.of(1, 2, 3);
  const random = repeatingRandom(pattern);
  pattern.fill(0);
  expect([...random.bytes(2), ...random.bytes(5)]).toEqual([1, 2, 3, 1, 2, 3, 1]);
  expect(() => repeatingRandom(new Uint8Array())).toThrow(RangeError);
});
