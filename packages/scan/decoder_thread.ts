// What runs in the thread of DecoderWorker: it looks at pictures with the libraries. Both libraries search
// synchronously and cannot be stopped from inside.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";
import { jsqr, screen, takeStep, zxing } from "./decode/mod.ts";
import type { Job } from "./_decoder_worker.ts";

const { resolve } = createRequire(import.meta.url);
const rungs = [
  screen(),
  zxing(() => readFile(resolve("zxing-wasm/reader/zxing_reader.wasm"))),
  jsqr(),
];

async function work({ pixels, step }: Job): Promise<void> {
  parentPort!.postMessage(await takeStep(pixels, { step, rungs }));
}

parentPort!.on("message", (job: Job) => void work(job));
