/** A picture in grey: one byte a pixel. */
export interface GreyPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A picture in colour, as a canvas gives it (`ImageData`): four bytes a pixel, the last one opacity. */
export interface ColourPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** How {@linkcode toGrey} sees a picture. */
export interface GreyOptions {
  /** What stands behind what is transparent; white if left out. */
  readonly background?: "white" | "black" | undefined;
}

/**
 * The grey of a picture in colour that may be transparent (ITU-R BT.601). {@linkcode searchPixels} takes
 * opaque pictures as they are. The picture stays as it is; overwrite both after use.
 *
 * @example A pixel that is half transparent on white
 * ```ts
 * import { toGrey } from "@otpsmith/scan/decode";
 *
 * const { data } = toGrey({ width: 1, height: 1, data: Uint8Array.of(0, 0, 0, 128) });
 * if (data[0] !== 127) throw new Error("wrong grey");
 * ```
 */
export function toGrey(
  { width, height, data }: ColourPixels,
  { background = "white" }: GreyOptions = {},
): GreyPixels {
  const behind = background === "white" ? 255 : 0;
  const grey = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i++, at += 4) {
    const light = (data[at]! * 299 + data[at + 1]! * 587 + data[at + 2]! * 114 + 500) / 1000;
    const alpha = data[at + 3]!;
    grey[i] = alpha === 255 ? light : (light * alpha + behind * (255 - alpha)) / 255;
  }
  return { width, height, data: grey };
}
