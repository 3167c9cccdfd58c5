import { FormatError } from "@otpsmith/core/errors";
import type { OtpAlgorithm } from "@otpsmith/core/otp";
import { Secret } from "@otpsmith/core/secret";
import { equals, find, indexOf, type Range, startsWith, trim } from "../_text.ts";
import { percentDecode, splitQuery } from "../_uri_text.ts";
import type { TokenRecord } from "../token_record.ts";
import { decodeBase64 } from "../_base64.ts";
import { COUNTER, eachEntry, numberIn, printable, record, type Refuse } from "./_entry.ts";
import { fieldsOf } from "./_protobuf.ts";

/** How such a link begins. */
export const MIGRATION_SCHEME = "otpauth-migration://";
const AGAIN = "Export the accounts from Google Authenticator again.";

/** One part of an export of Google Authenticator: one QR code of several. */
export interface GooglePart {
  /** Accounts of this part, and entries that are refused. */
  readonly entries: readonly (TokenRecord | FormatError)[];
  /** Which export the part belongs to. */
  readonly batch: number;
  /** Its place in the export, counted from 0. */
  readonly index: number;
  /** How many parts the export has. */
  readonly size: number;
}

/**
 * Reads one `otpauth-migration://` link, as the QR codes of Google Authenticator's export hold it. There
 * is no public description by its maker: field numbers as apps read them (Aegis, `google_auth.proto`).
 *
 * @throws {FormatError} `format/google` with the position of what is wrong.
 *
 * @example Read one part
 * ```ts
 * import { parseGooglePart } from "@otpsmith/formats";
 *
 * const link = "otpauth-migration://offline?data=Ci4KFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEgpBY21lOmFsaWNl" +
 *   "GgRBY21lIAEoATACEAEYASAAKNIJ";
 * const part = parseGooglePart(new TextEncoder().encode(link), { source: "QR code" });
 * if (part.entries.length !== 1 || part.size !== 1) throw new Error("unexpected");
 * ```
 */
export function parseGooglePart(
  bytes: Uint8Array,
  options: { readonly source: string; readonly line?: number | undefined },
): GooglePart {
  const fail = (state: string, position: number): FormatError =>
    new FormatError("google", `Cannot read export of Google Authenticator: ${state}`, {
      source: options.source,
      position,
      line: options.line,
      next: AGAIN,
    });
  const link = trim(bytes);
  if (!startsWith(bytes, link, MIGRATION_SCHEME)) {
    throw fail(`it does not begin with ${MIGRATION_SCHEME}`, link.start);
  }
  if (indexOf(bytes, { start: link.start + 1, end: link.end }, MIGRATION_SCHEME) >= 0) {
    throw fail("there is a second one in the same line", link.start);
  }
  const mark = find(bytes, link, 0x3f);
  const query = splitQuery(bytes, { start: Math.min(mark + 1, link.end), end: link.end });
  const data = query.find(({ name }) => equals(bytes, name, "data"))?.value;
  if (!data) throw fail("it ends before its data", link.end);
  const message = decode(bytes, data);
  if (typeof message === "number") throw fail("its data is not base64", message);
  try {
    return readPart(message, options, fail);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw fail("it was cut off or changed", link.end);
  } finally {
    message.fill(0);
  }
}

function decode(bytes: Uint8Array, data: Range): Uint8Array | number {
  // Plus signs stay: base64 has them, and the app escapes them or not, but never means a space.
  const { text, offsets } = percentDecode(bytes, data);
  const message = decodeBase64(text);
  text.fill(0);
  return typeof message === "number" ? offsets[message] ?? data.end : message;
}

function readPart(
  message: Uint8Array,
  { source, line }: { source: string; line?: number | undefined },
  fail: (state: string, position: number) => FormatError,
): GooglePart {
  const accounts: Uint8Array[] = [];
  const numbers = new Map<number, number>();
  for (const { number, value, bytes } of fieldsOf(message)) {
    if (number === 1 && value === undefined) accounts.push(bytes);
    else if (value !== undefined) numbers.set(number, value);
  }
  const entries = eachEntry(accounts, (account, n) => {
    const refuse: Refuse = (state, next) => {
      const error = fail(`account ${n + 1}: ${state}`, 0);
      return new FormatError("google", error.message, { source, line, position: 0, next });
    };
    return { ...readAccount(account, refuse), ...(line === undefined ? {} : { line }) };
  });
  const [size, index, batch] = [3, 4, 5].map((number) => numbers.get(number) ?? 0);
  return { entries, batch: batch!, index: index!, size: Math.max(1, size!) };
}

const ALGORITHMS: readonly (OtpAlgorithm | undefined)[] = ["SHA1", "SHA1", "SHA256", "SHA512"];
const LENGTHS: readonly (number | undefined)[] = [6, 6, 8];
const TYPES: readonly (TokenRecord["type"] | undefined)[] = ["totp", "hotp", "totp"];

function readAccount(message: Uint8Array, refuse: Refuse): TokenRecord {
  let seed: Uint8Array | undefined, name = "", issuer = "";
  const numbers = new Map<number, number>();
  try {
    for (const { number, value, bytes } of fieldsOf(message)) {
      if (value !== undefined) numbers.set(number, value);
      else if (number === 1) seed = bytes;
      else if (number === 2) name = new TextDecoder().decode(bytes);
      else if (number === 3) issuer = new TextDecoder().decode(bytes);
    }
  } catch {
    throw refuse("it was cut off or changed", AGAIN);
  }
  if (!seed || seed.length === 0) throw refuse("it has no secret", AGAIN);
  const pick = <T>(table: readonly (T | undefined)[], field: number, state: string): T => {
    const found = table[numbers.get(field) ?? 0];
    if (found === undefined) throw refuse(state, "No token shows such codes: keep the app.");
    return found;
  };
  const colon = name.indexOf(":");
  const service = issuer || (colon < 0 ? "" : name.slice(0, colon));
  return record({
    algorithm: pick(ALGORITHMS, 4, "its hash is not SHA-1, SHA-256 or SHA-512"),
    digits: pick(LENGTHS, 5, "its code length is not known"),
    type: pick(TYPES, 6, "its type is not known"),
    counter: numberIn(numbers.get(7), COUNTER, refuse),
    issuer: printable(service),
    account: printable(name.slice(colon + 1) || service),
    secret: Secret.copyOf(seed),
  });
}
