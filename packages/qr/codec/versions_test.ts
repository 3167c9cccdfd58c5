import {
  _alignmentPatterns,
  _BYTES,
  _ECC_BLOCKS,
  _formatBits,
  _versionBits,
  _WORDS_PER_BLOCK,
} from "qr";
import { describe, expect, test } from "vitest";
import { ECC } from "../testdata/symbols.ts";
import { formatBits, FORMATS, versionBits } from "./format_info.ts";
import { layoutOf } from "./layout.ts";
import {
  alignmentCentres,
  blockPlan,
  codewordsOf,
  LEVELS,
  MAX_VERSION,
  versionOf,
} from "./versions.ts";

const VERSIONS = Array.from({ length: MAX_VERSION }, (_, i) => i + 1);

describe("the tables agree with those of an independent encoder", () => {
  test.each(VERSIONS)("version %i", (version) => {
    expect(codewordsOf(version)).toBe(_BYTES[version - 1]);
    expect(alignmentCentres(version)).toEqual(_alignmentPatterns(version));
    if (version >= 7) expect(versionBits(version)).toBe(_versionBits(version));
    for (const level of LEVELS) {
      const { check, blocks } = blockPlan(version, level);
      expect(check).toBe(_WORDS_PER_BLOCK[ECC[level]][version - 1]);
      expect(blocks).toHaveLength(_ECC_BLOCKS[ECC[level]][version - 1]!);
    }
  });

  test("format information", () => {
    for (const { level, mask, bits } of FORMATS) {
      expect(bits).toBe(_formatBits(ECC[level], mask));
      expect(formatBits({ level, mask })).toBe(bits);
    }
  });
});

test.each(VERSIONS)(
  "version %i: each codeword is in one block, each data module has one bit",
  (version) => {
    const { order, size } = layoutOf(version);
    expect(new Set(order).size).toBe(order.length);
    expect(order.length >> 3).toBe(codewordsOf(version));
    expect(versionOf(size)).toBe(version);
    for (const level of LEVELS) {
      const places = blockPlan(version, level).blocks.flatMap((block) => [...block]);
      expect(places.sort((a, b) => a - b)).toEqual(
        Array.from({ length: codewordsOf(version) }, (_, i) => i),
      );
    }
  },
);

test("sizes that no version has", () => {
  for (const size of [0, 17, 20, 22, 181, 21.5]) expect(versionOf(size)).toBeUndefined();
});
