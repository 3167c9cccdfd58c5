import { find, type Range, trim } from "./_text.ts";

/**
 * A range of a URI as text for a person: percent escapes decoded (a malformed one stays as it is),
 * trimmed, and with control and direction characters replaced, so that a name cannot steer a terminal.
 * With `plus: "space"`, a `+` between two other characters is a space, as in form encoding; a `+` at an
 * end or beside another one ("Disney+", "C++") stays.
 */
export function readText(bytes: Uint8Array, range: Range, plus: "keep" | "space" = "keep"): string {
  const { text } = percentDecode(bytes, range, plus);
  return printable(new TextDecoder("utf-8", { ignoreBOM: true }).decode(text));
}

/** A name as one trimmed line; control and direction characters are replaced: they could steer a terminal. */
export function printable(name: string): string {
  if (/^[\x21-\x7e]*$/.test(name)) return name; // nearly all are, in long lists
  return name
    .replace(
      /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u2028\u2029]|(?![\t\r\n])\p{Cc}/gu,
      "\ufffd",
    )
    .replace(/\s+/gu, " ")
    .trim();
}

/** The decoded bytes of a range, and the offset in `bytes` that each came from. Wipe `text` after use. */
export function percentDecode(
  bytes: Uint8Array,
  { start, end }: Range,
  plus: "keep" | "space" = "keep",
): { text: Uint8Array; offsets: Uint32Array } {
  const text = new Uint8Array(end - start);
  const offsets = new Uint32Array(end - start);
  let length = 0;
  for (let i = start; i < end; length++) {
    offsets[length] = i;
    const high = bytes[i] === 0x25 && i + 2 < end ? hexValue(bytes[i + 1]!) : -1;
    const low = high < 0 ? -1 : hexValue(bytes[i + 2]!);
    if (low >= 0) {
      text[length] = high * 16 + low;
      i += 3;
      continue;
    }
    const isSpace = plus === "space" && bytes[i] === PLUS && i > start && i + 1 < end &&
      !isPlusOrSpace(bytes[i - 1]!) && !isPlusOrSpace(bytes[i + 1]!);
    text[length] = isSpace ? 0x20 : bytes[i]!;
    i++;
  }
  return { text: text.subarray(0, length), offsets: offsets.subarray(0, length) };
}

/** Splits a label at its first colon, written plainly or as `%3A`: the service is in front of it. */
export function splitLabel(
  bytes: Uint8Array,
  range: Range,
): { issuer: Range | undefined; account: Range } {
  for (let i = range.start; i < range.end; i++) {
    const escaped = bytes[i] === 0x25 && i + 2 < range.end && bytes[i + 1] === 0x33 &&
      (bytes[i + 2]! | 0x20) === 0x61;
    if (bytes[i] !== COLON && !escaped) continue;
    const issuer = { start: range.start, end: i };
    return { issuer, account: { start: i + (escaped ? 3 : 1), end: range.end } };
  }
  return { issuer: undefined, account: range };
}

/** A parameter of the query. Its name is a range too: in a garbled URI it may be part of the seed. */
export interface Parameter {
  readonly name: Range;
  /** `undefined` if there is no equals sign. */
  readonly value: Range | undefined;
}

/** Splits a query at `&` and at `&amp;`, as copied out of a web page's source. Empty parts are left out. */
export function splitQuery(bytes: Uint8Array, range: Range): Parameter[] {
  const parameters: Parameter[] = [];
  for (let start = range.start; start < range.end;) {
    const end = find(bytes, { start, end: range.end }, AMPERSAND);
    while (start > range.start && isAmp(bytes, start, end)) start += 4;
    const equals = find(bytes, { start, end }, 0x3d);
    const name = trim(bytes, { start, end: equals });
    const value = equals < end ? trim(bytes, { start: equals + 1, end }) : undefined;
    if (value || name.end > name.start) parameters.push({ name, value });
    start = end + 1;
  }
  return parameters;
}

const PLUS = 0x2b, COLON = 0x3a, AMPERSAND = 0x26;

function isAmp(bytes: Uint8Array, start: number, end: number): boolean {
  return start + 4 <= end && String.fromCharCode(...bytes.subarray(start, start + 4)) === "amp;";
}

function isPlusOrSpace(byte: number): boolean {
  return byte === PLUS || byte === 0x20;
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
