import { describe, expect, test } from "vitest";
import { readCoveredCodes } from "./testdata/covered.ts";

describe("covered codes", () => {
  test("none is read wrongly", () => {
    const counts = readCoveredCodes(1500);
    expect(counts.wrong).toBe(0);
    expect(counts.read).toBeGreaterThan(500);
    expect(counts.refused).toBeGreaterThan(100);
  }, 120_000);

  test("without the rule some are: the covers are as bad as they must be", () => {
    const { wrong } = readCoveredCodes(1500, { rule: { unused: 0, blockBits: -Infinity } });
    expect(wrong).toBeGreaterThan(10);
  }, 120_000);
});
