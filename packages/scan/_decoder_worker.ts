import { Worker } from "node:worker_threads";
import { threadOptions, threadUrl } from "./_thread.ts";
import type { Pixels, Sight, Step } from "./decode/mod.ts";

/** What the thread is asked to do. */
export interface Job {
  readonly pixels: Pixels;
  readonly step: Step;
}

/**
 * Decoders in a thread of their own.
 *
 * They search synchronously and cannot be stopped from inside: a 4K picture full of finder patterns
 * keeps zxing busy for 20 seconds. A thread can be ended at any moment, and with it goes its memory,
 * which holds the picture and its text.
 */
export class DecoderWorker {
  readonly #worker: Worker;
  readonly #exit: Promise<never>;
  #pending: ((sight: Sight | undefined) => void) | undefined;
  #last: Promise<unknown> = Promise.resolve();

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

  /**
   * Takes one step on a picture, after those that were asked for before. `undefined` if its decoder cannot run here.
   *
   * @param pixels in shared memory, or they are copied
   */
  look(pixels: Pixels, step: Step): Promise<Sight | undefined> {
    const sight = this.#last.then(() =>
      new Promise<Sight | undefined>((resolve) => {
        this.#pending = resolve;
        this.#worker.postMessage({ pixels, step } satisfies Job);
      })
    );
    this.#last = sight;
    return Promise.race([sight, this.#exit]);
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
