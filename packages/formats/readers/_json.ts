import { type Input } from "./_place.ts";

/** Deepest nesting and most values that are read: exports of apps stay far below. */
const MAX_DEPTH = 32;
const MAX_VALUES = 300_000;

type Kind = "object" | "array" | "string" | "number" | "literal";

/**
 * A value of a JSON text that knows where it stands. `JSON.parse` is not used because its strings cannot
 * be wiped, its values have no position, and its errors quote the text, seeds included. A property test
 * holds this reader against `JSON.parse`.
 */
export class JsonValue {
  readonly kind: Kind;
  /** Where it begins in the text. */
  readonly at: number;
  readonly #text: Uint8Array;
  readonly #end: number;
  readonly #fields: ReadonlyMap<string, JsonValue> | undefined;
  /** Its members, if it is an array. */
  readonly items: readonly JsonValue[];

  constructor(
    text: Uint8Array,
    range: { kind: Kind; at: number; end: number },
    parts: { fields?: ReadonlyMap<string, JsonValue>; items?: readonly JsonValue[] } = {},
  ) {
    this.#text = text;
    this.kind = range.kind;
    this.at = range.at;
    this.#end = range.end;
    this.#fields = parts.fields;
    this.items = parts.items ?? [];
  }

  /** A field of an object; `undefined` if it is missing, null, or this is no object. */
  get(name: string): JsonValue | undefined {
    const value = this.#fields?.get(name);
    return value?.isNull === true ? undefined : value;
  }

