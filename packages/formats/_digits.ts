import { FormatError } from "@otpsmith/core/errors";
import { Secret } from "@otpsmith/core/secret";
import { charactersBefore, separatorAt } from "./_text.ts";

/** A seed as it was read. */
export interface ParsedSeed {
  /** The seed. Wipe it when it is no longer needed. */
  readonly secret: Secret;
  /** What is odd about the text, as sentences for a person; they say nothing about the seed's value. */
  readonly warnings: readonly string[];
}

/** How seeds are written. */
export type SeedNotation = "base32" | "hex";

interface Notation {
  readonly name: string;
  readonly bits: number;
  readonly alphabet: string;
  readonly padding: boolean;
  readonly rule: string;
  /** Characters that are taken for others: what each looks like, and what it may have been. */
  readonly lookalikes: Readonly<Record<string, string>>;
}

const NOTATIONS: Readonly<Record<SeedNotation, Notation>> = {
  base32: {
    name: "base32",
    bits: 5,
    alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    padding: true,
    rule: "Base32 has the letters A to Z and the digits 2 to 7.",
    lookalikes: {
      "0": "It is the digit 0: it may have been the letter O.",
      "1": "It is the digit 1: it may have been the letter I or L.",
      "8": "It is the digit 8: it may have been the letter B.",
      "9": "It is the digit 9: it may have been the letter g.",
    },
  },
  hex: {
    name: "hexadecimal",
    bits: 4,
    alphabet: "0123456789ABCDEF",
    padding: false,
    rule: "Hexadecimal has the digits 0 to 9 and the letters A to F.",
    lookalikes: {
      O: "It is the letter O: it may have been the digit 0.",
      I: "It is the letter I: it may have been the digit 1.",
      L: "It is the letter L: it may have been the digit 1.",
      G: "It is the letter G: it may have been the digit 9.",
      X: "Leave out the 0x in front.",
    },
  },
};

const MAX_DIGITS = 1024;

/** How the digits of a seed are read, and how errors name them. */
export interface DigitsOptions {
  readonly source: string;
  /** What is read, for messages: "seed", "secret of the otpauth URI". */
  readonly what: string;
  /** Kind of the error for a wrong character. */
  readonly kind: string;
  /** Kind of the error for a length that whole bytes cannot have. Same as `kind` by default. */
  readonly cutOffKind?: string;
  /** Where a byte of the text stands in the input; the same place by default. */
  readonly positionOf?: (index: number) => number;
}

/**
 * Reads the digits of a seed: case, spaces and hyphens do not matter, nor does padding in base32.
 * Linear time; whatever was decoded before an error is overwritten.
 */
export function readDigits(
  text: Uint8Array,
  notation: SeedNotation,
  options: DigitsOptions,
): ParsedSeed {
  const { name, bits, padding, rule } = NOTATIONS[notation];
  const { source, what, kind, positionOf = (index) => index } = options;
  const fail = (state: string, next: string, index: number, failKind = kind): FormatError =>
    new FormatError(failKind, `Cannot read ${what}: ${state}`, {
      source,
      position: positionOf(index),
      next,
    });
  const packed = new Uint8Array(Math.min(text.length, MAX_DIGITS) * bits / 8 + 1);
  let count = 0, length = 0, held = 0, pending = 0, padded = false;
  try {
    for (const i of significant(text)) {
      if (padding && count > 0 && text[i] === 0x3d) {
        padded = true;
        continue;
      }
      const value = digitValue(text[i]!, notation);
      if (value < 0) {
        const state = `character ${charactersBefore(text, i) + 1} is not ${name}`;
        throw fail(state, hint(text, i, notation) ?? `${rule} Copy it again.`, i);
      }
      if (padded) {
        const state = `character ${charactersBefore(text, i) + 1} follows the padding`;
        throw fail(state, "Padding, the sign =, may stand at the end only. Copy it again.", i);
      }
      if (++count > MAX_DIGITS) {
        throw fail(`it is longer than ${MAX_DIGITS} characters`, "Check what was pasted.", i);
      }
      pending = (pending << bits) | value;
      held += bits;
      if (held >= 8) {
        held -= 8;
        packed[length++] = pending >> held;
        pending &= (1 << held) - 1;
      }
    }
    if (count === 0) throw fail("it is empty", "Copy it again.", 0);
    if (held >= bits) {
      // RFC 4648 section 6: 1, 3 or 6 characters after the last full group of 8 make no whole byte.
      const state = `${count} ${name} characters do not make whole bytes`;
      const next = "It was cut off, or a character is missing or doubled. Copy all of it again.";
      throw fail(state, next, text.length, options.cutOffKind);
    }
    const warnings = pending === 0 ? [] : [
      "The last character holds bits that no byte uses: it may be mistyped, or the end is missing.",
    ];
    return { secret: Secret.take(packed.subarray(0, length)), warnings };
  } finally {
    packed.fill(0);
  }
}

/** Whether the text is at least one digit of the notation, with nothing but separators and padding. */
export function isAll(text: Uint8Array, notation: SeedNotation): boolean {
  let count = 0;
  for (const i of significant(text)) {
    if (NOTATIONS[notation].padding && text[i] === 0x3d) continue;
    if (digitValue(text[i]!, notation) < 0) return false;
    count++;
  }
  return count > 0;
}

/** How many decimal digits the text has if it has nothing else but separators, or 0. */
export function countDecimals(text: Uint8Array): number {
  let count = 0;
  for (const i of significant(text)) {
    if (text[i]! < 0x30 || text[i]! > 0x39) return 0;
    count++;
  }
  return count;
}

function* significant(text: Uint8Array): Generator<number> {
  for (let i = 0; i < text.length;) {
    // Letters and digits, which nearly all of a seed is, are no separators.
    const skip = isAlphanumeric(text[i]!) ? 0 : separatorAt(text, i);
    if (skip > 0) i += skip;
    else yield i++;
  }
}

function isAlphanumeric(byte: number): boolean {
  const letter = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x7a);
}

function digitValue(byte: number, notation: SeedNotation): number {
  return VALUES[notation][byte]!;
}

/** What each byte is worth, in either case; -1 if it is no digit. */
const VALUES: Readonly<Record<SeedNotation, Int8Array>> = {
  base32: valuesOf(NOTATIONS.base32.alphabet),
  hex: valuesOf(NOTATIONS.hex.alphabet),
};

function valuesOf(alphabet: string): Int8Array {
  const values = new Int8Array(256).fill(-1);
  for (let value = 0; value < alphabet.length; value++) {
    values[alphabet.charCodeAt(value)] = value;
    values[alphabet.toLowerCase().charCodeAt(value)] = value;
  }
  return values;
}

function hint(text: Uint8Array, i: number, notation: SeedNotation): string | undefined {
  if (notation === "base32" && isAll(text, "hex")) {
    return "All of it could be hexadecimal: if the service says that it is, say so. It is not guessed.";
  }
  const { lookalikes, name } = NOTATIONS[notation];
  const looks = lookalikes[String.fromCharCode(text[i]!).toUpperCase()];
  return looks && `${looks} The character is not part of ${name}; copy it again, do not guess.`;
}
