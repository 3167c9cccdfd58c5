import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeHex } from "@otpsmith/core/bytes";
import { atrFromAts } from "./atr.ts";

test.each([
  ["no historical bytes", "05 78 80 70 02", "3B 80 80 01 01"],
  ["nothing but its length", "01", "3B 80 80 01 01"],
  ["T0 alone", "02 08", "3B 80 80 01 01"],
  // A DESFire card: historical byte 80, as PC/SC readers show it.
  ["one historical byte", "06 75 77 81 02 80", "3B 81 80 01 80 80"],
  ["many", "0B 78 77 D4 02 50 41 53 53 31 32", "3B 86 80 01 50 41 53 53 31 32 15"],
  ["one interface byte", "04 10 11 AA", "3B 81 80 01 AA AA"],
])("%s", (_, ats, atr) => {
  expect(atrFromAts(decodeHex(ats))).toEqual(decodeHex(atr));
});

test("any bytes give an ATR whose checksum is right and whose length its second byte tells", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (ats) => {
    const atr = atrFromAts(ats);
    expect(atr.length).toBe(5 + (atr[1]! & 0x0f));
    expect(atr.subarray(1).reduce((sum, byte) => sum ^ byte, 0)).toBe(0);
  }));
});
