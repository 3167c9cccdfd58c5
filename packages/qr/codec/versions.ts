/**
 * How big a symbol is and how its codewords are divided (ISO/IEC 18004:2015, tables 1, 9 and E.1). The
 * numbers are facts of the standard; `versions_test.ts` holds all 160 pairs against another encoder.
 *
 * @module
 */

/** Error correction level: about 7, 15, 25 and 30 % of the codewords can be restored. */
export type Level = "L" | "M" | "Q" | "H";

/** The levels in the order of their strength. */
export const LEVELS: readonly Level[] = ["L", "M", "Q", "H"];

/** Smallest and largest version. */
export const MAX_VERSION = 40;

// Check bytes of each block, by version.
const CHECK: Readonly<Record<Level, readonly number[]>> = {
  // deno-fmt-ignore
  L: [
    7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28,
    28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
  ],
  // deno-fmt-ignore
  M: [
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
    26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  ],
  // deno-fmt-ignore
  Q: [
    13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30,
    28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
  ],
  // deno-fmt-ignore
  H: [
    17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28,
    30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
  ],
};

// Number of blocks, by version.
const BLOCKS: Readonly<Record<Level, readonly number[]>> = {
  // deno-fmt-ignore
  L: [
    1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8,
    8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25,
  ],
  // deno-fmt-ignore
  M: [
    1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
    17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
  ],
  // deno-fmt-ignore
  Q: [
    1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20,
    23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68,
  ],
  // deno-fmt-ignore
  H: [
    1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25,
    25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81,
  ],
};

/** Modules on a side: 21 for version 1, 177 for version 40. */
export function sizeOf(version: number): number {
  return 17 + 4 * version;
}

/** The version with so many modules on a side, or undefined if there is none. */
export function versionOf(size: number): number | undefined {
  const version = (size - 17) / 4;
  return Number.isInteger(version) && version >= 1 && version <= MAX_VERSION ? version : undefined;
}

/** Rows and columns, ascending, on which alignment patterns have their middles. Version 1 has none. */
export function alignmentCentres(version: number): readonly number[] {
  if (version === 1) return [];
  const last = sizeOf(version) - 7;
  const gaps = Math.floor(version / 7) + 1;
  // Even and equal, except the first, which takes the rest. Version 32 departs from the rule.
  const gap = version === 32 ? 26 : Math.ceil((last - 6) / gaps / 2) * 2;
  return [6, ...Array.from({ length: gaps }, (_, i) => last - gap * (gaps - 1 - i))];
}

/** All codewords of a symbol, data and check bytes. The modules left over, at most 7, carry nothing. */
export function codewordsOf(version: number): number {
  const size = sizeOf(version);
  const centres = alignmentCentres(version).length;
  const alignments = version === 1 ? 0 : centres * centres - 3;
  const finders = 3 * 64, format = 31, timing = 2 * (size - 16);
  const shared = version === 1 ? 0 : 2 * (centres - 2) * 5; // of alignment and timing patterns
  const versionInfo = version < 7 ? 0 : 36;
  const data = size * size - finders - format - timing - alignments * 25 + shared - versionInfo;
  return data >> 3;
}

/** How the codewords of a symbol are divided into blocks that are corrected by themselves. */
export interface BlockPlan {
  /** Check bytes of each block. */
  readonly check: number;
  /**
   * The codewords of each block in their order, data and then check bytes, as their places in the
   * stream that is read from the symbol: codewords of all blocks take turns there (§7.6).
   */
  readonly blocks: readonly Uint16Array[];
}

const plans = new Map<string, BlockPlan>();

/** The blocks of a version at a level. */
export function blockPlan(version: number, level: Level): BlockPlan {
  const key = `${version}${level}`;
  const known = plans.get(key);
  if (known) return known;
  const check = CHECK[level][version - 1]!;
  const count = BLOCKS[level][version - 1]!;
  const total = codewordsOf(version);
  const shortData = Math.floor(total / count) - check;
  const long = total % count; // so many blocks, the last ones, have one more data codeword
  const short = count - long;
  const blocks = Array.from({ length: count }, (_, block) => {
    const data = shortData + (block < short ? 0 : 1);
    return Uint16Array.from({ length: data + check }, (_, i) => {
      if (i < shortData) return i * count + block;
      if (i < data) return shortData * count + block - short;
      return total - (check - (i - data)) * count + block;
    });
  });
  const plan = { check, blocks };
  plans.set(key, plan);
  return plan;
}
