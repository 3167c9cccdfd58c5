import { expect, test } from "vitest";
import { blur } from "../../../tests/qr_set/lens.ts";
import {
  Canvas,
  draw,
  encode,
  greyOf,
  LEVELS,
  otpauth,
  Random,
} from "../../../tests/qr_set/mod.ts";
import { wasm } from "../testdata/drawn.ts";
import { deblur } from "./_deblur.ts";
import { jsqr, searchPixels, zxing } from "./mod.ts";

const rungs = [zxing(wasm), jsqr()];

test("codes with a blur of 0.7 modules are read, which no decoder does by itself", async () => {
  const random = new Random("deblur");
  for (const level of LEVELS) {
    const symbol = encode(otpauth(random), level, random);
    const canvas = new Canvas(3 * symbol.size + 24, 3 * symbol.size + 24);
    draw(canvas, symbol, { x: 12, y: 12, width: 3 });
    blur(canvas, 0.7 * 3);
    const { width, height } = canvas;
    const { codes } = await searchPixels([{ width, height, data: greyOf(canvas) }], { rungs });
    expect(codes.map(({ step }) => step)).toEqual(["zxing-sharp"]);
    expect(codes.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual([symbol.text]);
  }
}, 60_000);

test("what has one brightness stays as it is, and nothing gets brighter or darker than the picture", () => {
  const grey = { width: 20, height: 10, data: new Uint8Array(200).fill(77) };
  expect(deblur(grey, 2).data).toEqual(grey.data);
  const soft = {
    width: 30,
    height: 1,
    data: Uint8Array.from({ length: 30 }, (_, i) => 40 + 4 * i),
  };
  const { data } = deblur(soft, 1.5);
  expect(Math.min(...data)).toBeGreaterThanOrEqual(40);
  expect(Math.max(...data)).toBeLessThanOrEqual(156);
});

test("an edge gets steeper again", () => {
  // A step from 20 to 220, blurred with a deviation of two pixels.
  const edge = [20, 21, 26, 41, 71, 110, 140, 170, 199, 214, 219, 220];
  const { data } = deblur({ width: edge.length, height: 1, data: Uint8Array.from(edge) }, 2);
  const steepest = (values: ArrayLike<number>) =>
    Math.max(...Array.from(values).slice(1).map((value, i) => value - values[i]!));
  expect(steepest(data)).toBeGreaterThan(1.5 * steepest(edge));
});
