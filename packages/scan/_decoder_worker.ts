import { Worker } from "node:worker_threads";
import { threadOptions, threadUrl } from "./_thread.ts";
import { pgmHeader, type Sight, type Step } from "./decode/mod.ts";
import type { Pixels } from "./pixels.ts";

/** What the thread is asked to do. */
export interface Job extends SharedPicture {
  readonly step: Step;
}

/** A picture in memory that both threads see, so that it is copied once and can be wiped. */
export interface SharedPicture {
  readonly width: number;
  readonly height: number;
  /** A whole PGM file, which zxing takes as it is: header and grey bytes. */
  readonly pgm: Uint8Array;
}

/** Copies a picture to where the thread can see it. */
export function share({ width, height, data }: Pixels): SharedPicture {
  const header = pgmHeader(width, height);
  const pgm = new Uint8Array(new SharedArrayBuffer(header.length + data.length));
  pgm.set(header);
  pgm.set(data, header.length);
  return { width, height, pgm };
}

/**
 * The decoders, in a thread of their own.
 *
 * They search synchronously and cannot be stopped from inside: a 4K picture full of finder patterns
 * keeps zxing busy for 20 seconds. A thread can be ended at any moment, and with it goes its memory,
 * which holds the picture and its text.
 */
export class DecoderWorker {
  readonly #worker: Worker;
  readonly #exit: Promise<never>;
  #pending: ((sight: Sight | undefined) => void) | undefined;

  /** Starts the thread; it loads its libraries while the picture is being decoded. */
  constructor() {
    this.#worker = new Worker(threadUrl("decoder_thread"), threadOptions());
    this.#worker.on("message", (sight: Sight | undefined) => this.#pending?.(sight));
    this.#exit = new Promise((_, reject) => {
      this.#worker.on("error", reject);
      this.#worker.on("exit", () => reject(new Error("the decoder thread has ended")));
    });
    this.#exit.catch(() => {}); // heard by whoever waits in look()
  }

  /** Takes one step on a picture. One call at a time. `undefined` if its decoder cannot run here. */
  look(picture: SharedPicture, step: Step): Promise<Sight | undefined> {
    const sight = new Promise<Sight | undefined>((resolve) => this.#pending = resolve);
    this.#worker.postMessage({ ...picture, step } satisfies Job);
    return Promise.race([sight, this.#exit]);
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
