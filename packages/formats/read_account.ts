import { FormatError } from "@otpsmith/core/errors";
import type { SeedNotation } from "./_digits.ts";
import { checkLength, find, type Range, startsWith, trim } from "./_text.ts";
import { kindByBeginning } from "./classify.ts";
import type { OtpAccount } from "./otp_account.ts";
import { parseOtpauth } from "./otpauth_uri.ts";
import {
  describeAmbiguity,
  parseBase32Seed,
  parseHexSeed,
  type SourceOptions,
} from "./typed_seed.ts";
import { WRONG_CODES } from "./wrong_code.ts";

/** How {@linkcode readAccount} reads a text. */
export interface ReadAccountOptions extends SourceOptions {
  /**
   * What a text that is no otpauth URI may be; base32 by default. Hexadecimal is never guessed, and
   * with `otpauth` nothing but a URI is taken.
   */
  readonly as?: "otpauth" | SeedNotation | undefined;
}

/**
 * Reads an account from the text of a file, of standard input or of a prompt: an otpauth URI, or a bare
 * seed, which gets the usual settings (SHA-1, 6 digits, 30 seconds). One line; white space around it
 * does not matter. The caller's bytes are left as they are: wipe them.
 *
 * @throws {FormatError} With position and line where that helps; never any part of the seed.
 *
 * @example Read a seed that came through a pipe
 * ```ts
 * import { readAccount } from "@otpsmith/formats";
 *
 * const piped = new TextEncoder().encode("JBSW Y3DP EHPK 3PXP\n");
 * const account = readAccount(piped, { source: "standard input", as: "base32" });
 * piped.fill(0);
 * if (account.secret.length !== 10 || account.digits !== 6) throw new Error("unexpected");
 * account.secret.wipe();
 * ```
 */
export function readAccount(bytes: Uint8Array, options: ReadAccountOptions): OtpAccount {
  const { source, as = "base32" } = options;
  const fail = (
    state: string,
    at: { position: number; line?: number },
    next: string,
  ): FormatError => new FormatError(as, `Cannot read account: ${state}`, { source, ...at, next });

  checkLength(bytes, { source, kind: as, what: "account" });
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw fail("the text is UTF-16", { position: 0 }, "Save it as UTF-8 or plain text.");
  }
  const text = trim(bytes);
  if (text.start === text.end) {
    throw fail("it is empty", { position: 0 }, "Give an otpauth URI or a seed.");
  }
  const second = secondLine(bytes, text);
  if (second) {
    throw fail("there are several lines", second, "Give one account at a time, in one line.");
  }
  if (startsWith(bytes, text, "otpauth://")) return parseOtpauth(bytes, { source });

  const wrong = kindByBeginning(bytes, text);
  if (wrong) {
    const { message, next } = WRONG_CODES[wrong];
    throw new FormatError(wrong, message, { source, position: text.start, next });
  }
  if (as === "otpauth") {
    const next = "Give the text of the QR code, or say in what notation the seed is typed.";
    throw fail("it does not start with otpauth://", { position: text.start }, next);
  }
  return fromSeed(bytes, as, source);
}

function fromSeed(bytes: Uint8Array, as: SeedNotation, source: string): OtpAccount {
  const { secret, warnings } = as === "hex"
    ? parseHexSeed(bytes, { source })
    : parseBase32Seed(bytes, { source });
  const both = describeAmbiguity(bytes);
  const ambiguous = both &&
    `The text is a whole seed both as base32 (${both.base32Bytes} bytes) and as hexadecimal ` +
      `(${both.hexBytes} bytes); it was read as ${as === "hex" ? "hexadecimal" : "base32"}.`;
  return {
    type: "totp",
    issuer: "",
    account: "",
    algorithm: "SHA1",
    digits: 6,
    period: 30,
    secret,
    warnings: ambiguous ? [...warnings, ambiguous] : warnings,
  };
}

/** Where the text goes on after a line break. */
function secondLine(
  bytes: Uint8Array,
  text: Range,
): { position: number; line: number } | undefined {
  const end = Math.min(find(bytes, text, 0x0a), find(bytes, text, 0x0d));
  if (end === text.end) return undefined;
  const { start } = trim(bytes, { start: end, end: text.end });
  // "\r\n" is one line end, and a lone "\r" (old Macs) one as well.
  let line = 1;
  for (let i = 0; i < start; i++) {
    if (bytes[i] === 0x0a || (bytes[i] === 0x0d && bytes[i + 1] !== 0x0a)) line++;
  }
  return { position: start, line };
}
