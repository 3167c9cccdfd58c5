// @ts-check
/**
 * Everybody who reads codes in the bench `scan`, in one shape: pixels in, texts and milliseconds out.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LineProcess } from "./_line_process.mjs";

/**
 * @typedef {object} Pixels a picture, in the two forms in which readers take it
 * @property {number} width
 * @property {number} height
 * @property {Uint8ClampedArray<ArrayBuffer>} data RGBA
 * @property {Uint8Array<ArrayBuffer>} grey
 *
 * @typedef {{ readonly texts: readonly string[], readonly ms: number }} Sight
 * @typedef {(pixels: Pixels) => Promise<Sight>} Read
 */

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const require = createRequire(import.meta.url);

/** @param {() => Promise<readonly string[]> | readonly string[]} work @returns {Promise<Sight>} */
async function timed(work) {
  const start = performance.now();
  const texts = await work();
  return { texts, ms: performance.now() - start };
}

/** @returns {Promise<Read>} */
export async function jsqr() {
  /** @type {typeof import("jsqr").default} */
  const read = require("jsqr"); // it is CommonJS, whatever its types say
  return ({ width, height, data }) =>
    timed(() => {
      const code = read(data, width, height);
      return code ? [Buffer.from(code.binaryData).toString()] : [];
    });
}

/** With its higher effort, which reads a little more. @returns {Promise<Read>} */
export async function qr() {
  const { default: decodeQR } = await import("qr/decode.js");
  return ({ width, height, data }) =>
    timed(() => {
      try {
        return [decodeQR({ width, height, data }, { effort: 100, timeLimit: 5000 })];
      } catch {
        return []; // it throws where it finds nothing
      }
    });
}

/**
 * zxing-wasm: as its README shows it, with `ImageData`; or handed a PGM file in memory, which it reads sooner.
 *
 * @param {{ form?: "rgba" | "pgm", tryDenoise?: boolean }} [options]
 * @returns {Promise<Read>}
 */
export async function zxingWasm({ form = "pgm", tryDenoise = false } = {}) {
  const { prepareZXingModule, readBarcodes } = await import("zxing-wasm/reader");
  const wasmBinary = await readFile(require.resolve("zxing-wasm/reader/zxing_reader.wasm"));
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  /** @type {import("zxing-wasm/reader").ReaderOptions} */
  const options = { formats: ["QRCode"], tryDenoise, maxNumberOfSymbols: 255 };
  return ({ width, height, data, grey }) =>
    timed(async () => {
      const input = form === "rgba"
        ? { width, height, data, colorSpace: /** @type {const} */ ("srgb") }
        : pgm(width, height, grey);
      const results = await readBarcodes(input, options);
      return results.filter(({ isValid }) => isValid).map(({ bytes }) =>
        Buffer.from(bytes).toString()
      );
    });
}

/** @param {number} width @param {number} height @param {Uint8Array} grey */
function pgm(width, height, grey) {
  const header = Buffer.from(`P5 ${width} ${height} 255\n`);
  const file = new Uint8Array(header.length + grey.length);
  file.set(header);
  file.set(grey, header.length);
  return file;
}

/** `@otpsmith/qr` by itself. @returns {Promise<Read>} */
export async function own() {
  const { readCodes } = await import("@otpsmith/qr");
  return ({ width, height, data }) =>
    timed(() => readCodes({ width, height, data }).codes.map(({ text }) => text));
}

/**
 * The whole search of `@otpsmith/scan`, its threads included.
 *
 * @param {{ form?: "rgba" | "grey" }} [options]
 */
export async function product({ form = "rgba" } = {}) {
  const { QrDecoder } = await import("@otpsmith/scan");
  const decoder = new QrDecoder();
  /** @type {Read} */
  const read = ({ width, height, data, grey }) =>
    timed(async () => {
      const frame = { width, height, data: form === "rgba" ? data : grey };
      const { codes } = await decoder.search([frame]);
      return codes.map(({ bytes }) => Buffer.from(bytes).toString());
    });
  return { read, end: () => decoder.close() };
}

/**
 * A native reader: a program of this folder, compiled for the run.
 *
 * @param {"zbar" | "zxing"} name
 * @returns {Promise<{ read: Read, end: () => Promise<void> }>}
 */
export async function native(name) {
  const { source, compiler, library, packages } = NATIVE[name];
  const folder = await mkdtemp(join(tmpdir(), "otpsmith-bench-"));
  const program = join(folder, name);
  await promisify(execFile)(compiler, [
    "-O2",
    "-Wall",
    "-Wextra",
    "-o",
    program,
    here(source),
    library,
  ])
    .catch(async (cause) => {
      await rm(folder, { recursive: true });
      const state = `Cannot build the program that asks ${name}: ${cause.stderr || cause.message}`;
      throw Object.assign(new Error(state, { cause }), {
        next: `Run: apt-get install ${packages}`,
      });
    });
  const child = new LineProcess([program]);
  await child.next();
  return {
    read: async ({ width, height, grey }) => {
      const [nanoseconds, ...texts] = (await child.ask(`P5 ${width} ${height} 255`, grey)).split(
        " ",
      );
      return {
        ms: Number(nanoseconds) / 1e6,
        texts: texts.map((text) => Buffer.from(text, "hex").toString()),
      };
    },
    end: async () => {
      await child.end();
      await rm(folder, { recursive: true });
    },
  };
}

const NATIVE = {
  zbar: {
    source: "zbar_peer.c",
    compiler: process.env["CC"] ?? "cc",
    library: "-lzbar",
    packages: "gcc libc6-dev libzbar-dev",
  },
  zxing: {
    source: "zxing_peer.cpp",
    compiler: process.env["CXX"] ?? "c++",
    library: "-lZXing",
    packages: "g++ libzxing-dev",
  },
};
