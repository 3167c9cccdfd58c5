import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeHex } from "../bytes/mod.ts";
import { Secret } from "../secret/mod.ts";
import { foldSeed, type OtpAlgorithm, totp } from "./mod.ts";

const BLOCK = { SHA1: 64, SHA256: 64, SHA512: 128 } as const;
const algorithms = Object.keys(BLOCK) as OtpAlgorithm[];
const hex = (secret: Secret): string => secret.use(encodeHex);
const seedOf = (length: number): Secret => Secret.take(new Uint8Array(length).fill(0x5a));

describe("foldSeed", () => {
  test.each([1, 10, 20, 32, 48, 63])("%i bytes fit and are not changed", (length) => {
    for (const algorithm of algorithms) {
      const folded = foldSeed(seedOf(length), { algorithm, maxBytes: 63 });
      if (!folded.ok) throw new Error(folded.reason);
      expect(folded).toMatchObject({ folded: false, fromBytes: length, toBytes: length });
      expect(folded.seed.equals(seedOf(length))).toBe(true);
    }
  });

  test.each([65, 80, 200])("%i bytes become the digest of the token's own hash", (length) => {
    for (const [algorithm, toBytes] of [["SHA1", 20], ["SHA256", 32]] as const) {
      const folded = foldSeed(seedOf(length), { algorithm, maxBytes: 63 });
      if (!folded.ok) throw new Error(folded.reason);
      expect(folded).toMatchObject({ folded: true, fromBytes: length, toBytes });
      const digest = createHash(algorithm).update(new Uint8Array(length).fill(0x5a)).digest();
      expect(hex(folded.seed)).toBe(encodeHex(digest));
    }
  });

  test("exactly 64 bytes do not fit in 63, and the refusal says so without the seed", () => {
    for (const algorithm of algorithms) {
      const refused = foldSeed(seedOf(64), { algorithm, maxBytes: 63 });
      expect(refused).toEqual({
        ok: false,
        fromBytes: 64,
        reason: "Cannot fit seed: it has 64 bytes and the token stores at most 63",
        next:
          `Only a secret of more than ${BLOCK[algorithm]} bytes may be replaced by its digest: ` +
          "ask the service for a shorter secret.",
      });
    }
  });

  test("zeros at the end are dropped where that makes it fit, and only as many as needed", () => {
    const bytes = new Uint8Array(64).fill(1, 0, 50);
    const folded = foldSeed(Secret.copyOf(bytes), { algorithm: "SHA1", maxBytes: 63 });
    expect(folded).toMatchObject({ ok: true, folded: false, fromBytes: 64, toBytes: 63 });
    const small = foldSeed(Secret.copyOf(bytes), { algorithm: "SHA1", maxBytes: 50 });
    expect(small).toMatchObject({ ok: true, folded: false, toBytes: 50 });
    expect(foldSeed(Secret.copyOf(bytes), { algorithm: "SHA1", maxBytes: 49 }).ok).toBe(false);
  });

  test("SHA-512 has a block of 128 bytes: 65 to 128 are not folded, 129 become 64", () => {
    const options = { algorithm: "SHA512", maxBytes: 64 } as const;
    for (const length of [65, 100, 128]) expect(foldSeed(seedOf(length), options).ok).toBe(false);
    expect(foldSeed(seedOf(129), options)).toMatchObject({ ok: true, folded: true, toBytes: 64 });
    const refused = foldSeed(seedOf(129), { algorithm: "SHA512", maxBytes: 63 });
    expect(refused).toMatchObject({ ok: false, fromBytes: 129 });
    if (!refused.ok) expect(refused.next).toContain("Its digest does not fit either");
  });

  test("a long secret that fits the token as it is stays as it is", () => {
    const kept = foldSeed(seedOf(80), { algorithm: "SHA1", maxBytes: 128 });
    expect(kept).toMatchObject({ ok: true, folded: false, toBytes: 80 });
  });

  test("any seed, any token: the codes are the same, or it is refused for a reason", () => {
    // Zeros at the end are rare in random bytes and are where the rule is subtle.
    const seed = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 140 }), fc.nat(12))
      .map(([bytes, zeros]) => bytes.fill(0, Math.max(0, bytes.length - zeros)));
    const interesting = fc.constantFrom(20, 32, 48, 50, 63, 64, 65, 127, 128);
    fc.assert(
      fc.property(seed, fc.constantFrom(...algorithms), interesting, fc.nat(2 ** 40), (
        bytes,
        algorithm,
        maxBytes,
        time,
      ) => {
        const secret = Secret.copyOf(bytes);
        const folded = foldSeed(secret, { algorithm, maxBytes });
        expect(hex(secret)).toBe(encodeHex(bytes)); // what was given is never touched
        if (!folded.ok) {
          expect(bytes.length).toBeGreaterThan(maxBytes);
          if (bytes.length <= BLOCK[algorithm]) {
            expect(bytes.slice(maxBytes).some(Boolean)).toBe(true);
          }
          expect(JSON.stringify(folded)).not.toContain(encodeHex(bytes));
          return;
        }
        expect(folded.toBytes).toBeLessThanOrEqual(maxBytes);
        expect(folded.seed.length).toBe(folded.toBytes);
        if (bytes.length <= maxBytes) expect(hex(folded.seed)).toBe(encodeHex(bytes));
        for (const at of [0, time, time + 30]) {
          const options = { algorithm, digits: 8, period: 30, time: at };
          expect(totp(folded.seed, options)).toBe(totp(secret, options));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("the seed is a copy of its own, also where nothing was changed", () => {
    const secret = seedOf(20);
    const folded = foldSeed(secret, { algorithm: "SHA1", maxBytes: 63 });
    if (!folded.ok) throw new Error(folded.reason);
    folded.seed.wipe();
    expect(secret.equals(seedOf(20))).toBe(true);
  });

  test.each([0, -1, 1.5, NaN])("refuses a token of %d bytes", (maxBytes) => {
    expect(() => foldSeed(seedOf(20), { algorithm: "SHA1", maxBytes })).toThrow(RangeError);
  });
});
