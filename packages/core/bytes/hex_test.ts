import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeHex, encodeHex } from "./mod.ts";

test("any bytes come back, in both cases and with white space", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const text = encodeHex(bytes);
    const pairs = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
    expect(text).toBe(pairs.join("").toUpperCase());
    expect(decodeHex(text)).toEqual(bytes);
    expect(decodeHex(text.toLowerCase().replace(/../g, " $&\n"))).toEqual(bytes);
  }));
});

test.each(["0", "0g", "0x00", "é0", "-1", "9", "1.5 "])("%j is no hexadecimal", (text) => {
  expect(() => decodeHex(text)).toThrow(RangeError);
});

test("any text gives bytes or a RangeError", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      expect(encodeHex(decodeHex(text))).toBe(text.replace(/\s/g, "").toUpperCase());
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  }));
});
