import { Secret } from "../secret/secret.ts";
import { HASHES } from "./_hash.ts";
import type { OtpAlgorithm } from "./algorithm.ts";

/** The seed fits, perhaps after folding. */
export interface FoldedSeed {
  /** Always `true`. */
  readonly ok: true;
  /** What goes into the token: always a copy of its own, to be wiped by whoever asked for it. */
  readonly seed: Secret;
  /** Whether it is the digest of what was given. To be disclosed: a reader of the token would see it. */
  readonly folded: boolean;
  /** Length of what was given. */
  readonly fromBytes: number;
  /** Length of {@linkcode FoldedSeed.seed}; shorter without folding where zeros at the end were dropped. */
  readonly toBytes: number;
}

/** The seed does not fit, and nothing shorter gives the same codes. */
export interface UnfoldableSeed {
  /** Always `false`. */
  readonly ok: false;
  /** Length of what was given. */
  readonly fromBytes: number;
  /** One plain sentence for a person. */
  readonly reason: string;
  /** What the person can do about it. */
  readonly next: string;
}

/** What {@linkcode foldSeed} needs besides the seed. */
export interface FoldOptions {
  /** The hash function that the token will use: the digest must be of the same. */
  readonly algorithm: OtpAlgorithm;
  /** How many bytes the token stores. */
  readonly maxBytes: number;
}

/**
 * Makes a seed fit a token without changing a single code, or says that it cannot be done.
 *
 * HMAC (RFC 2104, section 2) itself replaces a key longer than the block of its hash function by the
 * key's digest, and fills a shorter one with zeros. So, where a seed is too long for the token: one
 * longer than the block (64 bytes; 128 for SHA-512) may be replaced by its digest (20, 32, 64 bytes),
 * and zeros at the end may be dropped. A seed that fits is never changed. Exactly 64 bytes for a token
 * that stores 63 can therefore only be refused, unless the last one is zero.
 *
 * @throws {RangeError} If `maxBytes` is not a whole number from 1.
 *
 * @example 80 bytes become 20
 * ```ts
 * import { foldSeed, Secret } from "@otpsmith/core";
 *
 * const long = Secret.take(new Uint8Array(80).fill(7));
 * const folded = foldSeed(long, { algorithm: "SHA1", maxBytes: 63 });
 * if (!folded.ok || !folded.folded || folded.toBytes !== 20) throw new Error("unexpected");
 * folded.seed.wipe();
 * ```
 */
export function foldSeed(
  secret: Secret,
  { algorithm, maxBytes }: FoldOptions,
): FoldedSeed | UnfoldableSeed {
  if (!Number.isInteger(maxBytes) || maxBytes < 1) {
    throw new RangeError(`Cannot fold seed: ${maxBytes} is not a number of bytes`);
  }
  const hash = HASHES[algorithm];
  const fromBytes = secret.length;
  return secret.use((bytes) => {
    const folded = fromBytes > maxBytes && fromBytes > hash.blockLen;
    const key = folded ? hash(bytes) : bytes;
    try {
      if (key.subarray(maxBytes).some((byte) => byte !== 0)) {
        return { ok: false, fromBytes, ...refusal(fromBytes, { maxBytes, limit: hash.blockLen }) };
      }
      const seed = Secret.copyOf(key.subarray(0, maxBytes));
      return { ok: true, seed, folded, fromBytes, toBytes: seed.length };
    } finally {
      if (folded) key.fill(0);
    }
  });
}

function refusal(
  bytes: number,
  { maxBytes, limit }: { maxBytes: number; limit: number },
): Pick<UnfoldableSeed, "reason" | "next"> {
  return {
    reason: `Cannot fit seed: it has ${bytes} bytes and the token stores at most ${maxBytes}`,
    next: bytes > limit
      ? "Its digest does not fit either: ask the service for a shorter secret."
      : `Only a secret of more than ${limit} bytes may be replaced by its digest: ` +
        "ask the service for a shorter secret.",
  };
}
