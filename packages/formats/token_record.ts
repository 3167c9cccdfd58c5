import { FormatError } from "@otpsmith/core/errors";
import type { OtpAlgorithm } from "@otpsmith/core/otp";
import type { Secret } from "@otpsmith/core/secret";
import type { OtpAccount } from "./otp_account.ts";

/**
 * One token or account, whatever file it came from and whatever it becomes: the neutral form between
 * all readers and all exporters. Texts that a file does not have are empty. Safe to print and to
 * serialise: the secret shows its length only.
 */
export interface TokenRecord {
  /** Time-based (RFC 6238) or counter-based (RFC 4226) codes. */
  readonly type: "totp" | "hotp";
  /** The seed. Wipe it when it is no longer needed. */
  readonly secret: Secret;
  /** Hash function. */
  readonly algorithm: OtpAlgorithm;
  /** Code length, 1 to 10. */
  readonly digits: number;
  /** Time step in seconds, at least 1; 30 and without a meaning for counter-based codes. */
  readonly period: number;
  /** Counter of the next code; 0 and without a meaning for time-based codes. */
  readonly counter: number;
  /** Service that checks the codes, for a person. */
  readonly issuer: string;
  /** Account at the service, for a person. */
  readonly account: string;
  /** Serial number of the token. */
  readonly serial: string;
  /** Maker of the token. */
  readonly manufacturer: string;
  /** Model of the token. */
  readonly model: string;
  /** Who the token belongs to: a user name, at Microsoft the user principal name. */
  readonly user: string;
  /** Line of the file where it begins, counted from 1, if the file has lines. */
  readonly line?: number;
  /** What is odd about it, as sentences for a person; nothing of the seed is in them. */
  readonly warnings: readonly string[];
}

/** Files that hold tokens or accounts. */
export type FileFormat =
  | "otpauth"
  | "google"
  | "aegis"
  | "2fas"
  | "andotp"
  | "csv"
  | "pskc";

/** What a file holds. */
export interface TokenFile {
  /** What kind of file it is. */
  readonly format: FileFormat;
  /** Whether its seeds were encrypted. */
  readonly encrypted: boolean;
  /**
   * Its entries in the order of the file: a record, or the reason why an entry is none, with line or
   * position and next step. One that is refused does not keep the others from being used.
   */
  readonly entries: readonly (TokenRecord | FormatError)[];
}

/**
 * The records of a file, without the entries that were refused.
 *
 * @example Take what can be used
 * ```ts
 * import { readTokens, recordsOf } from "@otpsmith/formats";
 *
 * const text = "otpauth://totp/A:x?secret=JBSWY3DPEHPK3PXP\notpauth://hotp/B?secret=1";
 * const file = readTokens(new TextEncoder().encode(text), { source: "list.txt" });
 * if (file.entries.length !== 2 || recordsOf(file).length !== 1) throw new Error("unexpected");
 * ```
 */
export function recordsOf(file: TokenFile): readonly TokenRecord[] {
  return file.entries.filter((entry): entry is TokenRecord => !(entry instanceof FormatError));
}

/**
 * A record from an account, such as a QR code holds it: nothing is known of a token yet.
 *
 * @example Turn a scanned account into a record
 * ```ts
 * import { parseOtpauth, recordOfAccount } from "@otpsmith/formats";
 *
 * const account = parseOtpauth("otpauth://totp/A:x?secret=JBSWY3DPEHPK3PXP", { source: "QR code" });
 * if (recordOfAccount(account).serial !== "") throw new Error("unexpected");
 * ```
 */
export function recordOfAccount(account: OtpAccount): TokenRecord {
  const { type, secret, algorithm, digits, period, issuer, warnings } = account;
  return {
    ...NO_TOKEN,
    type,
    secret,
    algorithm,
    digits,
    period,
    issuer,
    account: account.account,
    warnings,
  };
}

/**
 * What a token is burned with, from a record: the settings are those of the record.
 *
 * @throws {FormatError} `format/hotp` for counter-based codes: a token with a clock cannot show them.
 *
 * @example Take the account out of a record
 * ```ts
 * import { accountOfRecord, readTokens, recordsOf } from "@otpsmith/formats";
 *
 * const text = new TextEncoder().encode("otpauth://totp/A:x?secret=JBSWY3DPEHPK3PXP");
 * const [record] = recordsOf(readTokens(text, { source: "list.txt" }));
 * if (accountOfRecord(record!, { source: "list.txt" }).digits !== 6) throw new Error("unexpected");
 * ```
 */
export function accountOfRecord(
  record: TokenRecord,
  options: { readonly source: string },
): OtpAccount {
  const { type, secret, algorithm, digits, period, issuer, account, serial, warnings } = record;
  if (type === "hotp") {
    throw new FormatError(
      "hotp",
      "Cannot use this account: it has counter-based codes (HOTP), and the token has a clock only",
      { source: options.source, line: record.line, next: "Ask the service for time-based codes." },
    );
  }
  const name = account || record.user || serial || issuer;
  return { type, secret, algorithm, digits, period, issuer, account: name, warnings };
}

/** The texts of a record that says nothing of a token or a user. */
export const NO_TOKEN: Pick<
  TokenRecord,
  "counter" | "issuer" | "account" | "serial" | "manufacturer" | "model" | "user"
> = { counter: 0, issuer: "", account: "", serial: "", manufacturer: "", model: "", user: "" };
