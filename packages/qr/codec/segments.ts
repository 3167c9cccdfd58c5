/**
 * From the data codewords of a symbol to its content (ISO/IEC 18004:2015 §7.4, tables 2 and 3).
 *
 * @module
 */

/** Place in a text that is split over several symbols (structured append, §8). */
export interface Part {
  /** From 0. */
  readonly index: number;
  /** 2 to 16. */
  readonly count: number;
  /** XOR of all bytes of the whole text: the same in all of its symbols. */
  readonly parity: number;
}

/** A stretch of the content that was written in one mode. */
export interface Segment {
  readonly mode: "numeric" | "alphanumeric" | "byte" | "kanji";
  /** ASCII for digits and alphanumeric characters, Shift_JIS for kanji. */
  readonly bytes: Uint8Array;
  /** The character set that was announced before it, as an ECI number (AIM ITS/04-023), if one was. */
  readonly eci: number | undefined;
}

/** What stands in a symbol. */
export interface Content {
  readonly segments: readonly Segment[];
  readonly part: Part | undefined;
}

const ALPHANUMERIC = new TextEncoder().encode("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:");

type Mode = Segment["mode"];
const MODES: Readonly<Record<number, Mode>> = {
  1: "numeric",
  2: "alphanumeric",
  4: "byte",
  8: "kanji",
};
/** Bits of the number of characters: versions 1 to 9, 10 to 26, 27 to 40. */
const COUNT_BITS: Readonly<Record<Mode, readonly [number, number, number]>> = {
  numeric: [10, 12, 14],
  alphanumeric: [9, 11, 13],
  byte: [8, 16, 16],
  kanji: [8, 10, 12],
};
const TERMINATOR = 0, STRUCTURED_APPEND = 3, FNC1_FIRST = 5, ECI = 7, FNC1_SECOND = 9;

/** Thrown by the reader of bits past the end, and by wrong values; never leaves this file. */
class NotContent extends Error {}

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length * 8 - this.#at;
  }

  take(count: number): number {
    if (count > this.left) throw new NotContent();
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      value = value << 1 | this.#bytes[this.#at >> 3]! >> (7 - (this.#at & 7)) & 1;
    }
    return value;
  }
}

/**
 * Reads the segments of a symbol. Gives undefined if they break a rule: an unknown mode, a value that a
 * character cannot have, an end in the middle of a segment.
 */
export function readSegments(data: Uint8Array, version: number): Content | undefined {
  try {
    return read(new BitReader(data), version < 10 ? 0 : version < 27 ? 1 : 2);
  } catch (error) {
    if (error instanceof NotContent) return undefined;
    throw error;
  }
}

function read(bits: BitReader, width: 0 | 1 | 2): Content {
  const segments: Segment[] = [];
  let part: Part | undefined, eci: number | undefined;
  while (bits.left >= 4) {
    const indicator = bits.take(4);
    if (indicator === TERMINATOR) break;
    if (indicator === STRUCTURED_APPEND) {
      part = { index: bits.take(4), count: bits.take(4) + 1, parity: bits.take(8) };
      if (part.index >= part.count) throw new NotContent();
    } else if (indicator === ECI) eci = readEci(bits);
    else if (indicator === FNC1_SECOND) bits.take(8); // which industry it is for
    else if (indicator !== FNC1_FIRST) {
      const mode = MODES[indicator];
      if (!mode) throw new NotContent();
      const count = bits.take(COUNT_BITS[mode][width]);
      segments.push({ mode, bytes: READERS[mode](bits, count), eci });
    }
  }
  return { segments, part };
}

const READERS: Readonly<Record<Mode, (bits: BitReader, count: number) => Uint8Array>> = {
  // Three digits in ten bits, two in seven, one in four.
  numeric(bits, count) {
    const digits = begin(bits, { count, bits: count * 10 / 3 });
    for (let i = 0; i < count; i += 3) {
      const few = Math.min(3, count - i);
      const value = bits.take([4, 7, 10][few - 1]!);
      if (value >= 10 ** few) throw new NotContent();
      for (let j = 0; j < few; j++) {
        digits[i + j] = 0x30 + Math.floor(value / 10 ** (few - 1 - j)) % 10;
      }
    }
    return digits;
  },
  // Two characters in eleven bits, one in six.
  alphanumeric(bits, count) {
    const characters = begin(bits, { count, bits: count * 5.5 });
    const put = (i: number, value: number): void => {
      if (value >= ALPHANUMERIC.length) throw new NotContent();
      characters[i] = ALPHANUMERIC[value]!;
    };
    for (let i = 0; i + 1 < count; i += 2) {
      const value = bits.take(11);
      put(i, Math.floor(value / 45));
      put(i + 1, value % 45);
    }
    if (count % 2 === 1) put(count - 1, bits.take(6));
    return characters;
  },
  byte(bits, count) {
    const bytes = begin(bits, { count, bits: count * 8 });
    for (let i = 0; i < count; i++) bytes[i] = bits.take(8);
    return bytes;
  },
  // Thirteen bits for the two bytes of Shift_JIS, less 8140 or C140, the first times C0.
  kanji(bits, count) {
    const bytes = begin(bits, { count: count * 2, bits: count * 13 });
    for (let i = 0; i < count; i++) {
      const value = bits.take(13);
      const joined = Math.floor(value / 0xc0) << 8 | value % 0xc0;
      const code = joined + (joined < 0x1f00 ? 0x8140 : 0xc140);
      bytes[2 * i] = code >> 8;
      bytes[2 * i + 1] = code & 0xff;
    }
    return bytes;
  },
};

/** Room for characters, once it is sure that so many can follow. */
function begin(
  reader: BitReader,
  { count, bits }: { readonly count: number; readonly bits: number },
): Uint8Array {
  if (bits > reader.left) throw new NotContent();
  return new Uint8Array(count);
}

/** One, two or three bytes; how many, the first bits say (table 4). */
function readEci(bits: BitReader): number {
  const first = bits.take(8);
  if (first < 0x80) return first;
  if (first < 0xc0) return (first & 0x3f) << 8 | bits.take(8);
  if (first < 0xe0) return (first & 0x1f) << 16 | bits.take(16);
  throw new NotContent();
}
