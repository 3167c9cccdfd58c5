import { expect, test } from "vitest";
import { LADDER, QrDecoder, scanImage } from "./mod.ts";
import {
  fromGrey,
  type Grey,
  numbers,
  qrencode,
  SAMPLE,
  textsOf,
  toGrey,
} from "./testdata/pictures.ts";

async function withDecoder<T>(work: (decoder: QrDecoder) => Promise<T>): Promise<T> {
  const decoder = new QrDecoder();
  try {
    return await work(decoder);
  } finally {
    await decoder.close();
  }
}

test("steps of one decoder that are taken together follow each other", async () => {
  const steps = LADDER.filter(({ rung }) => rung === "zxing").map((step) => ({
    ...step,
    always: true,
  }));
  expect(steps.length).toBeGreaterThan(3);
  const frame = await toGrey(qrencode(SAMPLE));
  const { codes } = await withDecoder((decoder) => decoder.search([frame], { steps }));
  expect(textsOf(codes)).toEqual([SAMPLE]);
});

test("a code that is too damaged to be trusted is refused with this reason", async () => {
  const random = numbers(1);
  const grey = await toGrey(qrencode(SAMPLE, { scale: 3 }));
  for (let round = 0;; round++) {
    const frame = flipModules(grey, { scale: 3, margin: 4, share: 0.022, random });
    const { codes, obstacle } = await withDecoder((decoder) => decoder.search([frame]));
    if (obstacle !== "damaged") continue;
    expect(codes).toEqual([]);
    await expect(scanImage(await fromGrey(frame).png().toBuffer(), { source: "x" })).rejects
      .toMatchObject({
        code: "format/no-code",
        message:
          "Cannot find a QR code in x: too much of the one in it is covered or damaged to be sure of what it says",
      });
    break;
  }
});

interface Damage {
  readonly scale: number;
  readonly margin: number;
  readonly share: number;
  readonly random: Generator<number, never>;
}

/** Turns a share of the modules outside the finder patterns into their opposite. */
function flipModules(grey: Grey, { scale, margin, share, random }: Damage): Grey {
  const data = grey.data.slice();
  const modules = grey.width / scale - 2 * margin;
  for (let i = Math.round(modules * modules * share); i > 0; i--) {
    const x = random.next().value % modules;
    const y = random.next().value % modules;
    const isFinder = (x < 9 && (y < 9 || y > modules - 10)) || (x > modules - 10 && y < 9);
    if (isFinder) continue;
    for (let row = (y + margin) * scale; row < (y + margin + 1) * scale; row++) {
      const from = row * grey.width + (x + margin) * scale;
      for (let k = from; k < from + scale; k++) data[k] = 255 - data[k]!;
    }
  }
  return { ...grey, data };
}
