// @ts-check
/**
 * How long whole screens take: 4K with one code and with none, and 8K.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compare, contest } from "./_contest.mjs";
import { product, zxingWasm } from "./_scan_readers.mjs";

/** @typedef {import("./_scan_readers.mjs").Read} Read */
/** @typedef {import("./_scan_readers.mjs").Pixels} Pixels */
/** @typedef {import("./_report.mjs").Row} Row */

/** @type {readonly (readonly [name: string, width: number, height: number, rounds: number])[]} */
const SCREENS = [
  ["4K screen with one code", 3840, 2160, 15],
  ["4K screen without a code", 3840, 2160, 3],
  ["8K screen with one code", 7680, 4320, 5],
];

/**
 * @param {Record<string, Read>} readers
 * @param {typeof import("../tests/qr_set/mod.ts")} set
 * @param {{ quick: boolean }} options
 * @returns {Promise<Row[]>}
 */
export async function screens(readers, set, { quick }) {
  const rgba = await zxingWasm({ form: "rgba" });
  const ofGrey = await product({ form: "grey" });
  const reader = (/** @type {string} */ name) => /** @type {Read} */ (readers[name]);
  /** @type {Row[]} */
  const rows = [];
  for (const [name, width, height, rounds] of quick ? SCREENS.slice(0, 1) : SCREENS) {
    const { pixels, text } = screen(set, width, height, !name.includes("without"));
    /** @param {string} who @param {Read} read */
    const timed = (who, read) => async () => {
      const { texts, ms } = await read(pixels);
      if (texts.length !== text.length || texts[0] !== text[0]) {
        throw new Error(`${who} read ${texts.length} codes on the ${name}, of ${text.length}`);
      }
      return ms;
    };
    const { colours = [], grey = [], own = [], alone = [], image = [], pass = [] } = await contest({
      colours: timed("otpsmith", reader("otpsmith")),
      grey: timed("otpsmith", ofGrey.read),
      own: timed("@otpsmith/qr", reader("@otpsmith/qr")),
      alone: timed("zxing-wasm", reader("zxing-wasm")),
      image: timed("zxing-wasm", rgba),
      pass: async () => onePass(pixels.data),
    }, { rounds: quick ? 1 : rounds, patienceMs: 10_000 });
    /** @param {string} text @param {ReturnType<typeof compare>} result @param {number} [aim] */
    const row = (text, result, aim) => ({
      name: `${name}: ${text}`,
      unit: "ms",
      aim: name === "4K screen with one code" ? aim : undefined,
      ...result,
    });
    rows.push(
      row("otpsmith in colour, against zxing-wasm handed ImageData", compare(colours, image), 1.3),
      row("otpsmith in grey, against zxing-wasm handed a PGM", compare(grey, alone), 1.3),
      row("@otpsmith/qr, against one pass over the pixels", compare(own, pass), 3),
      row("@otpsmith/qr, against zxing-wasm handed a PGM", compare(own, alone), 1),
      row("zxing-wasm handed a PGM, against one pass over the pixels", compare(alone, pass)),
    );
  }
  await ofGrey.end();
  return quick ? rows : [...rows, await memory()];
}

/** The most memory that a process has which looks at an 8K screen, against a gigabyte. @returns {Promise<Row>} */
async function memory() {
  const program = fileURLToPath(new URL("./_scan_memory.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const ratio = Number(stdout) / 1024;
  return {
    name: "8K screen: most memory of a process that makes it and has it read",
    unit: "MiB",
    measured: Number(stdout),
    peer: 1024,
    ratio,
    quartiles: [ratio, ratio],
    rounds: 1,
    aim: 1,
  };
}

/** Reads every pixel once, as words. @param {Uint8ClampedArray<ArrayBuffer>} data */
function onePass(data) {
  const words = new Uint32Array(data.buffer);
  const start = performance.now();
  let sum = 0;
  for (let i = 0; i < words.length; i++) sum = (sum + /** @type {number} */ (words[i])) | 0;
  const ms = performance.now() - start;
  if (sum === 0.5) throw new Error("whole numbers add up to whole numbers"); // keeps the loop from being left out
  return ms;
}

/**
 * A desktop, with a plain code on it or without.
 *
 * @param {typeof import("../tests/qr_set/mod.ts")} set
 * @param {number} width
 * @param {number} height
 * @param {boolean} hasCode
 * @returns {{ pixels: Pixels, text: readonly string[] }}
 */
export function screen({ desk, Random, draw, encode, otpauth, greyOf }, width, height, hasCode) {
  const random = new Random("screen", width, height);
  const canvas = desk(width, height, random);
  const symbol = encode(otpauth(random), "M", random);
  if (hasCode) {
    draw(canvas, symbol, { x: Math.round(width * 0.6), y: Math.round(height * 0.4), width: 5 });
  }
  const { data } = canvas;
  return {
    pixels: { width, height, data, grey: greyOf(canvas) },
    text: hasCode ? [symbol.text] : [],
  };
}
