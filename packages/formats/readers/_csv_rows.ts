import { find } from "../_text.ts";
import type { Input } from "./_place.ts";

/** Most columns of a row, and most bytes: token lists have a dozen columns. */
export const MAX_COLUMNS = 64;
const MAX_ROW_BYTES = 16 * 1024;

/** One cell: a view of the file, or bytes of its own if it holds doubled quotes. */
export interface Cell {
  readonly bytes: Uint8Array;
  /** Quoted cells are taken as they stand: a spreadsheet quotes no number that it has damaged. */
  readonly quoted: boolean;
}

/** One row of a CSV file. */
export interface Row {
  /** Line where it begins, counted from 1. */
  readonly line: number;
  /** Offset where it begins. */
  readonly at: number;
  readonly cells: readonly Cell[];
}

const QUOTE = 0x22, NEWLINE = 0x0a, RETURN = 0x0d, SPACE = 0x20;

/**
 * The rows of a CSV text (RFC 4180), one at a time, so that memory does not grow with the file; empty
 * rows are passed over. Cells are bytes: the libraries for CSV make strings, which cannot be wiped, or
 * bring a `Buffer` for browsers, and none tells which cells were quoted.
 */
export function* rowsOf(text: Uint8Array, separator: number, input: Input): Generator<Row> {
  const fail = (state: string, at: number): Error =>
    input.fail(state, at, "Open it in a text editor: it may be no list of tokens.");
  let line = 1;
  for (let at = 0; at < text.length;) {
    const row = { line, at };
    const cells: Cell[] = [];
    for (let done = false; !done;) {
      if (cells.length === MAX_COLUMNS) throw fail(`a row has over ${MAX_COLUMNS} columns`, row.at);
      while (text[at] === SPACE && separator !== SPACE) at++;
      if (text[at] === QUOTE) {
        const end = closingQuote(text, at + 1);
        if (end < 0 || end - row.at > MAX_ROW_BYTES) throw fail("a quote is not closed", at);
        cells.push({ bytes: unquote(text.subarray(at + 1, end)), quoted: true });
        for (let i = at; i < end; i++) if (text[i] === NEWLINE) line++;
        at = end + 1;
        while (text[at] === SPACE) at++;
        if (at < text.length && text[at] !== separator && !isLineEnd(text[at]!)) {
          throw fail("something follows a closing quote", at);
        }
      } else {
        let end = at;
        while (end < text.length && text[end] !== separator && !isLineEnd(text[end]!)) end++;
        if (end - row.at > MAX_ROW_BYTES) throw fail("a row is over 16 KiB long", row.at);
        cells.push({ bytes: trimmed(text.subarray(at, end)), quoted: false });
        at = end;
      }
      done = at >= text.length || text[at] !== separator;
      if (!done) at++;
    }
    if (text[at] === RETURN && text[at + 1] === NEWLINE) at++;
    if (at < text.length) {
      at++;
      line++;
    }
    if (cells.length > 1 || cells[0]!.bytes.length > 0) yield { ...row, cells };
  }
}

const SEPARATORS = [",", ";", "\t", "|"] as const;

/** The separator of a text: the one that its first lines have most often; a line `sep=;` names it. */
export function separatorOf(text: Uint8Array): number | undefined {
  const head = new TextDecoder("latin1").decode(text.subarray(0, 8192));
  const named = head.match(/^sep=(.)\r?\n/i)?.[1];
  if (named) return named.charCodeAt(0);
  const lines = head.split(/\r\n|\n|\r/).filter((line) => line.trim() && !line.startsWith("#"));
  const [first = ""] = lines.map((line) => line.replace(/"[^"]*"/g, ""));
  const counts = SEPARATORS.map((separator) => first.split(separator).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? undefined : SEPARATORS[counts.indexOf(most)]!.charCodeAt(0);
}

/** Where the rows begin: behind a line `sep=;`. */
export function skipSeparatorLine(text: Uint8Array): Uint8Array {
  const isNamed = /^sep=.\r?\n/i.test(String.fromCharCode(...text.subarray(0, 8)));
  return isNamed ? text.subarray(find(text, { start: 0, end: text.length }, NEWLINE) + 1) : text;
}

function closingQuote(text: Uint8Array, from: number): number {
  for (let at = from;; at += 2) {
    // Bounded: an open quote in a large file must not be searched to its end for each row.
    const found = text.subarray(at, at + MAX_ROW_BYTES).indexOf(QUOTE);
    if (found < 0) return -1;
    at += found;
    if (text[at + 1] !== QUOTE) return at;
  }
}

function unquote(text: Uint8Array): Uint8Array {
  if (!text.includes(QUOTE)) return text;
  const cell = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    cell[length++] = text[i]!;
    if (text[i] === QUOTE) i++;
  }
  return cell.subarray(0, length);
}

function trimmed(text: Uint8Array): Uint8Array {
  let end = text.length;
  while (end > 0 && (text[end - 1] === SPACE || text[end - 1] === 0x09)) end--;
  return text.subarray(0, end);
}

function isLineEnd(byte: number): boolean {
  return byte === NEWLINE || byte === RETURN;
}
