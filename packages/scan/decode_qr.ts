import { FormatError } from "@otpsmith/core/errors";
import { DecoderWorker, share } from "./_decoder_worker.ts";
import { climb, type QrSearch, type SearchProgress, type Sight, type Step } from "./decode/mod.ts";
import type { Pixels } from "./pixels.ts";

/** How {@linkcode QrDecoder.search} searches. */
export interface SearchOptions {
  /** Ends the search at once, in the middle of a look. */
  readonly signal?: AbortSignal | undefined;
  /** Ends it at once as well; what was found until then is the result, if there is anything. */
  readonly deadline?: AbortSignal | undefined;
  /** What the picture is called in messages. */
  readonly source?: string;
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
  /** The steps that are taken; all of {@linkcode LADDER} if left out. */
  readonly steps?: readonly Step[] | undefined;
}

/**
 * Searches pictures for QR codes: dark on light and inverted, turned by any angle, several at once. The
 * steps are those of {@linkcode LADDER}.
 *
 * The libraries run in a thread of their own, which `close` ends at once, whatever it is doing.
 *
 * @example Search a white square
 * ```ts
 * import { QrDecoder } from "@otpsmith/scan";
 *
 * const decoder = new QrDecoder();
 * try {
 *   const data = new Uint8Array(64 * 64).fill(255);
 *   const { codes } = await decoder.search([{ width: 64, height: 64, data }]);
 *   if (codes.length !== 0) throw new Error("found a code in nothing");
 * } finally {
 *   await decoder.close();
 * }
 * ```
 */
export class QrDecoder {
  readonly #worker = new DecoderWorker();

  /**
   * Searches the frames of a picture. Not for several calls at once.
   *
   * @throws The signal's reason, as soon as it fires, or the deadline's, if nothing was found; the
   * decoder is closed then.
   * @throws {FormatError} `format/image` if the libraries fail.
   */
  async search(frames: readonly Pixels[], options: SearchOptions = {}): Promise<QrSearch> {
    const { signal, deadline, source = "the picture", onProgress, steps } = options;
    signal?.throwIfAborted();
    deadline?.throwIfAborted();
    const onAbort = (): void => void this.close();
    const ends = [signal, deadline].filter((end) => end !== undefined);
    for (const end of ends) end.addEventListener("abort", onAbort, { once: true });
    const isOver = (): boolean => deadline?.aborted === true;
    try {
      const search = await climb(frames, (frame, step) => this.#look(frame, step, isOver), {
        onProgress,
        isOver,
        steps,
      });
      if (search.codes.length === 0) deadline?.throwIfAborted();
      return search;
    } catch (cause) {
      for (const end of ends) end.throwIfAborted();
      throw new FormatError("image", `Cannot search ${source}: the QR decoder failed`, {
        source,
        cause,
        next: "Crop the picture to the QR code and try again.",
      });
    } finally {
      for (const end of ends) end.removeEventListener("abort", onAbort);
    }
  }

  /** Ends the search and gives the memory back. */
  async close(): Promise<void> {
    await this.#worker.close();
  }

  async #look(frame: Pixels, step: Step, isOver: () => boolean): Promise<Sight | undefined> {
    const shared = share(frame);
    try {
      return await this.#worker.look(shared, step);
    } catch (error) {
      if (isOver()) return undefined; // ended by the deadline: what was found before counts
      throw error;
    } finally {
      shared.pgm.fill(0);
    }
  }
}
