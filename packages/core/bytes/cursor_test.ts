import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cursor } from "./mod.ts";

type Step =
  | { readonly read: "u8" | "u16" | "u32" }
  | { readonly read: "take" | "skip" | "ascii"; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ read: fc.constantFrom("u8" as const, "u16" as const, "u32" as const) }),
  fc.record({
    read: fc.constantFrom("take" as const, "skip" as const, "ascii" as const),
    count: fc.oneof(fc.nat(12), fc.integer(), fc.double()),
  }),
);

describe("Cursor", () => {
  test("numbers are big-endian and unsigned", () => {
    const cursor = new Cursor(Uint8Array.of(0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9));
    expect(cursor.u32()).toBe(0xfffefdfc);
    expect(cursor.u16()).toBe(0xfbfa);
    expect(cursor.u8()).toBe(0xf9);
    expect(cursor.left).toBe(0);
    expect(() => cursor.u8()).toThrow(RangeError);
  });

  test("reads a view at its own offset", () => {
    const cursor = new Cursor(Uint8Array.of(1, 2, 3, 4).subarray(1, 3));
    expect([...cursor.take(2)]).toEqual([2, 3]);
    expect(() => cursor.take(1)).toThrow("Cannot read 1 bytes at offset 2: 0 are left");
  });

  test.each([-1, 0.5, NaN, Infinity, -Infinity, 4])("refuses to take %d of 3 bytes", (count) => {
    const cursor = new Cursor(new Uint8Array(3));
    expect(() => cursor.take(count)).toThrow(RangeError);
    expect(() => cursor.skip(count)).toThrow(RangeError);
    expect(() => cursor.ascii(count)).toThrow(RangeError);
    expect(cursor.left).toBe(3);
    expect(cursor.take(3).length).toBe(3);
  });

  test("ascii takes what can be printed and nothing else", () => {
    expect(new Cursor(new TextEncoder().encode(" ~C302-i")).ascii(8)).toBe(" ~C302-i");
    for (const byte of [0x00, 0x1f, 0x7f, 0x80, 0xff]) {
      expect(() => new Cursor(Uint8Array.of(0x41, byte)).ascii(2)).toThrow(RangeError);
    }
  });

  test("any reads of any bytes: the right bytes in order, or a RangeError; never beyond the end", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(step), (bytes, steps) => {
      // The bytes lie in the middle of a buffer whose surroundings must never be seen.
      const buffer = new Uint8Array(bytes.length + 20).fill(0xa5);
      buffer.set(bytes, 10);
      const cursor = new Cursor(buffer.subarray(10, 10 + bytes.length));
      for (const step of steps) {
        const before = bytes.length - cursor.left;
        let read: unknown;
        try {
          read = "count" in step ? cursor[step.read](step.count) : cursor[step.read]();
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
        const after = bytes.length - cursor.left;
        expect(after).toBeGreaterThanOrEqual(before);
        expect(after).toBeLessThanOrEqual(bytes.length);
        const seen = bytes.slice(before, after);
        if (read instanceof Uint8Array) expect([...read]).toEqual([...seen]);
        if (typeof read === "number") {
          expect(read).toBe(seen.reduce((n, byte) => n * 256 + byte, 0));
        }
        if (typeof read === "string") expect(read).toBe(String.fromCharCode(...seen));
      }
    }));
  });
});
