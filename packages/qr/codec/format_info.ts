import { type Level, LEVELS } from "./versions.ts";

/** What the format information says. */
export interface Format {
  readonly level: Level;
  /** Mask pattern, 0 to 7. */
  readonly mask: number;
}

// Two bits for the level (table 12), three for the mask, ten of a BCH code, and a mask over all that
// keeps them from being all zero (Annex C).
const LEVEL_BITS: Readonly<Record<Level, number>> = { L: 1, M: 0, Q: 3, H: 2 };
const FORMAT_POLYNOMIAL = 0x537;
const FORMAT_MASK = 0x5412;
const VERSION_POLYNOMIAL = 0x1f25;

/** What is left of a value, moved up by the degree of the polynomial, when it is divided by it. */
function remainder(value: number, polynomial: number): number {
  const degree = 31 - Math.clz32(polynomial);
  let rest = value << degree;
  while (rest >> degree !== 0) rest ^= polynomial << (31 - Math.clz32(rest) - degree);
  return rest;
}

/** The fifteen bits that stand for a level and a mask. */
export function formatBits({ level, mask }: Format): number {
  const value = LEVEL_BITS[level] << 3 | mask;
  return (value << 10 | remainder(value, FORMAT_POLYNOMIAL)) ^ FORMAT_MASK;
}

/** The eighteen bits that stand for a version from 7 on (Annex D). */
export function versionBits(version: number): number {
  return version << 12 | remainder(version, VERSION_POLYNOMIAL);
}

/** All 32 formats with their bits. */
export const FORMATS: readonly (Format & { readonly bits: number })[] = LEVELS.flatMap((level) =>
  Array.from({ length: 8 }, (_, mask) => ({ level, mask, bits: formatBits({ level, mask }) }))
);

/**
 * Where the fifteen bits stand, lowest first, as `[x, y]`: around the top left finder pattern, and once
 * more split between the other two (figure 25).
 */
export function formatPlaces(size: number): readonly (readonly (readonly [number, number])[])[] {
  const bits = Array.from({ length: 15 }, (_, i) => i);
  return [
    bits.map((i) => i < 6 ? [8, i] : i < 8 ? [8, i + 1] : i === 8 ? [7, 8] : [14 - i, 8]),
    bits.map((i) => i < 8 ? [size - 1 - i, 8] : [8, size - 15 + i]),
  ];
}

/** Where the eighteen bits of the version stand, lowest first: top right, and mirrored bottom left. */
export function versionPlaces(size: number): readonly (readonly (readonly [number, number])[])[] {
  const places = Array.from(
    { length: 18 },
    (_, i) => [size - 11 + i % 3, Math.floor(i / 3)] as const,
  );
  return [places, places.map(([x, y]) => [y, x])];
}
