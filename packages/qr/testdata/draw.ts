import type { Pixels } from "../picture/mod.ts";
import type { Symbol } from "./symbols.ts";

/** How to draw a symbol. */
export interface DrawOptions {
  /** Pixels a module, also broken ones, which are drawn with antialiasing. */
  readonly scale?: number;
  readonly scaleY?: number;
  /** Where it begins; part of a pixel may be left over. */
  readonly x?: number;
  readonly y?: number;
  readonly dark?: number;
  readonly light?: number;
}

/** An empty picture of one brightness. */
export function blank(width: number, height: number, value = 255): Pixels {
  return { width, height, data: new Uint8Array(width * height).fill(value) };
}

/** Draws a symbol into a picture, with a quiet zone of four modules: each pixel is the mean of what lies under it. */
export function draw(
  { width, height, data }: Pixels,
  { size, dark: modules }: Symbol,
  options: DrawOptions = {},
): void {
  const { scale = 4, scaleY = scale, x = 4 * scale, y = 4 * scaleY, dark = 0, light = 255 } =
    options;
  const columns = sharesOf(size, { scale, start: x, pixels: width });
  const rows = sharesOf(size, { scale: scaleY, start: y, pixels: height });
  for (let py = 0; py < height; py++) {
    for (let px = 0; px < width; px++) {
      if (rows[py]!.length === 0 || columns[px]!.length === 0) continue;
      let sum = 0;
      for (const [j, down] of rows[py]!) {
        for (const [i, across] of columns[px]!) {
          const isDark = i >= 0 && j >= 0 && i < size && j < size && modules[j * size + i] === 1;
          sum += down * across * (isDark ? dark : light);
        }
      }
      data[py * width + px] = Math.round(sum);
    }
  }
}

/** The modules that each pixel covers, with their shares of it; none outside of the quiet zone. */
function sharesOf(
  size: number,
  { scale, start, pixels }: {
    readonly scale: number;
    readonly start: number;
    readonly pixels: number;
  },
): readonly (readonly (readonly [number, number])[])[] {
  return Array.from({ length: pixels }, (_, pixel) => {
    const from = (pixel - start) / scale, to = (pixel + 1 - start) / scale;
    if (from < -4 || to > size + 4) return [];
    const shares: [number, number][] = [];
    for (let i = Math.floor(from); i < to; i++) {
      const share = (Math.min(to, i + 1) - Math.max(from, i)) * scale;
      if (share > 1e-9) shares.push([i, share]);
    }
    return shares;
  });
}

/** The same picture with four bytes a pixel, in one colour for dark and another for light. */
export function coloured(
  { width, height, data }: Pixels,
  of: (value: number) => readonly [number, number, number],
): Pixels {
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (const [i, value] of data.entries()) rgba.set([...of(value), 255], 4 * i);
  return { width, height, data: rgba };
}
