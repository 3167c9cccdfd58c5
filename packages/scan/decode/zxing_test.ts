import { expect, test } from "vitest";
import { draw, modulesOf, paint, wasm } from "../testdata/drawn.ts";
import { zxing } from "./zxing.ts";

// A module in each of the first codewords of version 1: two columns up from the bottom right corner, and
// the two beside them down again (ISO/IEC 18004 §7.7.3).
const CODEWORDS = [[20, 20], [20, 16], [20, 12], [18, 9], [18, 13], [18, 17]] as const;

test.each([["low", 7], ["medium", 10], ["quartile", 13], ["high", 17]] as const)(
  "an error uses two of the check bytes of level %s",
  async (level, checkBytes) => {
    const rung = zxing(wasm);
    for (let errors = 0; errors <= CODEWORDS.length; errors++) {
      const modules = modulesOf("1234567", { level, version: 1 });
      for (const [x, y] of CODEWORDS.slice(0, errors)) modules[y]![x] = !modules[y]![x];
      const sight = await rung.look(paint(modules));
      if (errors * 2 > checkBytes) {
        expect(sight!.symbols, `${errors} errors`).toEqual([]);
        expect(sight!.unreadable, `${errors} errors`).toHaveLength(1);
        continue;
      }
      expect(sight!.symbols, `${errors} errors`).toMatchObject([
        { checkBytes, unusedCheckBytes: checkBytes - 2 * errors, erasures: 0 },
      ]);
    }
  },
);

test("a share below a tenth is not taken for one above", async () => {
  // Seven errors leave one of 15 check bytes, 0.066, which the library writes as 0.6.
  const rung = zxing(wasm);
  const modules = modulesOf("1234567", { level: "low", version: 3 });
  for (let i = 0; i < 5; i++) modules[28 - 4 * i]![28] = !modules[28 - 4 * i]![28];
  for (const y of [9, 13]) modules[y]![26] = !modules[y]![26];
  expect((await rung.look(paint(modules)))!.symbols).toMatchObject([
    { checkBytes: 15, unusedCheckBytes: 1 },
  ]);
});

test("check bytes of several blocks are added up", async () => {
  // Version 6 of level H has four blocks of 28 check bytes, version 10 of level L four of 18.
  const sixth = await zxing(wasm).look(draw("x", { level: "high", version: 6 }));
  expect(sixth!.symbols).toMatchObject([{ checkBytes: 112, unusedCheckBytes: 112 }]);
  const tenth = await zxing(wasm).look(draw("x", { level: "low", version: 10 }));
  expect(tenth!.symbols).toMatchObject([{ checkBytes: 72, unusedCheckBytes: 72 }]);
});

test("corners are those of the code, and the pixels stay as they were", async () => {
  const pixels = draw("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP", { scale: 4, margin: 5 });
  const before = pixels.data.slice();
  const { symbols: [symbol] } = (await zxing(wasm).look(pixels))!;
  const far = pixels.width - 20;
  const wanted = [[20, 20], [far, 20], [far, far], [20, far]] as const;
  symbol!.corners.forEach(({ x, y }, i) => {
    expect(Math.abs(x - wanted[i]![0]), `x of corner ${i}`).toBeLessThan(3);
    expect(Math.abs(y - wanted[i]![1]), `y of corner ${i}`).toBeLessThan(3);
  });
  expect(pixels.data).toEqual(before);
});

test("without its WebAssembly it says that it cannot look", async () => {
  const nothing = zxing(() => Promise.reject(new Error("no such file")));
  expect(await nothing.look(draw("x"))).toBeUndefined();
});
