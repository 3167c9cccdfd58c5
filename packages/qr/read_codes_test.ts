import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LEVELS } from "./codec/mod.ts";
import { type Pixels, type QrCode, readCodes } from "./mod.ts";
import { blank, coloured, draw, type DrawOptions } from "./testdata/draw.ts";
import { otpauth, randomFrom, type Symbol, symbolOf } from "./testdata/symbols.ts";

const TEXT = "otpauth://totp/Example:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";
const SYMBOL = symbolOf(TEXT, { level: "M" });

/** A picture of one symbol. */
function picture(symbol: Symbol, options: DrawOptions = {}): Pixels {
  const { scale = 4, scaleY = scale, light = 255 } = options;
  const modules = symbol.size + 10;
  const pixels = blank(Math.ceil(modules * scale), Math.ceil(modules * scaleY), light);
  draw(pixels, symbol, options);
  return pixels;
}

function fill(
  { width, data }: Pixels,
  box: { x: number; y: number; width: number; height: number },
  value: () => number,
): void {
  for (let y = box.y; y < box.y + box.height; y++) {
    for (let x = box.x; x < box.x + box.width; x++) data[y * width + x] = value();
  }
}

const textsOf = (pixels: Pixels): readonly string[] =>
  readCodes(pixels).codes.map(({ text }) => text);

describe("screens", () => {
  test.each([1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 7, 12])("%d pixels a module", (scale) => {
    expect(textsOf(picture(SYMBOL, { scale }))).toEqual([TEXT]);
  });

  test.each([0.3, 0.5, 0.8])("1.25 pixels a module, %d of a pixel further", (by) => {
    expect(textsOf(picture(SYMBOL, { scale: 1.25, x: 5 + by, y: 5 + by }))).toEqual([TEXT]);
  });

  test.each([[6, 3], [3, 5.1], [4, 9]])("stretched: %d × %d pixels a module", (scale, scaleY) => {
    expect(textsOf(picture(SYMBOL, { scale, scaleY }))).toEqual([TEXT]);
  });

  test.each([
    ["light on dark", 255, 0],
    ["six levels", 120, 126],
    ["six levels, light on dark", 126, 120],
    ["hardly black", 0, 6],
  ])("%s", (_, dark, light) => {
    const { codes } = readCodes(picture(SYMBOL, { dark, light }));
    expect(codes).toMatchObject([{ text: TEXT, isInverted: dark > light }]);
  });

  test("what is outside of the quiet zone may be lighter than it", () => {
    const pixels = blank(300, 300, 255);
    draw(pixels, SYMBOL, { scale: 4, x: 60, y: 70, dark: 60, light: 90 });
    expect(textsOf(pixels)).toEqual([TEXT]);
  });

  test("no quiet zone at all", () => {
    const pixels = blank(SYMBOL.size * 3, SYMBOL.size * 3);
    draw(pixels, SYMBOL, { scale: 3, x: 0, y: 0 });
    expect(textsOf(pixels)).toEqual([TEXT]);
  });

  test("two colours that are equally bright", () => {
    const red = [200, 40, 40] as const, blue = [40, 116, 70] as const;
    expect(textsOf(coloured(picture(SYMBOL), (value) => value < 128 ? red : blue))).toEqual([TEXT]);
  });

  test("sixteen codes on one screen", () => {
    const random = randomFrom(16);
    const pixels = blank(1920, 1080, 240);
    const texts = Array.from({ length: 16 }, () => otpauth(random, 120));
    for (const [i, text] of texts.entries()) {
      const [x, y] = [40 + i % 6 * 310, 40 + Math.floor(i / 6) * 340];
      draw(pixels, symbolOf(text, { level: LEVELS[i % 4]! }), { scale: i % 2 === 0 ? 2 : 4, x, y });
    }
    expect([...textsOf(pixels)].sort()).toEqual(texts.sort());
  });

  test("as many as are wanted", () => {
    const pixels = blank(500, 250);
    for (const x of [20, 270]) draw(pixels, SYMBOL, { scale: 4, x, y: 30 });
    expect(readCodes(pixels).codes).toHaveLength(2);
    expect(readCodes(pixels, { most: 1 }).codes).toHaveLength(1);
  });

  test.each([1, 2, 3, 4])("half blocks of a terminal with gaps of %d pixels", (gap) => {
    const [width, half] = [9, 9 + (gap > 2 ? 9 : 0)];
    const rows = SYMBOL.size + 1;
    const pixels = blank(SYMBOL.size * width + 80, (rows >> 1) * (2 * half + gap) + 80, 20);
    for (let y = -4; y < rows + 3; y++) {
      for (let x = -4; x < SYMBOL.size + 4; x++) {
        const isIn = x >= 0 && y >= 0 && x < SYMBOL.size && y < SYMBOL.size;
        if (isIn && SYMBOL.dark[y * SYMBOL.size + x] === 1) continue;
        const top = 40 + (y >> 1) * (2 * half + gap) + (y & 1) * half;
        fill(pixels, { x: 40 + x * width, y: Math.max(0, top), width, height: half }, () => 230);
      }
    }
    expect(textsOf(pixels)).toEqual([TEXT]);
  });
});

