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

  /** Writes a row. Neighbours are equal nearly everywhere on a screen: only changes are computed. */
  row(y: number, out: Uint8Array): void {
    const { width } = this;
    const start = y * width;
    if (this.#grey) {
      out.set(this.#grey.subarray(start, start + width));
      return;
    }
    const words = this.#words, red = this.#red, green = this.#green, blue = this.#blue;
    let last = -1, value = 0;
    for (let x = 0; x < width; x++) {
      const word = words[start + x]!;
      if (word !== last) {
        last = word;
        value = ((word >>> SHIFT_RED & 255) * red + (word >>> SHIFT_GREEN & 255) * green +
          (word >>> SHIFT_BLUE & 255) * blue) >> 8;
      }
      out[x] = value;
    }
  }

  /** Writes a stretch of a column. */
  column(
    x: number,
    out: Uint8Array,
    { from, to }: { readonly from: number; readonly to: number },
  ): void {
    for (let y = from; y < to; y++) out[y - from] = this.at(x, y);
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
