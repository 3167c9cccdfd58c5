import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { Corners, Decoder } from "./found_code.ts";
import type { Pixels } from "./pixels.ts";

/** A symbol as a library read it. */
export interface RawSymbol {
  /** Its content; in UTF-8 unless the code itself is in no known character set. */
  readonly bytes: Uint8Array;
  readonly corners: Corners;
  /**
   * Whether correcting it used up all check bytes of some block. Such a read may be wrong: with no
   * check byte left, nothing speaks for it.
   */
  readonly isWornOut: boolean;
  /** Place in a text that is split over several symbols. */
  readonly part:
    | { readonly id: string; readonly index: number; readonly count: number }
    | undefined;
}

/** What a step answers: the symbols, or that it cannot run on this machine. */
export type Answer = { readonly symbols: readonly RawSymbol[] } | { readonly unavailable: string };

/**
 * The libraries, in a thread of their own.
 *
 * Both search synchronously and cannot be stopped from inside: a 4K picture full of finder patterns
 * keeps zxing busy for 20 seconds. A thread can be ended at any moment, and with it goes its memory,
 * which holds the picture and its text.
 */
export class DecoderWorker {
  readonly #worker: Worker;
  readonly #exit: Promise<never>;
  #pending: ((answer: Answer) => void) | undefined;

  /** Starts the thread; it loads its libraries while the picture is being decoded. */
  constructor() {
    const require = createRequire(import.meta.url);
    this.#worker = new Worker(THREAD, {
      eval: true, // one text for sources and for the build, with no second file to find
      execArgv: [], // flags of the program, such as --input-type, are not meant for the thread
      workerData: {
        zxing: require.resolve("zxing-wasm/reader"),
        wasm: require.resolve("zxing-wasm/reader/zxing_reader.wasm"),
        jsqr: require.resolve("jsqr"),
      },
    });
    this.#worker.on("message", (answer: Answer) => this.#pending?.(answer));
    this.#exit = new Promise((_, reject) => {
      this.#worker.on("error", reject);
      this.#worker.on("exit", () => reject(new Error("the decoder thread has ended")));
    });
    this.#exit.catch(() => {}); // heard by whoever waits in read()
  }

  /** Searches a picture with one decoder. One call at a time. */
  read(picture: SharedPicture, decoder: Decoder): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => this.#pending = resolve);
    this.#worker.postMessage({ ...picture, decoder });
    return Promise.race([answer, this.#exit]);
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A picture in memory that both threads see, so that it is copied once and can be wiped. */
export interface SharedPicture {
  readonly width: number;
  readonly height: number;
  /**
   * A whole PGM file: header and grey bytes. zxing reads such a file with less time and a quarter of
   * the memory of RGBA pixels.
   */
  readonly pgm: Uint8Array;
  /** Where the grey bytes begin. */
  readonly offset: number;
}

/** Copies a picture to where the thread can see it. */
export function share(pixels: Pixels): SharedPicture {
  const { width, height, data } = pixels;
  const header = new TextEncoder().encode(`P5 ${width} ${height} 255\n`);
  const pgm = new Uint8Array(new SharedArrayBuffer(header.length + data.length));
  pgm.set(header);
  pgm.set(data, header.length);
  return { width, height, pgm, offset: header.length };
}

// What runs in the thread. It only calls the libraries and brings their results into one shape.
// - zxing-wasm would fetch its WebAssembly from a public server; it is given the bytes instead.
// - Only the ordinary QR code is searched for: Micro QR holds at most 21 bytes, too few for a seed,
//   and its weak checks find codes in noise.
// - "UEC" is the unused share of the error correction in the worst block; its decimals are hundredths.
// - jsQR finds one code a call: each that is found is painted over and the search goes on.
const THREAD = `
"use strict";
const { isUtf8 } = require("node:buffer");
const { readFileSync } = require("node:fs");
const { parentPort, workerData } = require("node:worker_threads");

const utf8 = (text) => new TextEncoder().encode(text);

let zxing;
async function loadZxing() {
  if (typeof WebAssembly === "undefined") return { unavailable: "WebAssembly is switched off" };
  try {
    const library = require(workerData.zxing);
    await library.prepareZXingModule({
      overrides: { wasmBinary: readFileSync(workerData.wasm) },
      fireImmediately: true,
    });
    return { library };
  } catch (error) {
    return { unavailable: String(error && error.message) };
  }
}

async function readWithZxing({ pgm, decoder }) {
  const { library, unavailable } = await (zxing ??= loadZxing());
  if (!library) return { unavailable };
  const results = await library.readBarcodes(pgm, {
    formats: ["QRCodeModel2"],
    tryDenoise: decoder === "zxing-denoise",
    textMode: "Plain",
  });
  const symbols = results.filter((result) => result.isValid).map((result) => {
    const { topLeft, topRight, bottomRight, bottomLeft } = result.position;
    return {
      bytes: !result.hasECI && isUtf8(result.bytes) ? result.bytes : utf8(result.text),
      corners: [topLeft, topRight, bottomRight, bottomLeft],
      isWornOut: /"UEC":0?\\.?0*[,}]/.test(result.extra),
      part: result.sequenceSize > 1
        ? { id: result.sequenceId, index: result.sequenceIndex, count: result.sequenceSize }
        : undefined,
    };
  });
  return { symbols };
}

function readWithJsqr({ pgm, offset, width, height }) {
  const jsQR = require(workerData.jsqr);
  const pixels = new Uint32Array(width * height); // grey has four equal bytes in any byte order
  for (let i = 0; i < pixels.length; i++) pixels[i] = pgm[offset + i] * 0x01010101;
  const rgba = new Uint8ClampedArray(pixels.buffer);
  const symbols = [];
  for (let code; symbols.length < 32 && (code = jsQR(rgba, width, height));) {
    const { topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner } = code.location;
    const corners = [topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner];
    const bytes = Uint8Array.from(code.binaryData);
    symbols.push({ bytes: isUtf8(bytes) ? bytes : utf8(code.data), corners, isWornOut: false });
    paintOver(pixels, { width, height, corners });
  }
  rgba.fill(0);
  return { symbols };
}

function paintOver(pixels, { width, height, corners }) {
  const xs = corners.map(({ x }) => x), ys = corners.map(({ y }) => y);
  const clamp = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
  const right = clamp(Math.max(...xs), width - 1), bottom = clamp(Math.max(...ys), height - 1);
  for (let y = clamp(Math.min(...ys), height - 1); y <= bottom; y++) {
    for (let x = clamp(Math.min(...xs), width - 1); x <= right; x++) {
      const sides = corners.map((a, i) => {
        const b = corners[(i + 1) % 4];
        return (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);
      });
      const isInside = sides.every((side) => side >= 0) || sides.every((side) => side <= 0);
      if (isInside) pixels[y * width + x] = 0xffffffff;
    }
  }
}

parentPort.on("message", async (job) => {
  parentPort.postMessage(job.decoder === "jsqr" ? readWithJsqr(job) : await readWithZxing(job));
});
zxing = loadZxing();
`;
