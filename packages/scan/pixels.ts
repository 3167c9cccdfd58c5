/**
 * A decoded picture in grey: one byte a pixel, 0 black to 255 white, rows from top to bottom without
 * gaps.
 *
 * The bytes show a QR code and with it a seed: overwrite them (`data.fill(0)`) after use.
 */
export interface Pixels {
  /** Pixels from left to right. */
  readonly width: number;
  /** Pixels from top to bottom. */
  readonly height: number;
  /** `width * height` bytes. */
  readonly data: Uint8Array;
}
