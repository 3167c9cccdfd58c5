import type { Pixels } from "./pixels.ts";

/** Black pixels in colour, in memory that the threads of the decoder see: they need no copy of it. */
export function newPixels(width: number, height: number): Pixels {
  return { width, height, data: new Uint8Array(new SharedArrayBuffer(width * height * 4)) };
}
