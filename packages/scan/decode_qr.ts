import { FormatError } from "@otpsmith/core/errors";
import { overwrite } from "./_overwrite.ts";
import { DecoderWorker } from "./_decoder_worker.ts";
import { climb, type Look, type QrSearch, type SearchProgress, type Step } from "./decode/mod.ts";
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
 * The decoders run in two threads of their own, which `close` ends at once, whatever they are doing: the
 * decoder for screens in one, the libraries in the other, so that both look at the same time.
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
  readonly #screen = new DecoderWorker();
  readonly #libraries = new DecoderWorker();
  readonly #grey = new SharedMemory();
  readonly #shared = new SharedMemory();

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
    const look: Look = async (frame, step) => {
      const worker = step.rung === "screen" ? this.#screen : this.#libraries;
      try {
        return await worker.look(this.#shared.of(frame), step);
      } catch (error) {
        if (isOver()) return undefined; // ended by the deadline: what was found before counts
        throw error;
      }
    };
    try {
      const search = await climb(frames, look, {
        onProgress,
        isOver,
        steps,
        newMemory: this.#grey.take,
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
      this.#shared.wipe();
      for (const end of ends) end.removeEventListener("abort", onAbort);
    }
  }

  /** Ends the search and gives the memory back. */
  async close(): Promise<void> {
    await Promise.all([this.#screen.close(), this.#libraries.close()]);
  }
}

/** Memory that all threads see. What is large lies in it once, is used again, and can be wiped. */
class SharedMemory {
  #memory = new SharedArrayBuffer(0);
  #frame: Pixels | undefined;
  #copy: Pixels | undefined;

  /** Takes all of it for other bytes than before. */
  readonly take = (bytes: number): Uint8Array => {
    this.wipe();
    if (this.#memory.byteLength < bytes) {
      this.#memory = new SharedArrayBuffer(Math.ceil(bytes / 4) * 4);
    }
    return new Uint8Array(this.#memory, 0, bytes);
  };

  /** A frame that lies here, or is copied to here. */
  of(frame: Pixels): Pixels {
    const { width, height, data } = frame;
    if (data.buffer instanceof SharedArrayBuffer) return frame;
    if (frame !== this.#frame) {
      const copy = this.take(data.length);
      copy.set(data);
      [this.#frame, this.#copy] = [frame, { width, height, data: copy }];
    }
    return this.#copy!;
  }

  wipe(): void {
    overwrite(new Uint8Array(this.#memory));
    this.#frame = this.#copy = undefined;
  }
}
