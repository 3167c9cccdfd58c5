import type { GreyPixels } from "./grey.ts";

/** After so many rounds blurs of 0.7 modules are gone; more bring out noise. */
const ROUNDS = 20;

/**
 * Takes a blur away again whose deviation is `sigma` pixels: what blurring the result would change is added
 * to it, round by round, and nothing gets darker or lighter than the picture is.
 *
 * Van Cittert's method ("Zum Einfluß der Spaltbreite", 1931) with Jansson's bounds. A code is made of two
 * brightnesses that the picture shows in its larger parts, so the bounds say nearly all there is to know.
 */
export function deblur({ width, height, data }: GreyPixels, sigma: number): GreyPixels {
  let low = 255, high = 0;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const sharp = Float32Array.from(data);
  const blurred = new Float32Array(data.length);
  const between = new Float32Array(data.length);
  const blur = new Blur(sigma, { width, height });
  for (let round = 0; round < ROUNDS; round++) {
    blur.across(sharp, between);
    blur.down(between, blurred);
    for (let i = 0; i < sharp.length; i++) {
      const value = sharp[i]! + data[i]! - blurred[i]!;
      sharp[i] = value < low ? low : value > high ? high : value;
    }
  }
  const result = Uint8Array.from(sharp, Math.round);
  for (const values of [sharp, blurred, between, blur.margins]) values.fill(0);
  return { width, height, data: result };
}

/**
 * A Gaussian blur along rows, or along columns. The innermost loops go along rows with one weight each: in
 * the order of the memory, and with nothing to decide.
 */
class Blur {
  readonly #width: number;
  readonly #height: number;
  /** The weight of a pixel itself, and those of its neighbours on either side. */
  readonly #middle: number;
  readonly #beside: readonly number[];
  /** The row at hand, with its ends repeated. */
  readonly margins: Float32Array;

  constructor(
    sigma: number,
    { width, height }: { readonly width: number; readonly height: number },
  ) {
    const weights = Array.from(
      { length: 1 + Math.ceil(2.5 * sigma) },
      (_, i) => Math.exp(-(i ** 2) / (2 * sigma * sigma)),
    );
    const [middle = 1, ...beside] = weights;
    const sum = middle + 2 * beside.reduce((a, b) => a + b);
    this.#middle = middle / sum;
    this.#beside = beside.map((weight) => weight / sum);
    [this.#width, this.#height] = [width, height];
    this.margins = new Float32Array(width + 2 * beside.length);
  }

  across(from: Float32Array, to: Float32Array): void {
    const [width, middle, beside, row] = [this.#width, this.#middle, this.#beside, this.margins];
    const reach = beside.length;
    for (let start = 0; start < from.length; start += width) {
      row.set(from.subarray(start, start + width), reach);
      row.fill(row[reach]!, 0, reach);
      row.fill(row[reach + width - 1]!, reach + width);
      for (let x = 0; x < width; x++) to[start + x] = middle * row[reach + x]!;
      for (let k = 1; k <= reach; k++) {
        const weight = beside[k - 1]!, left = reach - k, right = reach + k;
        for (let x = 0; x < width; x++) {
          to[start + x]! += weight * (row[left + x]! + row[right + x]!);
        }
      }
    }
  }

  down(from: Float32Array, to: Float32Array): void {
    const [width, height, middle, beside] = [this.#width, this.#height, this.#middle, this.#beside];
    for (let y = 0; y < height; y++) {
      const start = y * width;
      for (let x = 0; x < width; x++) to[start + x] = middle * from[start + x]!;
      for (let k = 1; k <= beside.length; k++) {
        const weight = beside[k - 1]!;
        const above = Math.max(y - k, 0) * width, below = Math.min(y + k, height - 1) * width;
        for (let x = 0; x < width; x++) {
          to[start + x]! += weight * (from[above + x]! + from[below + x]!);
        }
      }
    }
  }
}
