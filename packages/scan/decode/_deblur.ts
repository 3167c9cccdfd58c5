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
  const blur = new Blur(sigma, Math.max(width, height));
  for (let round = 0; round < ROUNDS; round++) {
    for (let y = 0; y < height; y++) {
      blur.line(sharp, between, { start: y * width, step: 1, length: width });
    }
    for (let x = 0; x < width; x++) {
      blur.line(between, blurred, { start: x, step: width, length: height });
    }
    for (let i = 0; i < sharp.length; i++) {
      const value = sharp[i]! + data[i]! - blurred[i]!;
      sharp[i] = value < low ? low : value > high ? high : value;
    }
  }
  const result = Uint8Array.from(sharp, Math.round);
  for (const values of [sharp, blurred, between, blur.margins]) values.fill(0);
  return { width, height, data: result };
}

interface Line {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** A Gaussian blur, line by line. */
class Blur {
  readonly #kernel: Float32Array;
  readonly #reach: number;
  /** The line at hand, with its ends repeated. */
  readonly margins: Float32Array;

  constructor(sigma: number, longest: number) {
    this.#reach = Math.ceil(2.5 * sigma);
    const weights = Array.from(
      { length: 2 * this.#reach + 1 },
      (_, i) => Math.exp(-((i - this.#reach) ** 2) / (2 * sigma * sigma)),
    );
    const sum = weights.reduce((a, b) => a + b);
    this.#kernel = Float32Array.from(weights, (weight) => weight / sum);
    this.margins = new Float32Array(longest + 2 * this.#reach);
  }

  line(from: Float32Array, to: Float32Array, { start, step, length }: Line): void {
    const [kernel, reach, line] = [this.#kernel, this.#reach, this.margins];
    for (let i = 0; i < length; i++) line[i + reach] = from[start + i * step]!;
    line.fill(line[reach]!, 0, reach);
    line.fill(line[reach + length - 1]!, reach + length, length + 2 * reach);
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += kernel[k]! * line[i + k]!;
      to[start + i * step] = sum;
    }
  }
}
