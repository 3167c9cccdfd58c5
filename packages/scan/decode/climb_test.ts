import { describe, expect, test } from "vitest";
import type { Corners } from "../found_code.ts";
import type { Pixels } from "../pixels.ts";
import { draw } from "../testdata/drawn.ts";
import { climb, type Look, type SearchProgress } from "./climb.ts";
import { LADDER } from "./ladder.ts";
import type { ReadSymbol, Sight } from "./rung.ts";

const frame = draw("x");

function at(x: number, y: number): Corners {
  return [{ x, y }, { x: x + 90, y }, { x: x + 90, y: y + 90 }, { x, y: y + 90 }];
}

function symbol(text: string, fields: Partial<ReadSymbol> = {}): ReadSymbol {
  return {
    bytes: new TextEncoder().encode(text),
    corners: at(0, 0),
    checkBytes: 20,
    unusedCheckBytes: 20,
    erasures: 0,
    part: undefined,
    ...fields,
  };
}

const seen = (...symbols: ReadSymbol[]): Sight => ({ symbols, unreadable: [] });
const NOTHING = seen();

/** Which steps are taken if looking gives this. */
async function stepsOf(look: Look, frames = [frame]): Promise<readonly string[]> {
  const steps: string[] = [];
  await climb(frames, (pixels, step) => {
    steps.push(step.name);
    return look(pixels, step);
  });
  return steps;
}

const textsOf = ({ codes }: { codes: readonly { bytes: Uint8Array }[] }): readonly string[] =>
  codes.map(({ bytes }) => new TextDecoder().decode(bytes));

describe("which steps are taken", () => {
  const always = LADDER.filter((step) => step.always).map(({ name }) => name);
  const all = LADDER.filter((step) => !step.needsColours).map(({ name }) => name);
  const colours = {
    ...frame,
    data: Uint8Array.from({ length: 4 * frame.data.length }, (_, i) => i),
  };

  test("only those that always look, if they find something", async () => {
    expect(await stepsOf(async () => seen(symbol("a")))).toEqual(always);
  });

  test("all, if nothing is found", async () => {
    expect(await stepsOf(async () => NOTHING)).toEqual(all);
  });

  test("single colours, where there are any", async () => {
    const names = LADDER.map(({ name }) => name);
    expect(await stepsOf(async () => NOTHING, [colours])).toEqual(names);
  });

  test("until something is found", async () => {
    const steps = await stepsOf(async (_, { name }) =>
      name === "zxing-denoise" ? seen(symbol("a")) : NOTHING
    );
    expect(steps).toEqual(all.slice(0, all.indexOf("zxing-denoise") + 1));
  });

  test("further, if one code was found and another one could not be read", async () => {
    const sight: Sight = { symbols: [symbol("a")], unreadable: [at(500, 0)] };
    expect(await stepsOf(async () => sight)).toEqual(all);
  });

  test("no further, if the one that could not be read was read by another step", async () => {
    const steps = await stepsOf(async (_, { name }) =>
      name === "screen"
        ? NOTHING
        : name === "zxing"
        ? { symbols: [], unreadable: [at(2, 3)] }
        : seen(symbol("a"))
    );
    expect(steps).toEqual([...always, "zxing-denoise"]);
  });

  test("jsQR looks at any size where zxing cannot run, and at small pictures alone where it can", async () => {
    const large = { width: 5000, height: 5000, data: new Uint8Array(5000 * 5000) };
    large.data[0] = 255;
    const noZxing: Look = async (_, { rung }) => rung === "zxing" ? undefined : NOTHING;
    expect(await stepsOf(noZxing, [large])).toEqual(["screen", "zxing", "jsqr"]);
    expect(await stepsOf(async () => NOTHING, [large])).not.toContain("jsqr");
  });
});

describe("what is given back", () => {
  test("a read that is not believed is none, and named", async () => {
    const search = await climb([frame], async () => seen(symbol("a", { unusedCheckBytes: 3 })));
    expect(search).toEqual({ codes: [], obstacle: "damaged" });
  });

  test("two texts in one place are none", async () => {
    const apart = symbol("c", { corners: at(300, 0) });
    const search = await climb([frame], async () => seen(symbol("a"), symbol("b"), apart));
    expect(textsOf(search)).toEqual(["c"]);
    expect(search.obstacle).toBe("damaged");
  });

  test("frame by frame, each text once, with where and how it was read", async () => {
    const frames = [frame, { ...frame }, { ...frame }];
    const texts = [["b", "a"], ["a"], ["c"]];
    const search = await climb(
      frames,
      async (pixels) =>
        seen(
          ...texts[frames.indexOf(pixels)]!.map((text, i) =>
            symbol(text, { corners: at(500 - 200 * i, 0) })
          ),
        ),
    );
    expect(textsOf(search)).toEqual(["a", "b", "c"]);
    expect(search.codes.map((code) => [code.frame, code.step])).toEqual([
      [0, "screen"],
      [0, "screen"],
      [2, "screen"],
    ]);
  });

  test("a split text is joined across frames, and is as sure as its weakest part", async () => {
    const part = (index: number, unusedCheckBytes: number): ReadSymbol =>
      symbol(`${index}`, { unusedCheckBytes, part: { id: "7", index, count: 2 } });
    const frames = [frame, { ...frame }];
    const search = await climb(
      frames,
      async (pixels) => seen(part(pixels === frame ? 1 : 0, pixels === frame ? 6 : 9)),
    );
    expect(textsOf(search)).toEqual(["01"]);
    expect(search.codes[0]).toMatchObject({ unusedCheckBytes: 6, frame: 1 });
    expect(await climb([frame], async () => seen(part(0, 9)))).toEqual({
      codes: [],
      obstacle: "incomplete",
    });
  });

  test("what was read is overwritten when it is over; the result is a copy", async () => {
    const read = symbol("secret");
    const search = await climb([frame], async () => seen(read));
    expect(read.bytes).toEqual(new Uint8Array(6));
    expect(textsOf(search)).toEqual(["secret"]);
  });

  test("what was found until the time was over", async () => {
    const looks: Pixels[] = [];
    const look: Look = async (pixels) => {
      looks.push(pixels);
      return seen(symbol("a"));
    };
    const search = await climb([frame, { ...frame }], look, { isOver: () => looks.length > 0 });
    expect(textsOf(search)).toEqual(["a"]);
    expect(new Set(looks)).toEqual(new Set([frame]));
  });
});

test("progress names the step and the frame", async () => {
  const told: SearchProgress[] = [];
  await climb([frame, frame], async () => seen(symbol("a")), {
    onProgress: (one) => told.push(one),
  });
  const looks = [0, 1].flatMap((frame) =>
    ["screen", "zxing"].map((step, done) => ({
      step,
      done,
      steps: LADDER.length,
      frame,
      frames: 2,
    }))
  );
  expect(told).toEqual(looks);
});
