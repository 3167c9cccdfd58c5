import type { Raster } from "../picture/pixels.ts";
import type { Square } from "./squares.ts";

/** The modules of a square as they look, row by row. */
export interface Sample {
  /** Modules on a side. */
  readonly size: number;
  /** 0 for what light modules look like, 1 for dark ones; between and beyond for others. */
  readonly level: Float32Array;
  /** How much the brightness differs inside of a module, in the same measure. */
  readonly spread: Float32Array;
}

/** Below so many pixels a module its middle pixel is all there is to look at. */
const FEW_PIXELS = 3;
/** Where a larger module is looked at, from its middle, in modules. */
const PLACES: readonly number[] = [-0.22, 0, 0.22];

/** Looks at the middle of each module. Modules outside of the picture are wholly doubtful. */
export function sampleMiddles(raster: Raster, square: Square): Sample {
  const { size, left, top, unitX, unitY, dark, light } = square;
  const xs = placesOf({ start: left, unit: unitX, size, end: raster.width });
  const ys = placesOf({ start: top, unit: unitY, size, end: raster.height });
  const level = new Float32Array(size * size), spread = new Float32Array(size * size);
  const scale = 1 / (dark - light);
  for (let j = 0, module = 0; j < size; j++) {
    for (let i = 0; i < size; i++, module++) {
      let sum = 0, least = 255, most = 0, count = 0;
      for (const y of ys[j]!) {
        for (const x of xs[i]!) {
          const value = raster.at(x, y);
          sum += value;
          count++;
          if (value < least) least = value;
          if (value > most) most = value;
        }
      }
      level[module] = count === 0 ? 0.5 : (sum / count - light) * scale;
      spread[module] = count === 0 ? 1 : (most - least) * Math.abs(scale);
    }
  }
  return { size, level, spread };
}

/** The pixels to look at, of each module along one side; none for modules outside. */
function placesOf(
  { start, unit, size, end }: {
    readonly start: number;
    readonly unit: number;
    readonly size: number;
    readonly end: number;
  },
): readonly (readonly number[])[] {
  const places = unit < FEW_PIXELS ? [0] : PLACES;
  return Array.from({ length: size }, (_, i) => {
    const pixels = places.map((place) => Math.floor(start + (i + 0.5 + place) * unit));
    return pixels.every((pixel) => pixel >= 0 && pixel < end) ? pixels : [];
  });
}

/** The nearer of dark and light for each module. */
export function darkOf({ level }: Sample): Uint8Array {
  const dark = new Uint8Array(level.length);
  for (let i = 0; i < dark.length; i++) dark[i] = level[i]! > 0.5 ? 1 : 0;
  return dark;
}

/** Share of the modules of a timing pattern that must be as they should: by chance it is a half. */
const TIMED = 0.75;

/**
 * Whether dark and light take turns along one of the lines, six modules from an edge, on which a timing pattern may lie.
 * It is the quickest way to tell that a square is no code.
 */
export function looksTimed(raster: Raster, square: Square): boolean {
  const { size, left, top, unitX, unitY, dark, light, isInverted } = square;
  const middle = (dark + light) / 2;
  return [6, size - 7].some((line) =>
    [true, false].some((isRow) => {
      let right = 0, all = 0;
      for (let i = 8; i < size - 8; i++) {
        const x = Math.floor(left + ((isRow ? i : line) + 0.5) * unitX);
        const y = Math.floor(top + ((isRow ? line : i) + 0.5) * unitY);
        if (x < 0 || y < 0 || x >= raster.width || y >= raster.height) continue;
        all++;
        if ((raster.at(x, y) < middle) !== isInverted === (i % 2 === 0)) right++;
      }
      return all * 4 > size - 16 && right >= TIMED * all;
    })
  );
}
