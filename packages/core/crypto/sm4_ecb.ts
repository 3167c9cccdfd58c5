import { type Sm4, SM4_BLOCK_BYTES } from "./sm4.ts";

/**
 * Encrypts whole blocks, each on its own (ECB), into a new array. The tokens want it so; it hides
 * nothing but the content of each block, and equal blocks stay equal.
 *
 * @throws {RangeError} If the length is not a multiple of 16.
 *
 * @example Encrypt a padded seed
 * ```ts
 * import { encryptEcb, padIso9797, Sm4 } from "@otpsmith/core";
 *
 * const padded = padIso9797(Uint8Array.of(0x42));
 * if (encryptEcb(new Sm4(new Uint8Array(16)), padded).length !== 16) throw new Error("unexpected");
 * padded.fill(0);
 * ```
 */
export function encryptEcb(cipher: Sm4, padded: Uint8Array): Uint8Array {
  return eachBlock(padded, (block) => cipher.encryptBlock(block));
}

/**
 * Decrypts what {@linkcode encryptEcb} encrypted, into a new array; the padding is still there.
 *
 * @throws {RangeError} If the length is not a multiple of 16.
 *
 * @example Read it back
 * ```ts
 * import { decryptEcb, encryptEcb, padIso9797, Sm4 } from "@otpsmith/core";
 *
 * const cipher = new Sm4(new Uint8Array(16));
 * const padded = decryptEcb(cipher, encryptEcb(cipher, padIso9797(Uint8Array.of(0x42))));
 * if (padded[0] !== 0x42 || padded[1] !== 0x80) throw new Error("unexpected");
 * ```
 */
export function decryptEcb(cipher: Sm4, sealed: Uint8Array): Uint8Array {
  return eachBlock(sealed, (block) => cipher.decryptBlock(block));
}

function eachBlock(bytes: Uint8Array, run: (block: Uint8Array) => Uint8Array): Uint8Array {
  if (bytes.length % SM4_BLOCK_BYTES !== 0) {
    throw new RangeError(`Cannot run SM4: ${bytes.length} bytes are not whole blocks of 16`);
  }
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += SM4_BLOCK_BYTES) {
    out.set(run(bytes.subarray(at, at + SM4_BLOCK_BYTES)), at);
  }
  return out;
}
