import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { QrDecoder, scanImage } from "./mod.ts";
import { run, withFolder, writeInto } from "./testdata/child.ts";
import {
  compose,
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
    console.log(count);
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

describe("where the decoders run", () => {
  const program = `
    const { scanImage } = await import(built);
    const found = await scanImage(input, { source: "x" });
    console.log(JSON.stringify({
      wasm: typeof WebAssembly,
      codes: found.map(({ bytes, decoder }) => [new TextDecoder().decode(bytes), decoder]),
    }));
  `;

  test("without any network", async () => {
    // Loaded first in the program and in each of its threads. Every way out is reported and refused.
    const guard = `
      const forbid = (name) => (...args) => {
        process.stderr.write("network: " + name + " " + args[0]);
        throw new Error("no network");
      };
      process.stderr.write("guarded\\n");
      globalThis.fetch = forbid("fetch");
      globalThis.XMLHttpRequest = forbid("XMLHttpRequest");
      require("node:net").Socket.prototype.connect = forbid("connect");
      require("node:dns").lookup = forbid("lookup");
    `;
    await withFolder(async (folder) => {
      const path = writeInto(folder, "guard.cjs", guard);
      const env = { ...process.env, NODE_OPTIONS: `--require=${path}` };
      const outcome = await run(program, { input: qrencode(SAMPLE), env });
      expect(outcome.stderr).toBe("guarded\nguarded\n");
      expect(JSON.parse(outcome.stdout)).toEqual({ wasm: "object", codes: [[SAMPLE, "zxing"]] });
    });
  });

  test("without WebAssembly, several codes and an inverted one", async () => {
    const inverted = await sharp(qrencode(`${SAMPLE}2`)).flatten().negate({ alpha: false }).png()
      .toBuffer();
    const picture = await compose({ width: 900, height: 420, background: "#808080" }, [
      { input: qrencode(`${SAMPLE}1`), left: 20, top: 20 },
      { input: inverted, left: 450, top: 20 },
    ]);
    const outcome = await run(program, { input: picture, flags: ["--jitless"] });
    expect(JSON.parse(outcome.stdout)).toEqual({
      wasm: "undefined",
      codes: [[`${SAMPLE}1`, "jsqr"], [`${SAMPLE}2`, "jsqr"]],
    });
  });

  test("neither decoder nor image library is loaded by importing the package", async () => {
    const outcome = await run(
      `import { createRequire } from "node:module";
      await import(built);
      const loaded = Object.keys(createRequire(built).cache);
      const native = process.report.getReport().sharedObjects.filter((name) => /vips|sharp/.test(name));
      console.log(JSON.stringify([loaded, native]));
      await (await import(built)).decodeImage(input, { source: "x" });
      console.log(process.report.getReport().sharedObjects.some((name) => /vips/.test(name)));`,
      { input: qrencode("x") },
    );
    expect(outcome.stdout).toBe("[[],[]]\ntrue\n");
  });

  test("a process that has scanned ends by itself", async () => {
    const outcome = await run(
      `const { scanImage } = await import(built);
      await scanImage(input, { source: "x" });
      console.log("done");`,
      { input: qrencode(SAMPLE) },
    );
    expect(outcome).toEqual({ code: 0, stdout: "done\n", stderr: "" });
  });
});
