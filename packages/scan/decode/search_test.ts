import { describe, expect, test } from "vitest";
import { draw, modulesOf, paint, randomFrom, wasm } from "../testdata/drawn.ts";
import { isBelieved, jsqr, screen, searchPixels, toGrey, zxing } from "./mod.ts";
import type { Rung } from "./rung.ts";

// What a page does: pixels of a canvas to codes. These tests run on every runtime, Chromium among them.

const TEXT = "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP&issuer=Example";

/** As a canvas gives it. */
function rgba({ width, height, data }: ReturnType<typeof draw>) {
  const colour = new Uint8ClampedArray(width * height * 4);
  data.forEach((value, i) => colour.set([value, value, value, 255], i * 4));
  return { width, height, data: colour };
}

async function read(pixels: ReturnType<typeof draw>, rungs: readonly Rung[]): Promise<unknown[]> {
  const { codes } = await searchPixels([pixels], { rungs });
  return codes.map(({ bytes, step }) => [new TextDecoder().decode(bytes), step]);
}

describe("a canvas with a code", () => {
  test("is read by all rungs together, the one for screens first", async () => {
    const pixels = toGrey(rgba(draw(TEXT)));
    expect(await read(pixels, [screen(), zxing(wasm), jsqr()])).toEqual([[TEXT, "screen"]]);
  });

  test("is read by each of them alone", async () => {
    const pixels = toGrey(rgba(draw(TEXT)));
    expect(await read(pixels, [screen()])).toEqual([[TEXT, "screen"]]);
    expect(await read(pixels, [zxing(wasm)])).toEqual([[TEXT, "zxing"]]);
    expect(await read(pixels, [jsqr()])).toEqual([[TEXT, "jsqr"]]);
  });

  test("white on nothing is seen on black", async () => {
    const drawn = draw(TEXT);
    const data = new Uint8ClampedArray(drawn.data.length * 4);
    drawn.data.forEach((value, i) => data.set([255, 255, 255, 255 - value], i * 4));
    const canvas = { ...drawn, data };
    expect(await read(toGrey(canvas), [screen(), zxing(wasm)])).toEqual([]);
    expect(await read(toGrey(canvas, { background: "black" }), [screen(), zxing(wasm)]))
      .toEqual([[TEXT, "screen"]]);
  });

  test("a finder pattern is covered, which only the rung for screens reads", async () => {
    const modules = modulesOf(TEXT, { level: "quartile" });
    for (let y = 0; y < 8; y++) for (let x = 0; x < 8; x++) modules[y]![x] = false;
    const pixels = paint(modules, { scale: 4 });
    expect(await read(pixels, [zxing(wasm), jsqr()])).toEqual([]);
    expect(await read(pixels, [screen(), zxing(wasm), jsqr()])).toEqual([[TEXT, "screen"]]);
  });
});

test("any pixels: no rung fails, and what is read of a damaged code is the code", async () => {
  const random = randomFrom(7);
  const rungs = [screen(), zxing(wasm), jsqr()];
  const count = { pictures: 0, read: 0, wrong: 0 };
  for (let round = 0; round < 120; round++) {
    const kind = round % 4;
    const side = 1 + Math.floor(random() * 90);
    const text = `${TEXT}&round=${round}`;
    const level = (["low", "medium", "quartile", "high"] as const)[round % 3]!;
    const drawn = kind === 0
      ? { width: side, height: 1 + Math.floor(random() * 90), data: new Uint8Array() }
      : draw(text, { scale: 1 + Math.floor(random() * 3), level, light: 40 + random() * 215 });
    const data = kind === 0 ? new Uint8Array(drawn.width * drawn.height) : drawn.data;
    const share = kind === 0 ? 1 : kind === 1 ? 0.02 * random() : 0;
    for (let i = 0; i < data.length; i++) if (random() < share) data[i] = random() * 256;
    if (kind === 2) {
      data.fill(random() * 256, Math.floor(random() * data.length), data.length * random());
    }
    for (const rung of rungs) {
      const sight = await rung.look({ ...drawn, data });
      count.pictures++;
      for (const symbol of sight!.symbols.filter(isBelieved)) {
        count.read++;
        if (new TextDecoder().decode(symbol.bytes) !== text) count.wrong++;
      }
    }
  }
  console.log("pictures for each rung:", JSON.stringify(count));
  expect(count.wrong).toBe(0);
  expect(count.read).toBeGreaterThan(count.pictures / 4);
}, 300_000);
