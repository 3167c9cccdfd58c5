import { describe, expect, test } from "vitest";
import type { Visual } from "./display.ts";
import { colourReader, intersection, overlaps } from "./image.ts";

const RGB = { red: 0xff0000, green: 0xff00, blue: 0xff, isTrueColour: true };

describe("colours of pixels", () => {
  const colours = (
    bytes: readonly number[],
    visual: Visual,
    bits: number,
    isLittleEndian = true,
  ): number[][] => {
    const width = bytes.length / (bits / 8);
    const out = new Uint8Array(4 * width);
    colourReader(visual, { bits, isLittleEndian })(Uint8Array.from(bytes), out, width);
    return Array.from({ length: width }, (_, i) => [...out.subarray(4 * i, 4 * i + 3)]);
  };
  const [WHITE, RED] = [[255, 255, 255], [255, 0, 0]];

  test("32 bits; the fourth byte is nothing", () => {
    const bytes = [255, 255, 255, 0, 0, 0, 0, 99, 0, 0, 255, 0, 3, 2, 1, 7];
    expect(colours(bytes, RGB, 32)).toEqual([WHITE, [0, 0, 0], RED, [1, 2, 3]]);
  });

  test("32 bits of a big-endian server", () => {
    expect(colours([0, 255, 0, 0, 9, 255, 255, 255], RGB, 32, false)).toEqual([RED, WHITE]);
  });

  test("24 bits", () => {
    expect(colours([0, 0, 255, 255, 255, 255], RGB, 24)).toEqual([RED, WHITE]);
  });

  test("16 bits: five red, six green, five blue", () => {
    const visual = { red: 0xf800, green: 0x7e0, blue: 0x1f, isTrueColour: true };
    const bytes = [0xff, 0xff, 0, 0, 0x00, 0xf8];
    expect(colours(bytes, visual, 16)).toEqual([WHITE, [0, 0, 0], RED]);
  });

  test("30 bits in 32: ten each", () => {
    const visual = { red: 0x3ff00000, green: 0xffc00, blue: 0x3ff, isTrueColour: true };
    expect(colours([0xff, 0xff, 0xff, 0x3f, 0, 0, 0xf0, 0x3f], visual, 32)).toEqual([WHITE, RED]);
  });

  test("a mask in the highest bit", () => {
    const visual = { red: 0xff000000, green: 0xff0000, blue: 0xff00, isTrueColour: true };
    expect(colours([0, 255, 255, 255, 0, 0, 0, 255], visual, 32)).toEqual([WHITE, RED]);
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
