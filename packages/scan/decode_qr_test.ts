import { describe, expect, test } from "vitest";
import { QrDecoder, scanImage } from "./mod.ts";
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

describe("trust", () => {
  test("of many damaged codes none is read wrong, and doubt is named", async () => {
    const random = numbers(12_345);
    const count = { read: 0, doubted: 0, lost: 0 };
    // Few check bytes make a wrong correction likely, many blocks make it likely in one of them.
    const texts = ["ABCDEFGH", "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP", SAMPLE];
    const damage = { L: 0.03, M: 0.05, Q: 0.08, H: 0.1 };
    await withDecoder(async (decoder) => {
      for (const text of texts) {
        for (const level of ["L", "M", "Q", "H"] as const) {
          const grey = await toGrey(qrencode(text, { level, scale: 3, margin: 4 }));
          for (let round = 0; round < 40; round++) {
            const share = damage[level] * (random.next().value % 100) / 100;
            const frame = flipModules(grey, { scale: 3, margin: 4, share, random });
            const { codes, obstacle } = await decoder.search([frame]);
            for (const found of textsOf(codes)) expect(found).toBe(text);
            if (codes.length > 0) count.read++;
            else if (obstacle === "damaged") count.doubted++;
            else count.lost++;
          }
        }
      }
    });
    // All three happen, or this test would look at nothing.

    expect(count.read).toBeGreaterThan(100);
    expect(count.doubted).toBeGreaterThan(5);
    expect(count.lost).toBeGreaterThan(100);
  }, 120_000);

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
          message: "Cannot find a QR code in x: the one in it is too damaged to be trusted",
        });
      break;
    }
  });
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
