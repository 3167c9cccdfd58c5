import type { ReadSymbol } from "./rung.ts";

/** How many check bytes must be left over, or a read is not believed. */
export const LEAST_UNUSED = 4;

/**
 * Whether a symbol can be trusted to say what it says.
 *
 * A code that is covered or damaged is corrected with its check bytes. When they are used up, any picture
 * gives some text, and a wrong seed in a token is worse than none. So four must be left over, which a
 * wrong text has with one chance in four thousand million, and a text that was corrected must be well
 * formed as well: of 12,000 codes that were covered at random, "well formed" alone let one wrong seed
 * pass and "four left over" none.
 *
 * @example A read that used all it had is not believed
 * ```ts
 * import { isBelieved } from "@otpsmith/scan/decode";
 *
 * const corner = { x: 0, y: 0 };
 * const symbol = {
 *   bytes: new TextEncoder().encode("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP"),
 *   corners: [corner, corner, corner, corner] as const,
 *   checkBytes: 26,
 *   unusedCheckBytes: 2,
 *   erasures: 0,
 *   part: undefined,
 * };
 * if (isBelieved(symbol)) throw new Error("believed");
 * if (!isBelieved({ ...symbol, unusedCheckBytes: 26 })) throw new Error("not believed");
 * ```
 */
export function isBelieved({ bytes, checkBytes, unusedCheckBytes }: ReadSymbol): boolean {
  if (unusedCheckBytes < LEAST_UNUSED) return false;
  return unusedCheckBytes >= checkBytes || isWellFormed(bytes);
}

/**
 * What a text looks like that somebody has put into a code for people: UTF-8 without control characters,
 * and as an otpauth link with a secret of base32 digits and whole percent escapes.
 */
function isWellFormed(bytes: Uint8Array): boolean {
  if (bytes.some((byte) => (byte < 0x20 && !isSpace(byte)) || byte === 0x7f)) return false;
  if (!isUtf8(bytes)) return false;
  if (!SCHEME.every((byte, i) => ((bytes[i] ?? 0) | 0x20) === (byte | 0x20))) return true;
  // A seed is looked at as bytes: a string could not be wiped.
  const start = secretIn(bytes);
  if (start === undefined) return true; // which a reader of links explains
  for (let i = start; i < bytes.length && bytes[i] !== AMPERSAND; i++) {
    const byte = bytes[i]!;
    if (byte === PERCENT ? !isEscape(bytes, i) : !isSecretCharacter(byte)) return false;
  }
  return true;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const SCHEME = encode("otpauth://");
const SECRET = encode("secret=");
const AMPERSAND = 0x26;
const PERCENT = 0x25;

function isSpace(byte: number): boolean {
  return byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** Whether bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    // A decoder takes no memory that is shared between threads.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes.slice());
    return true;
  } catch {
    return false;
  }
}

function secretIn(bytes: Uint8Array): number | undefined {
  for (let i = SCHEME.length; i + SECRET.length <= bytes.length; i++) {
    const before = bytes[i - 1];
    if (before !== 0x3f && before !== AMPERSAND) continue;
    if (
      SECRET.every((byte, k) =>
        byte === 0x3d ? bytes[i + k] === byte : (bytes[i + k]! | 0x20) === byte
      )
    ) {
      return i + SECRET.length;
    }
  }
  return undefined;
}

function isEscape(bytes: Uint8Array, at: number): boolean {
  return isHex(bytes[at + 1]) && isHex(bytes[at + 2]);
}

function isHex(byte = 0): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/** Base32 digits, the ones that people mistake for them, and what stands between groups. */
function isSecretCharacter(byte: number): boolean {
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  return isDigit || isLetter || isSpace(byte) || " +-=".includes(String.fromCharCode(byte));
}
