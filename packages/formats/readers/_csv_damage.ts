import type { Cell } from "./_csv_rows.ts";

/** What a spreadsheet did to a cell, as the state of an error. */
export type Damage = string;

/** Spreadsheets keep 15 digits of a number; the others become zeros. */
const KEPT_DIGITS = 15;

/** What a spreadsheet did to a cell on its own; cells in quotes are taken as they stand. */
export function damageOf(cell: Cell): Damage | undefined {
  if (cell.quoted || cell.bytes.length > 60) return undefined;
  const { bytes } = cell;
  // At most 60 bytes, and looked at for its shape only; most seeds leave at the first letter.
  if (bytes[0] === 0x23) return "it holds an error mark of a spreadsheet";
  const digits = decimalsOf(bytes);
  if (digits === bytes.length && digits > KEPT_DIGITS) {
    return bytes.subarray(KEPT_DIGITS).every((byte) => byte === 0x30)
      ? `a spreadsheet kept ${KEPT_DIGITS} of its digits and made the others zeros`
      : undefined;
  }
  return isScientific(bytes, digits) ? "a spreadsheet made a number of it (1.2E+34)" : undefined;
}

/** Whether bytes are a number such as 1.23E+15 or 1,23E+15: a seed in hexadecimal has no sign in it. */
function isScientific(bytes: Uint8Array, lead: number): boolean {
  if (lead === 0) return false;
  let at = lead;
  if (bytes[at] === 0x2e || bytes[at] === 0x2c) at += 1 + decimalsOf(bytes.subarray(at + 1));
  if ((bytes[at]! | 0x20) !== 0x65) return false;
  if (bytes[at + 1] !== 0x2b && bytes[at + 1] !== 0x2d) return false;
  const exponent = bytes.subarray(at + 2);
  return exponent.length > 0 && decimalsOf(exponent) === exponent.length;
}

/** How many decimal digits a text begins with. */
export function decimalsOf(bytes: Uint8Array): number {
  let count = 0;
  while (count < bytes.length && bytes[count]! >= 0x30 && bytes[count]! <= 0x39) count++;
  return count;
}

/**
 * Watches a column for zeros that a spreadsheet took from the front of its numbers: cells of digits alone
 * that are shorter than others, while not one of them begins with a zero.
 */
export class LostZeros {
  #longest = 0;
  #shorter = false;
  #leading = false;
  #numbers = 0;

  see(cell: Cell): void {
    const { length } = cell.bytes;
    if (length === 0) return;
    if (this.#longest !== 0 && length !== this.#longest) this.#shorter = true;
    this.#longest = Math.max(this.#longest, length);
    if (decimalsOf(cell.bytes) !== length) return;
    this.#numbers++;
    if (cell.bytes[0] === 0x30) this.#leading = true;
  }

  /**
   * Whether this cell of the column may have lost zeros. Serial numbers below 8 digits may just count up,
   * and a number of more digits than a spreadsheet keeps shows another damage.
   */
  in(cell: Cell): boolean {
    const { bytes, quoted } = cell;
    return !quoted && this.#shorter && !this.#leading && this.#numbers > 0 && this.#longest >= 8 &&
      bytes.length > 0 && bytes.length < this.#longest && bytes.length <= KEPT_DIGITS &&
      decimalsOf(bytes) === bytes.length;
  }
}
