import { FormatError } from "@otpsmith/core/errors";
import { find, type Range, startsWith, trim } from "../_text.ts";
import { classifyCode } from "../classify.ts";
import { recordOfAccount, type TokenFile, type TokenRecord } from "../token_record.ts";
import type { SourceOptions } from "../typed_seed.ts";
import { wipeEntries } from "./_entry.ts";
import { type GooglePart, MIGRATION_SCHEME, parseGooglePart } from "./google_export.ts";

/** Most lines that are read, and most parts of one export: Google makes one of ten accounts. */
const MAX_LINES = 100_000;
const MAX_PARTS = 1000;

/**
 * Reads a list with one `otpauth://` or `otpauth-migration://` link a line, as QR codes hold them; empty
 * lines and lines that begin with `#` are passed over. Parts of an export of Google Authenticator may
 * come in any order; parts that are missing are named as entries of their own.
 *
 * @throws {FormatError} `format/otpauth` if there are too many lines.
 *
 * @example A line that is wrong does not keep the others from being used
 * ```ts
 * import { readOtpauthList } from "@otpsmith/formats";
 *
 * const text = "otpauth://totp/A:x?secret=JBSWY3DPEHPK3PXP\n\notpauth://totp/B:y?secret=JBSWY3";
 * const { entries } = readOtpauthList(new TextEncoder().encode(text), { source: "list.txt" });
 * if (entries.length !== 2 || !(entries[1] instanceof Error)) throw new Error("unexpected");
 * ```
 */
export function readOtpauthList(bytes: Uint8Array, options: SourceOptions): TokenFile {
  return readOtpauthLists([{ bytes, source: options.source }]);
}

/** A list of links, and what it is called in messages. */
export interface OtpauthText extends SourceOptions {
  readonly bytes: Uint8Array;
}

/**
 * Reads several lists as {@linkcode readOtpauthList} does, as one: parts of an export of Google
 * Authenticator may be spread over them, as over one picture for each part.
 *
 * @throws {FormatError} `format/otpauth` if one of them has too many lines.
 *
 * @example Two of three parts of an export
 * ```ts
 * import { readOtpauthLists } from "@otpsmith/formats";
 *
 * // The fields of a part without accounts: three parts, its place, the number of the export.
 * const part = (place: number): Uint8Array =>
 *   new TextEncoder().encode(
 *     "otpauth-migration://offline?data=" + btoa(String.fromCharCode(24, 3, 32, place, 40, 7)),
 *   );
 * const { entries } = readOtpauthLists([
 *   { bytes: part(2), source: "3.png" },
 *   { bytes: part(0), source: "1.png" },
 * ]);
 * if (!(entries[0] instanceof Error)) throw new Error("nothing is missing");
 * ```
 */
export function readOtpauthLists(lists: readonly OtpauthText[]): TokenFile {
  const entries: (TokenRecord | FormatError)[] = [];
  const batches: Batches = new Map();
  let found = 0, google = 0;
  for (const { bytes, source } of lists) {
    const rest = (start: number): Range => ({ start, end: bytes.length });
    let line = 0;
    checkLines(bytes, source);
    for (let start = 0; start < bytes.length; start = find(bytes, rest(start), 0x0a) + 1) {
      line++;
      const text = trim(bytes, { start, end: find(bytes, rest(start), 0x0a) });
      if (text.start === text.end || bytes[text.start] === 0x23) continue;
      found++;
      const view = bytes.subarray(text.start, text.end);
      if (startsWith(bytes, text, MIGRATION_SCHEME)) {
        google++;
        entries.push(...readPart(view, { source, line }, batches));
      } else entries.push(readLine(view, { source, line }));
    }
  }
  entries.push(...missingParts(batches, lists.length === 1 ? lists[0]!.source : "the sources"));
  return {
    format: google > 0 && google === found ? "google" : "otpauth",
    encrypted: false,
    entries,
  };
}

type Batches = Map<number, Map<number, GooglePart>>;

/** Refuses a list that is too long before any of it is read. */
function checkLines(bytes: Uint8Array, source: string): void {
  let lines = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (++lines <= MAX_LINES) continue;
    throw new FormatError("otpauth", `Cannot read list: it has over ${MAX_LINES} lines`, {
      source,
      line: lines,
      position: at,
      next: "Split it.",
    });
  }
}

interface Place {
  readonly source: string;
  readonly line: number;
}

function readLine(text: Uint8Array, { source, line }: Place): TokenRecord | FormatError {
  const code = classifyCode(text, { source });
  if (code.kind === "otpauth") return { ...recordOfAccount(code.account), line };
  const { message, next, position } = code;
  return new FormatError(
    code.is === "unreadable-otpauth" ? "otpauth" : "unusable-account",
    message,
    { source, line, next, ...(position === undefined ? {} : { position }) },
  );
}

function readPart(
  text: Uint8Array,
  place: Place,
  batches: Batches,
): readonly (TokenRecord | FormatError)[] {
  try {
    const part = parseGooglePart(text, place);
    const parts = batches.get(part.batch) ?? new Map<number, GooglePart>();
    batches.set(part.batch, parts);
    const known = parts.has(part.index);
    if (known) wipeEntries(part.entries); // the same QR code, photographed twice
    else parts.set(part.index, part);
    return known ? [] : part.entries;
  } catch (error) {
    if (error instanceof FormatError) return [error];
    throw error;
  }
}

function missingParts(
  batches: ReadonlyMap<number, ReadonlyMap<number, GooglePart>>,
  source: string,
): readonly FormatError[] {
  return [...batches.values()].flatMap((parts) => {
    const size = Math.max(...[...parts.values()].map((part) => part.size));
    const missing = Array.from({ length: Math.min(size, MAX_PARTS) }, (_, index) => index)
      .filter((index) => !parts.has(index))
      .map((index) => index + 1);
    if (missing.length === 0) return [];
    const shown = missing.slice(0, 20).join(", ") + (missing.length > 20 ? ", …" : "");
    return [
      new FormatError(
        "google",
        `Cannot read all of the export: of its ${size} parts, these are missing: ${shown}`,
        { source, next: "The app shows one QR code after another: scan those as well." },
      ),
    ];
  });
}
