import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeHex, encodeHex } from "../bytes/mod.ts";
import vectors from "../testdata/sm4_vectors.json" with { type: "json" };
import { encryptEcb, padIso9797, Sm4, unpadIso9797 } from "./mod.ts";

test.each([
  [0, 16],
  [1, 16],
  [15, 16],
  [16, 32],
  [20, 32],
  [31, 32],
  [32, 48],
  [47, 48],
  [48, 64],
  [63, 64],
])("%i bytes are padded to %i", (length, padded) => {
  const bytes = padIso9797(new Uint8Array(length).fill(0xff));
  expect(bytes.length).toBe(padded);
  expect(bytes[length]).toBe(0x80);
  expect(bytes.subarray(length + 1).every((byte) => byte === 0)).toBe(true);
});

test.each(vectors.sealedSeeds)("the firmware's bytes for seed $seed", ({ key, seed, sealed }) => {
  const bytes = encryptEcb(new Sm4(decodeHex(key)), padIso9797(decodeHex(seed)));
  expect(encodeHex(bytes)).toBe(sealed);
});

test("any message comes back, also one that looks padded", () => {
  const tail = fc.constantFrom("", "80", "8000", "800000", "00", "8080");
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), tail, (start, end) => {
    const message = Uint8Array.of(...start, ...decodeHex(end));
    expect(unpadIso9797(padIso9797(message))).toEqual(message);
  }));
});

test("any bytes give a shorter copy or nothing", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    const message = unpadIso9797(bytes);
    if (message === undefined) {
      expect(encodeHex(bytes)).not.toMatch(/80(00)*$/);
    } else {
      expect(bytes.subarray(0, message.length)).toEqual(message);
      expect(encodeHex(bytes.subarray(message.length))).toMatch(/^80(00)*$/);
    }
  }));
});

test.each(["", "00", "0000", "42", "8001"])("no padding in %j", (hex) => {
  expect(unpadIso9797(decodeHex(hex))).toBeUndefined();
});

test("gives copies: the caller can wipe either side", () => {
  const padded = padIso9797(Uint8Array.of(1, 2, 3));
  const message = unpadIso9797(padded)!;
  padded.fill(0);
  expect(message).toEqual(Uint8Array.of(1, 2, 3));
});
