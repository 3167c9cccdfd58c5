/**
 * Writes bytes as upper-case hexadecimal without separators. Not for secrets: a string cannot be wiped.
 *
 * @example Print a status word
 * ```ts
 * import { encodeHex } from "@otpsmith/core";
 *
 * if (encodeHex(Uint8Array.of(0x90, 0x00)) !== "9000") throw new Error("unexpected");
 * ```
 */
export function encodeHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text.toUpperCase();
}

/**
 * Reads hexadecimal in either case; white space between digits is skipped. For constants, vectors and
 * facts; typed seeds go through `@otpsmith/formats`, which says which character is wrong.
 *
 * @throws {RangeError} If a character is not a hexadecimal digit or their number is odd.
 *
 * @example Read a vector
 * ```ts
 * import { decodeHex } from "@otpsmith/core";
 *
 * if (decodeHex("80 41")[1] !== 0x41) throw new Error("unexpected");
 * ```
 */
export function decodeHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new RangeError("Cannot read hexadecimal: pairs of 0-9 and A-F are wanted");
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
