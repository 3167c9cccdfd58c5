import { FormatError } from "@otpsmith/core/errors";

/** Longest input that is looked at. A QR code holds at most 2,953 bytes; the rest is room for files. */
export const MAX_INPUT: number = 64 * 1024;

/** A part of a byte string: from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Runs `read` on the bytes of the input. A string is copied into bytes that are wiped afterwards, and
 * error positions are turned back into positions in the string.
 */
export function onBytes<T>(input: Uint8Array | string, read: (bytes: Uint8Array) => T): T {
  if (typeof input !== "string") return read(input);
  const bytes = new TextEncoder().encode(input);
  try {
    return read(bytes);
  } catch (error) {
    if (!(error instanceof FormatError) || error.position === undefined) throw error;
    const position = charactersBefore(bytes, error.position);
    throw new FormatError(error.code.slice("format/".length), error.message, {
      source: error.source,
      position,
      line: error.line,
      next: error.next,
    });
  } finally {
    bytes.fill(0);
  }
}

/** Throws if the input is too long to be looked at. Cheap: call it before anything else. */
export function checkLength(
  input: Uint8Array | string,
  options: { source: string; kind: string; what: string },
): void {
  if (input.length <= MAX_INPUT) return;
  throw new FormatError(options.kind, `Cannot read ${options.what}: it is longer than 64 KiB`, {
    source: options.source,
    position: MAX_INPUT,
    next: "Give the text of one code or one seed only.",
  });
}

/** How many UTF-16 units the UTF-8 text before `offset` has. */
export function charactersBefore(bytes: Uint8Array, offset: number): number {
  let count = 0;
  for (let i = 0; i < offset; i++) {
    // Continuation bytes start no character; four-byte sequences are two units.
    if ((bytes[i]! & 0xc0) !== 0x80) count += bytes[i]! >= 0xf0 ? 2 : 1;
  }
  return count;
}

/** Number of bytes of the white space at `i`, or 0. Web pages and spreadsheets paste all of these. */
export function spaceAt(text: Uint8Array, i: number): number {
  const [a, b, c] = [text[i]!, text[i + 1], text[i + 2]];
  if (a === 0x20 || (a >= 0x09 && a <= 0x0d)) return 1;
  if (a === 0xc2 && b === 0xa0) return 2; // no-break space
  if (a === 0xe2 && b === 0x80 && c !== undefined) {
    // U+2000 to U+200D, line and paragraph separator, narrow no-break space
    return (c >= 0x80 && c <= 0x8d) || c === 0xa8 || c === 0xa9 || c === 0xaf ? 3 : 0;
  }
  if (a === 0xe3 && b === 0x80 && c === 0x80) return 3; // ideographic space
  return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0; // byte order mark
}

/** Number of bytes of the space or hyphen at `i`, or 0: what people put between groups of a seed. */
export function separatorAt(text: Uint8Array, i: number): number {
  const [a, b, c] = [text[i]!, text[i + 1], text[i + 2]];
  if (a === 0x2d) return 1;
  if (a === 0xe2 && b === 0x80 && c !== undefined && c >= 0x90 && c <= 0x95) return 3;
  return spaceAt(text, i);
}

/** The part without white space and byte order marks at both ends. */
export function trim(
  text: Uint8Array,
  { start, end }: Range = { start: 0, end: text.length },
): Range {
  for (let n; start < end && (n = spaceAt(text, start)) > 0;) start = Math.min(end, start + n);
  trailing: while (end > start) {
    for (const n of [1, 2, 3]) {
      if (end - n >= start && spaceAt(text, end - n) === n) {
        end -= n;
        continue trailing;
      }
    }
    break;
  }
  return { start, end };
}

/** Whether the range starts with ASCII text (given in lower case), in either case. */
export function startsWith(text: Uint8Array, range: Range, prefix: string): boolean {
  if (range.end - range.start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (lower(text[range.start + i]!) !== prefix.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether the range is this ASCII text (given in lower case), in either case. */
export function equals(text: Uint8Array, range: Range, word: string): boolean {
  return range.end - range.start === word.length && startsWith(text, range, word);
}

/** Offset at which the ASCII text (given in lower case) occurs in the range, in either case, or -1. */
export function indexOf(text: Uint8Array, range: Range, word: string): number {
  for (let i = range.start; i + word.length <= range.end; i++) {
    if (startsWith(text, { start: i, end: range.end }, word)) return i;
  }
  return -1;
}

/** Offset at which the byte first occurs in the range, or the end of the range. */
export function find(text: Uint8Array, range: Range, byte: number): number {
  // Search the range only: many searches to the end of the text would take quadratic time.
  const at = text.subarray(range.start, range.end).indexOf(byte);
  return at < 0 ? range.end : range.start + at;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
