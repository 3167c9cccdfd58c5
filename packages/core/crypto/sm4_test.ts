import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../bytes/mod.ts";
import vectors from "../testdata/sm4_vectors.json" with { type: "json" };
import { encryptCbc } from "./_cbc.ts";
import { decryptEcb, encryptEcb, Sm4 } from "./mod.ts";

const block16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const key = decodeHex(vectors.standard.key);

/** OpenSSL's SM4, as an independent opinion. */
function openssl(mode: "sm4-ecb" | "sm4-cbc", key: Uint8Array, data: Uint8Array, iv?: Uint8Array) {
  const cipher = createCipheriv(mode, key, iv ?? null).setAutoPadding(false);
  return encodeHex(Buffer.concat([cipher.update(data), cipher.final()]));
}

describe("Sm4", () => {
  test("the example of the standard, both ways", () => {
    const cipher = new Sm4(key);
    const plain = decodeHex(vectors.standard.plain);
    expect(encodeHex(cipher.encryptBlock(plain))).toBe(vectors.standard.sealed);
    expect(encodeHex(cipher.decryptBlock(decodeHex(vectors.standard.sealed)))).toBe(
      vectors.standard.plain,
    );
  });

  test("the standard's second example: fed back one million times", () => {
    const cipher = new Sm4(key);
    let block = decodeHex(vectors.standard.plain);
    for (let i = 0; i < 1_000_000; i++) block = cipher.encryptBlock(block);
    expect(encodeHex(block)).toBe(vectors.standard.sealedMillionTimes);
  }, 60_000);

  test("agrees with OpenSSL on any key and block, and undoes itself", () => {
    fc.assert(fc.property(block16, block16, (key, block) => {
      const cipher = new Sm4(key);
      const sealed = cipher.encryptBlock(block);
      expect(encodeHex(sealed)).toBe(openssl("sm4-ecb", key, block));
      expect(cipher.decryptBlock(sealed)).toEqual(block);
    }));
  });

  test("reads a view into a larger buffer at its own offset, and leaves it alone", () => {
    const buffer = new Uint8Array(40);
    buffer.set(decodeHex(vectors.standard.plain), 5);
    const view = buffer.subarray(5, 21);
    expect(encodeHex(new Sm4(view).encryptBlock(view))).toBe(vectors.standard.sealed);
    expect(encodeHex(view)).toBe(vectors.standard.plain);
  });

  test("does not keep the caller's key array", () => {
    const own = key.slice();
    const cipher = new Sm4(own);
    own.fill(0);
    expect(encodeHex(cipher.encryptBlock(key))).toBe(vectors.standard.sealed);
  });

  test.each([0, 1, 15, 17, 32])("refuses a key or a block of %i bytes", (length) => {
    const wrong = new Uint8Array(length);
    expect(() => new Sm4(wrong)).toThrow(RangeError);
    expect(() => new Sm4(key).encryptBlock(wrong)).toThrow(RangeError);
    expect(() => new Sm4(key).decryptBlock(wrong)).toThrow(RangeError);
  });

  test("is of no use once wiped, and can be wiped twice", () => {
    const cipher = new Sm4(key);
    cipher.wipe();
    cipher.wipe();
    expect(() => cipher.encryptBlock(key)).toThrow(TypeError);
    expect(() => cipher.decryptBlock(key)).toThrow(TypeError);
  });
});

describe("modes", () => {
  const plain = decodeHex(vectors.plain);
  const iv = decodeHex(vectors.iv);

  test.each(vectors.ecb)("ECB with key $key", ({ key, sealed }) => {
    const cipher = new Sm4(decodeHex(key));
    expect(encodeHex(encryptEcb(cipher, plain))).toBe(sealed);
    expect(encodeHex(decryptEcb(cipher, decodeHex(sealed)))).toBe(vectors.plain);
  });

  test.each(vectors.cbc)("CBC with key $key", ({ key, sealed }) => {
    expect(encodeHex(encryptCbc(new Sm4(decodeHex(key)), plain, { iv }))).toBe(sealed);
  });

  test("ECB and CBC agree with OpenSSL on any number of blocks", () => {
    const blocks = fc.nat(8).chain((n) => fc.uint8Array({ minLength: 16 * n, maxLength: 16 * n }));
    fc.assert(fc.property(block16, block16, blocks, (key, iv, data) => {
      const before = data.slice();
      const cipher = new Sm4(key);
      const sealed = encryptEcb(cipher, data);
      expect(encodeHex(sealed)).toBe(openssl("sm4-ecb", key, data));
      expect(decryptEcb(cipher, sealed)).toEqual(data);
      expect(encodeHex(encryptCbc(cipher, data, { iv }))).toBe(openssl("sm4-cbc", key, data, iv));
      expect(data).toEqual(before);
    }));
  });

  test.each([1, 15, 17, 31])("ECB refuses %i bytes: not whole blocks", (length) => {
    expect(() => encryptEcb(new Sm4(key), new Uint8Array(length))).toThrow(RangeError);
    expect(() => decryptEcb(new Sm4(key), new Uint8Array(length))).toThrow(RangeError);
  });
});
