import { describe, expect, test } from "vitest";
import type { Visual } from "./display.ts";
import { greyReader, intersection, overlaps } from "./image.ts";

const RGB = { red: 0xff0000, green: 0xff00, blue: 0xff, isTrueColour: true };

describe("pixels in grey", () => {
  const grey = (
    bytes: readonly number[],
    visual: Visual,
    bits: number,
    isLittleEndian = true,
  ): number[] => {
    const width = bytes.length / (bits / 8);
    const row = new Uint8Array(width);
    greyReader(visual, { bits, isLittleEndian })(Uint8Array.from(bytes), row, width);
    return [...row];
  };

  test("32 bits: white, black, red, green, blue; the fourth byte is nothing", () => {
    const bytes = [255, 255, 255, 0, 0, 0, 0, 99, 0, 0, 255, 0, 0, 255, 0, 7, 255, 0, 0, 255];
    expect(grey(bytes, RGB, 32)).toEqual([255, 0, 76, 149, 28]);
  });

  test("32 bits of a big-endian server", () => {
    expect(grey([0, 255, 0, 0, 9, 255, 255, 255], RGB, 32, false)).toEqual([76, 255]);
  });

  test("24 bits", () => expect(grey([0, 0, 255, 255, 255, 255], RGB, 24)).toEqual([76, 255]));

  test("16 bits: five red, six green, five blue", () => {
    const visual = { red: 0xf800, green: 0x7e0, blue: 0x1f, isTrueColour: true };
    expect(grey([0xff, 0xff, 0, 0, 0x00, 0xf8], visual, 16)).toEqual([255, 0, 76]);
  });

  test("30 bits in 32: ten each", () => {
    const visual = { red: 0x3ff00000, green: 0xffc00, blue: 0x3ff, isTrueColour: true };
    expect(grey([0xff, 0xff, 0xff, 0x3f, 0, 0, 0xf0, 0x3f], visual, 32)).toEqual([255, 76]);
  });

  test("a mask in the highest bit", () => {
    const visual = { red: 0xff000000, green: 0xff0000, blue: 0xff00, isTrueColour: true };
    expect(grey([0, 255, 255, 255, 0, 0, 0, 255], visual, 32)).toEqual([255, 76]);
  });
});

test("rectangles that share a pixel, and those that only touch", () => {
  const a = { x: 0, y: 0, width: 10, height: 10 };
  expect(overlaps(a, { x: 9, y: 9, width: 5, height: 5 })).toBe(true);
  expect(overlaps(a, { x: 10, y: 0, width: 5, height: 5 })).toBe(false);
  expect(intersection(a, { x: -5, y: 4, width: 7, height: 20 })).toEqual({
    x: 0,
    y: 4,
    width: 2,
    height: 6,
  });
  expect(intersection(a, { x: 10, y: 0, width: 5, height: 5 })).toBeUndefined();
});
