/** A picture in memory. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /**
   * Rows from the top, each from the left. Either one byte a pixel, its brightness, or four: red, green, blue and
   * one that is not looked at. Transparent pictures are laid on a background before.
   */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** What brightness is made of: parts of 256. */
export type Weights = readonly [red: number, green: number, blue: number];

/** Brightness as ITU-R BT.601 weighs it. */
export const LUMA: Weights = [77, 150, 29];
/** Single colours: two colours may be equally bright. */
export const CHANNELS: readonly Weights[] = [[256, 0, 0], [0, 256, 0], [0, 0, 256]];

/** The brightness of a row or column. */
export class Line {
  readonly values: Uint8Array;
  /** Where the value is another one than before; the first place among them. */
  readonly changes: Uint32Array;
  /** How many changes there are. */
  count = 0;
  /** How many values there are. */
  length = 0;

  /** @param longest of the lines that will be written */
  constructor(longest: number) {
    this.values = new Uint8Array(longest);
    this.changes = new Uint32Array(longest);
  }
}

/** Brightness of a picture, computed where it is asked for: most rows of a screen never are. */
export class Raster {
  readonly width: number;
  readonly height: number;
  readonly #grey: Uint8Array | Uint8ClampedArray | undefined;
  readonly #words: Uint32Array;
  readonly #red: number;
  readonly #green: number;
  readonly #blue: number;

  /** @throws {RangeError} if the data has neither one nor four bytes a pixel. */
  constructor({ width, height, data }: Pixels, [red, green, blue]: Weights = LUMA) {
    const count = width * height;
    const isWhole = Number.isInteger(width) && Number.isInteger(height) && width >= 0 &&
      height >= 0;
    if (!isWhole || (data.length !== count && data.length !== 4 * count)) {
      throw new RangeError(
        `${data.length} bytes are not ${width} × ${height} pixels of one or four`,
      );
    }
    this.width = width;
    this.height = height;
    this.#grey = data.length === count ? data : undefined;
    this.#words = this.#grey ? NO_WORDS : wordsOf(data);
    this.#red = red;
    this.#green = green;
    this.#blue = blue;
  }

  /** Whether it has colours at all, so that looking at one alone makes sense. */
  get hasColours(): boolean {
    return this.#grey === undefined;
  }

  /** Brightness of a pixel, which must lie in the picture. */
  at(x: number, y: number): number {
    const i = y * this.width + x;
    return this.#grey ? this.#grey[i]! : this.#brightness(this.#words[i]!);
  }

  /** Writes all rows. Four neighbours are equal nearly everywhere on a screen, and looked at together. */
  grey(out: Uint8Array): void {
    if (this.#grey) {
      out.set(this.#grey);
      return;
    }
    const words = this.#words, red = this.#red, green = this.#green, blue = this.#blue;
    const brightness = (word: number): number =>
      ((word >>> SHIFT_RED & 255) * red + (word >>> SHIFT_GREEN & 255) * green +
        (word >>> SHIFT_BLUE & 255) * blue) >> 8;
    const { length } = words;
    const whole = length - length % 4;
    let last = ~words[0]! >>> 0, value = 0;
    for (let i = 0; i < whole; i += 4) {
      const a = words[i]!, b = words[i + 1]!, c = words[i + 2]!, d = words[i + 3]!;
      if (((a ^ last) | (b ^ last) | (c ^ last) | (d ^ last)) === 0) {
        out[i] =
          out[i + 1] =
          out[i + 2] =
          out[i + 3] =
            value;
        continue;
      }
      out[i] = brightness(a);
      out[i + 1] = brightness(b);
      out[i + 2] = brightness(c);
      out[i + 3] = value = brightness(last = d);
    }
    for (let i = whole; i < length; i++) out[i] = brightness(words[i]!);
  }

  /** Writes a row. Neighbours are equal nearly everywhere on a screen: only changes are computed. */
  row(y: number, line: Line): void {
    line.length = this.width;
    line.count = this.#grey ? this.#greyRow(this.#grey, y, line) : this.#colourRow(y, line);
  }

  #greyRow(grey: Uint8Array | Uint8ClampedArray, y: number, { values, changes }: Line): number {
    const { width } = this;
    const start = y * width;
    let value = -1, count = 0;
    for (let x = 0; x < width; x++) {
      const next = grey[start + x]!;
      values[x] = next;
      if (next !== value) {
        value = next;
        changes[count++] = x;
      }
    }
    return count;
  }

  #colourRow(y: number, { values, changes }: Line): number {
    const { width } = this;
    const start = y * width;
    const words = this.#words, red = this.#red, green = this.#green, blue = this.#blue;
    let last = ~words[start]! >>> 0, value = -1, count = 0;
    for (let x = 0; x < width; x++) {
      const word = words[start + x]!;
      if (word !== last) {
        last = word;
        const next = ((word >>> SHIFT_RED & 255) * red + (word >>> SHIFT_GREEN & 255) * green +
          (word >>> SHIFT_BLUE & 255) * blue) >> 8;
        if (next !== value) {
          value = next;
          changes[count++] = x;
        }
      }
      values[x] = value;
    }
    return count;
  }

  /** Writes a stretch of a column. */
  column(
    x: number,
    line: Line,
    { from, to }: { readonly from: number; readonly to: number },
  ): void {
    const { values, changes } = line;
    let last = -1, count = 0;
    for (let y = from; y < to; y++) {
      const value = this.at(x, y);
      if (value !== last) changes[count++] = y - from;
      values[y - from] = last = value;
    }
    line.length = to - from;
    line.count = count;
  }

  #brightness(word: number): number {
    return ((word >>> SHIFT_RED & 255) * this.#red + (word >>> SHIFT_GREEN & 255) * this.#green +
      (word >>> SHIFT_BLUE & 255) * this.#blue) >> 8;
  }
}

const NO_WORDS = new Uint32Array(0);
const IS_LITTLE = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const SHIFT_RED = IS_LITTLE ? 0 : 24,
  SHIFT_GREEN = IS_LITTLE ? 8 : 16,
  SHIFT_BLUE = IS_LITTLE ? 16 : 8;

/** The same memory, four bytes at once; a copy only if it does not begin where words may. */
function wordsOf(data: Uint8Array | Uint8ClampedArray): Uint32Array {
  const { buffer, byteOffset, length } = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(buffer, byteOffset, length / 4);
}
