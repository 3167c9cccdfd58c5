import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeHex, encodeHex } from "../bytes/mod.ts";
import vectors from "../testdata/sm4_vectors.json" with { type: "json" };
import { cbcMac, Sm4 } from "./mod.ts";

test.each(vectors.mac)("pinned: $mac", ({ key, message, mac }) => {
  expect(encodeHex(cbcMac(new Sm4(decodeHex(key)), decodeHex(message)))).toBe(mac);
});

test("agrees with OpenSSL: padded when unaligned, and only then", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.uint8Array({ minLength: 1, maxLength: 80 }),
    (key, message) => {
      const padded = message.length % 16 === 0 ? message : Buffer.concat([
        message,
        Uint8Array.of(0x80),
        new Uint8Array(15 - message.length % 16),
      ]);
      const cipher = createCipheriv("sm4-cbc", key, new Uint8Array(16)).setAutoPadding(false);
      const last = cipher.update(padded).subarray(-16);
      expect(encodeHex(cbcMac(new Sm4(key), message))).toBe(encodeHex(last.subarray(0, 4)));
    },
  ));
});

test("an aligned message is not the message with a pad block", () => {
  const cipher = new Sm4(new Uint8Array(16));
  const message = new Uint8Array(16).fill(7);
  const padded = new Uint8Array(32);
  padded.set(message);
  padded[16] = 0x80;
  expect(cbcMac(cipher, message)).not.toEqual(cbcMac(cipher, padded));
});

test("leaves the message as it was and refuses an empty one", () => {
  const cipher = new Sm4(new Uint8Array(16));
  const message = Uint8Array.of(1, 2, 3);
  cbcMac(cipher, message);
  expect(message).toEqual(Uint8Array.of(1, 2, 3));
  expect(() => cbcMac(cipher, new Uint8Array())).toThrow(RangeError);
});
