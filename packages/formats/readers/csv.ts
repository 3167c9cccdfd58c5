import { FormatError } from "@otpsmith/core/errors";
import { isAll, type SeedNotation } from "../_digits.ts";
import type { TokenFile, TokenRecord } from "../token_record.ts";
import type { SourceOptions } from "../typed_seed.ts";
import { type Column, type Layout, layoutOfHeader, layoutOfOrder } from "./_csv_columns.ts";
import { damageOf, decimalsOf, LostZeros } from "./_csv_damage.ts";
import { type Cell, type Row, rowsOf, separatorOf, skipSeparatorLine } from "./_csv_rows.ts";
import { toUtf8 } from "./_encoding.ts";
import {
  algorithmOf,
  COUNTER,
  DIGITS,
  eachEntry,
  MAX_ENTRIES,
  numberIn,
  PERIOD,
  printable,
  record,
  type Refuse,
  seedOf,
  typeOf,
} from "./_entry.ts";
import { Input } from "./_place.ts";

/** How {@linkcode readCsv} reads. */
export interface ReadCsvOptions extends SourceOptions {
  /** How the seeds are written, if neither the header nor the seeds themselves tell. */
  readonly as?: SeedNotation | undefined;
}

const WHAT = "CSV file";
const AS_TEXT =
  "Export it again and open it in a text editor only, or with the column marked as text.";

/**
 * Reads a list of tokens in CSV: separators `,` `;` tab `|`, UTF-8, UTF-16 or Windows-1252, with a header
 * in the usual spellings or in the order that NetIQ, privacyIDEA, LinOTP and Duo take.
 *
 * Whether seeds are base32 or hexadecimal is never guessed from one of them: the header says it, `as` says
 * it, or a seed of the column can be read in one way alone; otherwise the file is refused. So are cells
 * that a spreadsheet damaged: numbers such as 1.2E+34, lost zeros, digits that became zeros.
 *
 * @throws {FormatError} `format/csv` with the line; entries that are refused stand in the list.
 *
 * @example Read Microsoft's layout
 * ```ts
 * import { readCsv } from "@otpsmith/formats";
 *
 * const text = "upn,serial number,secret key,time interval,manufacturer,model\n" +
 *   "alice@example.com,1234567,JBSWY3DPEHPK3PXP,60,Acme,One\n";
 * const { entries: [token] } = readCsv(new TextEncoder().encode(text), { source: "tokens.csv" });
 * if (!token || token instanceof Error || token.period !== 60) throw new Error("unexpected");
 * ```
 */
export function readCsv(bytes: Uint8Array, options: ReadCsvOptions): TokenFile {
  const text = toUtf8(bytes);
  try {
    const body = skipSeparatorLine(text.bytes);
    const input = new Input(body, { kind: "csv", what: WHAT, source: options.source });
    return { format: "csv", encrypted: false, entries: new CsvReader(body, input, options).read() };
  } finally {
    if (text.owned) text.bytes.fill(0);
  }
}

const UTF_8 = new TextDecoder();

class CsvReader {
  readonly #text: Uint8Array;
  readonly #input: Input;
  readonly #separator: number;
  readonly #as: SeedNotation | undefined;
  readonly #serials = new LostZeros();
  readonly #seeds = new LostZeros();
  #layout!: Layout;
  #notation: SeedNotation = "base32";
  #rows = 0;

  constructor(text: Uint8Array, input: Input, options: ReadCsvOptions) {
    this.#text = text;
    this.#input = input;
    this.#as = options.as;
    // One column has no separator; then it is a list of seeds with a header, if it is anything.
    this.#separator = separatorOf(text) ?? 0x2c;
  }

