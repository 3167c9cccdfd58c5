import { FormatError } from "@otpsmith/core/errors";
import type { ImageSize } from "./image_header.ts";

/**
 * The largest file that is read: 64 MiB. The largest honest input is a lossless screenshot of an 8K
 * screen, which stays below 40 MiB even when it shows a photograph.
 */
export const MAX_FILE_BYTES: number = 64 * 1024 * 1024;

/**
 * The largest picture that is decoded: 120 million pixels.
 *
 * It lets pass an 8K screen (33 million), one screenshot over four 5K monitors (59 million), and the
 * full size of a 108-megapixel phone camera. Decoding and searching take a handful of bytes a pixel,
 * so the limit also bounds memory: about one gigabyte at most.
 */
export const MAX_PIXELS: number = 120_000_000;

/**
 * The largest picture that is decoded in colour: four bytes a pixel are for screens, the largest of which has
 * 33 million. Colours that are equally bright are told apart there alone.
 */
export const MAX_COLOUR_PIXELS: number = 40_000_000;

/** How many frames of an animated picture are searched at most. */
export const MAX_FRAMES = 100;

/**
 * Refuses a picture that is too large to decode. Called with what the header says, so that nothing
 * has been decoded yet.
 *
 * @throws {FormatError} `format/image`, with the size of the picture and the limit.
 */
export function checkPixels(size: ImageSize, options: { readonly source: string }): void {
  if (size.width * size.height <= MAX_PIXELS) return;
  throw new FormatError(
    "image",
    `Cannot read ${options.source}: ${count(size.width)} x ${count(size.height)} pixels are more ` +
      `than the limit of ${count(MAX_PIXELS)} pixels`,
    { source: options.source, next: "Crop the picture to the QR code, or save it smaller." },
  );
}

/** Refuses a file that is too large to read. */
export function checkFileBytes(bytes: number, options: { readonly source: string }): void {
  if (bytes <= MAX_FILE_BYTES) return;
  throw new FormatError(
    "file",
    `Cannot read ${options.source}: it is larger than the limit of ${MAX_FILE_BYTES >> 20} MiB`,
    { source: options.source, next: "Crop the picture to the QR code and save it as PNG." },
  );
}

function count(value: number): string {
  return value.toLocaleString("en");
}
