import type { Pixels } from "../pixels.ts";
import { newPixels } from "../_new_pixels.ts";

/**
 * Reads a binary PPM (`P6`, netpbm's ppm(5)) with 255 steps ; `undefined` if it is none, or is cut
 * off. The bytes are left as they are.
 */
export function readPpm(bytes: Uint8Array): Pixels | undefined {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 64));
  const [whole, w, h] = head.match(/^P6\s+(\d{1,6})\s+(\d{1,6})\s+255\s/) ?? [];
  if (whole === undefined) return undefined;
  const [width, height] = [Number(w), Number(h)];
  const start = whole.length;
  if (width === 0 || height === 0 || bytes.length < start + width * height * 3) return undefined;
  const pixels = newPixels(width, height);
  const { data } = pixels;
  for (let i = 0, at = start; i < data.length; i += 4, at += 3) {
    data[i] = bytes[at]!;
    data[i + 1] = bytes[at + 1]!;
    data[i + 2] = bytes[at + 2]!;
  }
  return pixels;
}
