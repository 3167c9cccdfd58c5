import { LUMA, type Pixels, Raster, type Weights } from "./pixels.ts";

/** How {@linkcode greyOf} sees a picture. */
export interface GreyOptions {
  /** The parts of 256 that red, green and blue have; those of ITU-R BT.601 if left out. */
  readonly weights?: Weights | undefined;
  /** Where the grey is written: one byte a pixel. New memory if left out. */
  readonly into?: Uint8Array | undefined;
}

/**
 * The brightness of a whole picture, one byte a pixel, as {@linkcode readCodes} sees it. Of a picture that is grey
 * already a copy.
 *
 * @throws {RangeError} if the data has neither one nor four bytes a pixel.
 *
 * @example The red of two pixels
 * ```ts
 * import { greyOf } from "@otpsmith/qr";
 *
 * const data = Uint8Array.of(200, 10, 20, 255, 7, 255, 255, 255);
 * const red = greyOf({ width: 2, height: 1, data }, { weights: [256, 0, 0] });
 * if (red.join() !== "200,7") throw new Error(red.join());
 * ```
 */
export function greyOf(pixels: Pixels, { weights = LUMA, into }: GreyOptions = {}): Uint8Array {
  const raster = new Raster(pixels, weights);
  const grey = into ?? new Uint8Array(pixels.width * pixels.height);
  raster.grey(grey);
  return grey;
}