  read(): TokenFile["entries"] {
    const { version, first } = this.#head();
    this.#layout = layoutOfHeader(first.cells.map(textOf)) ?? this.#orderOf(first, version);
    this.#notation = this.#surveyColumns();
    if (this.#rows === 0) throw this.#input.fail("it has no tokens", undefined, "Check the file.");
    return eachEntry(this.#data(), (row) => this.#readRow(row));
  }

  *#data(): Generator<Row> {
    let header = !this.#layout.headless;
    for (const row of rowsOf(this.#text, this.#separator, this.#input)) {
      if (isComment(row.cells[0]!)) continue;
      if (header) header = false;
      else if (row.cells.some(({ bytes }) => bytes.length > 0)) yield row;
    }
  }

  #head(): { version: number; first: Row } {
    let version = 1;
    for (const row of rowsOf(this.#text, this.#separator, this.#input)) {
      const [cell] = row.cells;
      if (!isComment(cell!)) return { version, first: row };
      version = Number(textOf(cell!).match(/^#\s*version:\s*(\d)/)?.[1] ?? version);
    }
    throw this.#input.fail("it is empty", 0, "Check the file.");
  }

  #orderOf(first: Row, version: number): Layout {
    const at = version === 2 ? 3 : 0;
    const [serial, secret, third] = first.cells.slice(at);
    if (
      !serial || !secret || !(isAll(secret.bytes, "base32") || isAll(secret.bytes, "hex")) ||
      secret.bytes.length < 16
    ) {
      throw this.#input.fail(
        "its first row is neither a header with a column for seeds nor a token",
        first.at,
        'Name the columns in the first row, such as "serial number,secret key,time interval".',
      );
    }
    const thirdIsNumber = third !== undefined && third.bytes.length > 0 &&
      decimalsOf(third.bytes) === third.bytes.length;
    return layoutOfOrder({ thirdIsNumber, withUser: version === 2 });
  }

  /** Looks at the columns as a whole: how seeds are written, and what a spreadsheet did to all of them. */
  #surveyColumns(): SeedNotation {
    const serialAt = this.#layout.columns.get("serial") ?? -1;
    const seedAt = this.#layout.columns.get("secret")!;
    let base32 = true, hex = true;
    let line = 0;
    for (const { cells, at, line: row } of this.#data()) {
      if (++this.#rows > MAX_ENTRIES) {
        throw this.#input.fail(`it has over ${MAX_ENTRIES} rows`, at, "Split it.");
      }
      const [serial, seed] = [cells[serialAt], cells[seedAt]];
      if (serial) this.#serials.see(serial);
      if (!seed || seed.bytes.length === 0) continue;
      this.#seeds.see(seed);
      const [asBase32, asHex] = [isAll(seed.bytes, "base32"), isAll(seed.bytes, "hex")];
      if (!asBase32 && !asHex) continue; // this row will be refused
      if (!asBase32) base32 = false;
      if (!asHex) hex = false;
      if (!base32 && !hex && line === 0) line = row;
    }
    const said = this.#as ?? this.#layout.notation;
    if (said) return said;
    if (base32 !== hex) return base32 ? "base32" : "hex";
    const next = "Say how they are written: base32 or hexadecimal. It is never guessed.";
    const state = base32
      ? "its seeds can be read both as base32 and as hexadecimal"
      : `some seeds are base32 only and some hexadecimal only, the first such at line ${line}`;
    throw this.#input.fail(state, undefined, next);
  }

  #readRow({ cells, line, at }: Row): TokenRecord {
    const refuse: Refuse = (state, next): FormatError =>
      new FormatError("csv", `Cannot read line ${line} of ${WHAT}: ${state}`, {
        source: this.#input.source,
        position: at,
        line,
        next,
      });
    const cell = (column: Column): Cell | undefined => {
      const found = cells[this.#layout.columns.get(column) ?? -1];
      return found && found.bytes.length > 0 ? found : undefined;
    };
    const text = (column: Column): string => {
      const found = cell(column);
      return found ? printable(textOf(found)) : "";
    };
    const number = (column: Column): number | undefined => {
      const found = text(column);
      return found === "" ? undefined : /^\d{1,15}$/.test(found) ? Number(found) : NaN;
    };
    const [serial, seed] = [cell("serial"), cell("secret")];
    if (!seed) throw refuse("it has no seed", "Fill the column, or take the row out.");
    this.#refuseDamage(serial, seed, refuse);
    const type = typeOf(text("type"), { source: this.#input.source, line, position: at }, refuse);
    const algorithm = algorithmOf(text("algorithm"), refuse);
    const digits = numberIn(number("digits"), DIGITS, refuse);
    const period = numberIn(number("period"), PERIOD, refuse);
    const counter = numberIn(number("counter"), COUNTER, refuse);
    const { secret, warnings } = seedOf(seed.bytes, this.#notation, refuse);
    return record({
      type,
      line,
      algorithm,
      digits,
      period,
      counter,
      issuer: text("issuer"),
      account: text("account"),
      serial: text("serial"),
      manufacturer: text("manufacturer"),
      model: text("model"),
      user: text("user"),
      secret,
      warnings,
    });
  }

  #refuseDamage(serial: Cell | undefined, seed: Cell, refuse: Refuse): void {
    const seedDamage = damageOf(seed);
    if (seedDamage) throw refuse(`of its seed, ${seedDamage}`, AS_TEXT);
    const serialDamage = serial && damageOf(serial);
    if (serialDamage) throw refuse(`of its serial number, ${serialDamage}`, AS_TEXT);
    if (this.#seeds.in(seed)) {
      throw refuse("its seed is only digits and shorter than others: zeros may be lost", AS_TEXT);
    }
    if (serial && this.#serials.in(serial)) {
      throw refuse(
        "its serial number is shorter than others and none begins with a zero: zeros may be lost",
        `${AS_TEXT} If it is right, put it into quotes.`,
      );
    }
  }
}

function textOf(cell: Cell): string {
  return UTF_8.decode(cell.bytes);
}

/** Whether a row is a comment; "#N/A" and "####" come from spreadsheets and are none. */
function isComment({ bytes, quoted }: Cell): boolean {
  if (quoted || bytes[0] !== 0x23) return false;
  return !/^#(N\/A|NAME|REF|VALUE|NUM|DIV|#)/i.test(String.fromCharCode(...bytes.subarray(0, 8)));
}
