import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "./mod.ts";

test("joins any parts in order into a new array", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array()), (parts) => {
    const whole = concatBytes(parts);
    expect([...whole]).toEqual(parts.flatMap((part) => [...part]));
    whole.fill(0);
    const again = concatBytes(parts);
    expect([...again]).toEqual(parts.flatMap((part) => [...part])); // the parts are untouched
  }));
});

test("takes views at their own offset", () => {
  const buffer = Uint8Array.of(9, 1, 2, 9);
  expect([...concatBytes([buffer.subarray(1, 3), buffer.subarray(0, 1)])]).toEqual([1, 2, 9]);
});