describe("turned", () => {
  const turns = [0, 1, 2, 3].flatMap((quarters) =>
    [false, true].map((isMirrored) => ({ quarters, isMirrored }))
  );
  test.each(turns)("$quarters quarters, mirrored: $isMirrored", ({ quarters, isMirrored }) => {
    const { size } = SYMBOL;
    let dark = isMirrored
      ? SYMBOL.dark.map((_, i) => SYMBOL.dark[i % size * size + Math.floor(i / size)]!)
      : SYMBOL.dark;
    for (let i = 0; i < quarters; i++) {
      const before = dark;
      dark = dark.map((_, j) => before[(size - 1 - j % size) * size + Math.floor(j / size)]!);
    }
    const [code] = readCodes(picture({ size, dark })).codes as [QrCode];
    expect(code).toMatchObject({ text: TEXT, isMirrored });
    const [low, high] = [16, 16 + 4 * size];
    const around = [{ x: low, y: low }, { x: high, y: low }, { x: high, y: high }, {
      x: low,
      y: high,
    }];
    const order = isMirrored ? [0, 3, 2, 1] : [0, 1, 2, 3];
    for (const [i, { x, y }] of code.corners.entries()) {
      const wanted = around[(order[i]! + quarters) % 4]!;
      expect(x).toBeCloseTo(wanted.x, 1);
      expect(y).toBeCloseTo(wanted.y, 1);
    }
  });
});

describe("covered", () => {
  const covers: readonly (readonly [string, () => number])[] = [
    ["white", () => 255],
    ["black", () => 0],
    ["grey", () => 128],
  ];
  test.each(covers)("a whole finder pattern, %s", (_, value) => {
    for (const [x, y] of [[0, 0], [SYMBOL.size - 8, 0], [0, SYMBOL.size - 8]] as const) {
      const pixels = picture(SYMBOL);
      fill(pixels, { x: 16 + 4 * x, y: 16 + 4 * y, width: 32, height: 32 }, value);
      const { codes: [code] } = readCodes(pixels);
      expect(code?.text).toBe(TEXT);
    }
  });

  test("up to 8 % anywhere at level M and above: at least 98 of 100", () => {
    const random = randomFrom(8);
    let read = 0;
    const rounds = 100;
    for (let i = 0; i < rounds; i++) {
      const text = otpauth(random, 100);
      const symbol = symbolOf(text, { level: LEVELS[1 + i % 3]! });
      const pixels = picture(symbol, { scale: 3 });
      const side = Math.round(symbol.size * 3 * Math.sqrt(0.08));
      const at = (): number => 12 + Math.floor(random() * (symbol.size * 3 - side));
      fill(pixels, { x: at(), y: at(), width: side, height: side }, covers[i % covers.length]![1]);
      const found = readCodes(pixels).codes.map((code) => code.text);
      expect(found.filter((other) => other !== text)).toEqual([]);
      read += found.length;
    }
    expect(read / rounds).toBeGreaterThanOrEqual(0.98);
  }, 120_000);

  test("tells what was left out and what was left over", () => {
    const pixels = picture(SYMBOL);
    fill(pixels, { x: 16 + 4 * 10, y: 16 + 4 * 10, width: 60, height: 60 }, () => 128);
    const [code] = readCodes(pixels).codes as [QrCode];
    const { check, erasures, errors, unused } = code.redundancy;
    expect(erasures).toBeGreaterThan(3);
    expect(unused).toBe(check - erasures - 2 * errors);
    const middle = 14 * SYMBOL.size + 14;
    expect([...code.erased]).toContain(middle);
    expect([...code.erased]).not.toContain(9 * SYMBOL.size + 30);
  });

  test("what the caller does not accept is not read", () => {
    const reading = readCodes(picture(SYMBOL), {
      accept: ({ text }) => !text.startsWith("otpauth:"),
    });
    expect(reading.codes).toEqual([]);
    expect(reading.unexplained).toBeGreaterThanOrEqual(3);
  });
});

describe("any pixels", () => {
  test("end, and hold no code", () => {
    const sizes = fc.record({
      width: fc.integer({ min: 0, max: 70 }),
      height: fc.integer({ min: 0, max: 70 }),
      bytes: fc.constantFrom(1, 4),
      levels: fc.constantFrom(2, 7, 256),
      seed: fc.integer(),
    });
    fc.assert(fc.property(sizes, ({ width, height, bytes, levels, seed }) => {
      const random = randomFrom(seed);
      const data = Uint8Array.from(
        { length: width * height * bytes },
        () => Math.floor(Math.floor(random() * levels) * 255 / (levels - 1)),
      );
      expect(readCodes({ width, height, data }).codes).toEqual([]);
    }));
  }, 120_000);

  test.each([8, 9, 16])(
    "hundreds of finder patterns, one every %d pixels, end as well",
    (period) => {
      const pixels = blank(400, 300);
      for (const i of pixels.data.keys()) {
        const x = i % 400 % period, y = Math.floor(i / 400) % period;
        if (x < 7 && y < 7 && Math.max(Math.abs(x - 3), Math.abs(y - 3)) !== 2) pixels.data[i] = 0;
      }
      const { codes, unexplained } = readCodes(pixels);
      expect(codes).toEqual([]);
      expect(unexplained).toBeGreaterThan(200);
    },
    120_000,
  );

  test("must be as many as the size says", () => {
    expect(() => readCodes({ width: 2, height: 2, data: new Uint8Array(5) })).toThrow(RangeError);
  });
});
