import { CHANNELS, greyOf } from "@otpsmith/qr";
import type { Pixels } from "../pixels.ts";
import { deblur } from "./_deblur.ts";
import type { GreyPixels } from "./grey.ts";

/**
 * What a picture is changed into before a rung looks at it: one of its colours alone, or its grey with more
 * contrast, twice as large, or with a blur taken away whose deviation is so many pixels.
 */
export type Filter =
  | { readonly channel: 0 | 1 | 2 }
  | "contrast"
  | "double"
  | { readonly blur: number };

/** Applies a filter. The result is new; overwrite it after use, as it shows the code. */
export function applyFilter(pixels: Pixels, filter: Filter): GreyPixels {
  const { width, height } = pixels;
  if (typeof filter === "object" && "channel" in filter) {
    return { width, height, data: greyOf(pixels, { weights: CHANNELS[filter.channel] }) };
  }
  const grey = { width, height, data: greyOf(pixels) };
  try {
    if (filter === "contrast") return stretchContrast(grey);
    return filter === "double" ? double(grey) : deblur(grey, filter.blur);
  } finally {
    grey.data.fill(0);
  }
}

/** Side of the squares in which the darkest and the lightest pixel are looked for. */
const TILE = 24;
/** Less than that is no print on a ground but noise. */
const LEAST_CONTRAST = 4;

/**
 * Local contrast: in each neighbourhood of about three modules the darkest becomes black and the lightest
 * white. zxing wants about 24 levels between dark and light; a screen can show a code with six.
 */
function stretchContrast({ width, height, data }: GreyPixels): GreyPixels {
  const columns = Math.ceil(width / TILE);
  const rows = Math.ceil(height / TILE);
  const low = new Uint8Array(columns * rows).fill(255);
  const high = new Uint8Array(columns * rows);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / TILE) * columns;
    for (let x = 0; x < width; x++, i++) {
      const tile = row + Math.floor(x / TILE);
      const value = data[i]!;
      if (value < low[tile]!) low[tile] = value;
      if (value > high[tile]!) high[tile] = value;
    }
  }
  const around = (tiles: Uint8Array, pick: (a: number, b: number) => number): Uint8Array =>
    tiles.map((value, tile) => {
      const [x, y] = [tile % columns, Math.floor(tile / columns)];
      for (let v = Math.max(0, y - 1); v <= Math.min(rows - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(columns - 1, x + 1); u++) {
          value = pick(value, tiles[v * columns + u]!);
        }
      }
      return value;
    });
  const lowest = around(low, Math.min);
  const highest = around(high, Math.max);
  const stretched = new Uint8Array(data.length);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / TILE) * columns;
    for (let x = 0; x < width; x++, i++) {
      const tile = row + Math.floor(x / TILE);
      const range = highest[tile]! - lowest[tile]!;
      stretched[i] = range < LEAST_CONTRAST ? 255 : (data[i]! - lowest[tile]!) * 255 / range;
    }
  }
  return { width, height, data: stretched };
}

/** Twice the size, with values in between: small modules come to lie on whole pixels. */
function double({ width, height, data }: GreyPixels): GreyPixels {
  const wide = new Uint8Array(width * 2 * height * 2);
  for (let y = 0; y < height * 2; y++) {
    const [top, bottom, down] = between(y, height);
    for (let x = 0; x < width * 2; x++) {
      const [left, right, across] = between(x, width);
      const upper = data[top * width + left]! * (4 - across) + data[top * width + right]! * across;
      const lower = data[bottom * width + left]! * (4 - across) +
        data[bottom * width + right]! * across;
      wide[y * width * 2 + x] = (upper * (4 - down) + lower * down) >> 4;
    }
  }
  return { width: width * 2, height: height * 2, data: wide };
}

/** The two pixels that one of the double size lies between, and how near the second is, in quarters. */
function between(
  at: number,
  size: number,
): readonly [first: number, second: number, quarters: number] {
  const first = (at - 1) >> 1;
  return [Math.max(first, 0), Math.min(first + 1, size - 1), at % 2 === 0 ? 3 : 1];
}
