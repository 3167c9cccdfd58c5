import type { Secret } from "@otpsmith/core/secret";
import { readDigits } from "./_digits.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * Decodes base32 (RFC 4648 section 6) from ASCII bytes. Case, spaces, hyphens and padding do not
 * matter. The caller's bytes are left as they are: wipe them when done.
 *
 * @throws {FormatError} `format/base32`, with the offset of the wrong character.
 *
 * @example Decode a seed
 * ```ts
 * import { decodeBase32 } from "@otpsmith/formats";
 *
 * const seed = decodeBase32(new TextEncoder().encode("mzxw 6==="), { source: "example" });
 * if (seed.length !== 3) throw new Error("unexpected");
 * ```
 */
export function decodeBase32(text: Uint8Array, options: { readonly source: string }): Secret {
  return readDigits(text, "base32", { ...options, what: "base32", kind: "base32" }).secret;
}

/**
 * Encodes bytes as base32 without padding. The result is ASCII bytes, not a string, so that it can be
 * wiped after it was written.
 *
 * @example Encode a seed for a file
 * ```ts
 * import { encodeBase32 } from "@otpsmith/formats";
 *
 * const text = encodeBase32(new TextEncoder().encode("foo"));
 * if (new TextDecoder().decode(text) !== "MZXW6") throw new Error("unexpected");
 * ```
 */
export function encodeBase32(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(Math.ceil(bytes.length * 8 / 5));
  let length = 0, held = 0, pending = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      text[length++] = ALPHABET.charCodeAt(pending >> held);
      pending &= (1 << held) - 1;
    }
  }
  if (held > 0) text[length] = ALPHABET.charCodeAt(pending << (5 - held));
  return text;
}