  /** Names of the fields, if it is an object. */
  get names(): readonly string[] {
    return [...this.#fields?.keys() ?? []];
  }

  get isNull(): boolean {
    return this.kind === "literal" && this.#text[this.at] === 0x6e;
  }

  /** A string as text; not for seeds. A number or a literal as it is written. */
  get text(): string {
    if (this.kind === "object" || this.kind === "array") return "";
    return new TextDecoder().decode(this.bytes);
  }

  /** A number, also one that is written as a string; `undefined` if it is none. */
  get number(): number | undefined {
    const text = this.kind === "number" || this.kind === "string" ? this.text.trim() : "";
    return /^-?\d{1,15}(\.0*)?$/.test(text) ? Number(text) : undefined;
  }

  /** What a string holds, as UTF-8 bytes of its own: wipe them. A number as it is written. */
  get bytes(): Uint8Array {
    // Not slice(): on a Node Buffer that shares the memory, and wiping it would change the file.
    if (this.kind !== "string") return new Uint8Array(this.#text.subarray(this.at, this.#end));
    return unescape(this.#text.subarray(this.at + 1, this.#end - 1));
  }
}

/** Reads a JSON text; `input` makes the errors. */
export function readJson(text: Uint8Array, input: Input): JsonValue {
  return new JsonReader(text, input).read();
}

const SIMPLE: Readonly<Record<number, number>> = {
  0x22: 0x22,
  0x5c: 0x5c,
  0x2f: 0x2f,
  0x62: 0x08,
  0x66: 0x0c,
  0x6e: 0x0a,
  0x72: 0x0d,
  0x74: 0x09,
};
const LITERALS = ["true", "false", "null"];

class JsonReader {
  readonly #text: Uint8Array;
  readonly #input: Input;
  #at = 0;
  #values = 0;

  constructor(text: Uint8Array, input: Input) {
    this.#text = text;
    this.#input = input;
  }

  read(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#fail("something follows the end");
    return value;
  }

  #value(depth: number): JsonValue {
    this.#space();
    if (depth > MAX_DEPTH) throw this.#fail(`it is nested deeper than ${MAX_DEPTH} levels`);
    if (++this.#values > MAX_VALUES) throw this.#fail(`it has more than ${MAX_VALUES} values`);
    const byte = this.#text[this.#at];
    if (byte === 0x7b) return this.#object(depth);
    if (byte === 0x5b) return this.#array(depth);
    if (byte === 0x22) return this.#string();
    const at = this.#at;
    if (byte === 0x2d || (byte !== undefined && byte >= 0x30 && byte <= 0x39)) {
      let end = at;
      while (end < this.#text.length && "+-.eE0123456789".includes(this.#char(end))) end++;
      const number = new TextDecoder().decode(this.#text.subarray(at, Math.min(end, at + 400)));
      if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(number)) {
        throw this.#fail("a number is malformed");
      }
      this.#at = end;
      return new JsonValue(this.#text, { kind: "number", at, end });
    }
    for (const word of LITERALS) {
      if (!this.#startsWith(word)) continue;
      this.#at += word.length;
      return new JsonValue(this.#text, { kind: "literal", at, end: this.#at });
    }
    throw this.#fail(byte === undefined ? "it ends too early" : "a value is malformed");
  }

  #object(depth: number): JsonValue {
    const at = this.#at++;
    const fields = new Map<string, JsonValue>();
    for (let first = true; !this.#closes(0x7d, first); first = false) {
      this.#space();
      if (this.#text[this.#at] !== 0x22) throw this.#fail("the name of a field is missing");
      const start = this.#at;
      const name = this.#string().text;
      // Readers disagree on which of two counts; a seed must not depend on that.
      if (fields.has(name)) throw this.#fail("a field is given twice", start);
      this.#space();
      if (this.#text[this.#at] !== 0x3a) throw this.#fail("a colon is missing");
      this.#at++;
      fields.set(name, this.#value(depth + 1));
    }
    return new JsonValue(this.#text, { kind: "object", at, end: this.#at }, { fields });
  }

  #array(depth: number): JsonValue {
    const at = this.#at++;
    const items: JsonValue[] = [];
    for (let first = true; !this.#closes(0x5d, first); first = false) {
      items.push(this.#value(depth + 1));
    }
    return new JsonValue(this.#text, { kind: "array", at, end: this.#at }, { items });
  }

  /** Whether the list ends here; otherwise steps over the comma between two members. */
  #closes(bracket: number, first: boolean): boolean {
    this.#space();
    const byte = this.#text[this.#at];
    if (byte === bracket) {
      this.#at++;
      return true;
    }
    if (byte === undefined) throw this.#fail("it ends too early");
    if (first) return false;
    if (byte !== 0x2c) throw this.#fail("a comma is missing");
    this.#at++;
    return false;
  }

  #string(): JsonValue {
    const at = this.#at++;
    for (; this.#at < this.#text.length; this.#at++) {
      const byte = this.#text[this.#at]!;
      if (byte === 0x22) {
        return new JsonValue(this.#text, { kind: "string", at, end: ++this.#at });
      }
      if (byte < 0x20) throw this.#fail("a string holds a control character");
      if (byte !== 0x5c) continue;
      const escape = this.#text[++this.#at] ?? 0;
      if (escape === 0x75) {
        for (let n = 0; n < 4; n++) {
          if (!/[0-9a-fA-F]/.test(this.#char(++this.#at))) {
            throw this.#fail("an escape is malformed");
          }
        }
      } else if (SIMPLE[escape] === undefined) throw this.#fail("an escape is malformed");
    }
    throw this.#fail("it ends inside a string", at);
  }

  #space(): void {
    for (;; this.#at++) {
      const byte = this.#text[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    }
  }

  #char(at: number): string {
    const byte = this.#text[at];
    return byte === undefined ? "\0" : String.fromCharCode(byte);
  }

  #startsWith(word: string): boolean {
    for (let i = 0; i < word.length; i++) {
      if (this.#text[this.#at + i] !== word.charCodeAt(i)) return false;
    }
    return true;
  }

  #fail(state: string, at: number = this.#at): Error {
    return this.#input.fail(`${state}; it is no JSON`, at, "Export it from the app again.");
  }
}

/** The bytes of a string between its quotes, with the escapes undone. */
function unescape(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== 0x5c) {
      bytes[length++] = text[i]!;
      continue;
    }
    const escape = text[++i]!;
    if (escape !== 0x75) {
      bytes[length++] = SIMPLE[escape]!;
      continue;
    }
    let code = unitAt(text, i + 1);
    i += 4;
    const isHigh = code >= 0xd800 && code < 0xdc00;
    if (isHigh && text[i + 1] === 0x5c && text[i + 2] === 0x75) {
      const low = unitAt(text, i + 3);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i += 6;
      }
    }
    // Escapes are for names and control characters: what they stand for is no part of a seed.
    const encoded = new TextEncoder().encode(String.fromCodePoint(code));
    bytes.set(encoded, length);
    length += encoded.length;
  }
  const whole = bytes.slice(0, length);
  bytes.fill(0);
  return whole;
}

function unitAt(text: Uint8Array, at: number): number {
  return parseInt(String.fromCharCode(...text.subarray(at, at + 4)), 16);
}
