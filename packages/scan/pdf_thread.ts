// What runs in the thread of decodePdf.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";
import type { PDFiumLibrary } from "@hyzyla/pdfium";
import type { DecodedImage } from "./decode_image.ts";
import { MAX_FRAMES, MAX_PIXELS } from "./limits.ts";
import type { Pixels } from "./pixels.ts";

/** A file to render. */
export interface PdfJob {
  readonly bytes: Uint8Array;
  readonly scale: number;
}

/** Its pages, or why there are none. */
export type PdfAnswer = DecodedImage | { readonly refused: string };

/** Pixels a point (1/72 inch): 144 an inch show a code of 15 mm with two pixels a module and more. */
const PIXELS_PER_POINT = 2;
/** A page is never rendered with more: a page may be as large as a house. */
const MAX_PAGE_PIXELS = 16_000_000;

async function load(): Promise<PDFiumLibrary> {
  const { PDFiumLibrary } = await import("@hyzyla/pdfium");
  const { resolve } = createRequire(import.meta.url);
  const wasm = await readFile(resolve("@hyzyla/pdfium/pdfium.wasm"));
  const wasmBinary = wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength);
  return await PDFiumLibrary.init({ wasmBinary: wasmBinary as ArrayBuffer });
}

async function render({ bytes, scale: wanted }: PdfJob): Promise<PdfAnswer> {
  const library = await load().catch(() => undefined);
  if (!library) return { refused: "library" };
  const document = await library.loadDocument(bytes);
  const total = document.getPageCount();
  if (total < 1) return { refused: "empty" };
  const frames: Pixels[] = [];
  let left = MAX_PIXELS;
  for (let i = 0; i < Math.min(total, MAX_FRAMES); i++) {
    const page = document.getPage(i);
    const { originalWidth, originalHeight } = page.getOriginalSize();
    const points = originalWidth * originalHeight;
    if (!(points > 0)) continue;
    const scale = Math.min(PIXELS_PER_POINT * wanted, Math.sqrt(MAX_PAGE_PIXELS / points));
    left -= points * scale * scale;
    if (left < 0) break;
    const { width, height, data } = await page.render({
      scale,
      render: "bitmap",
      colorSpace: "Gray",
    });
    frames.push({ width, height, data: new Uint8Array(data) });
  }
  return frames.length > 0 ? { frames, total } : { refused: "empty" };
}

async function work(job: PdfJob): Promise<void> {
  const answer = await render(job).catch((error: unknown): PdfAnswer => ({
    refused: /password/i.test(String(error)) ? "password" : "damaged",
  }));
  parentPort!.postMessage(answer);
}

parentPort!.once("message", (job: PdfJob) => void work(job));
