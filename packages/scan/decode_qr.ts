import { FormatError } from "@otpsmith/core/errors";
import { arrange, type Arranged, withoutRepeats } from "./_arrange.ts";
import { type Answer, DecoderWorker, share } from "./_decoder_worker.ts";
import type { Decoder, FoundCode } from "./found_code.ts";
import type { Pixels } from "./pixels.ts";

/** What a search in pictures came to. */
export interface QrSearch {
  /** The codes in reading order, each text once. Empty if there are none. */
  readonly codes: readonly FoundCode[];
  /** Why a code that is there was not returned, if so. */
  readonly obstacle: "damaged" | "incomplete" | undefined;
}

/** The steps of the search, in order; each runs only if those before it found nothing. */
const LADDER: readonly Decoder[] = ["zxing", "zxing-denoise", "jsqr"];

// jsQR takes 0.13 to 0.19 s a megapixel. As a last attempt it is worth a second or two, which is a 4K
// screen; where it is all there is, it may use the whole time that the caller allows.
const JSQR_LAST_ATTEMPT_PIXELS = 3840 * 2160;

/**
 * Searches pictures for QR codes: dark on light and inverted, turned by any angle, several at once.
 *
 * The steps are zxing, zxing once more with noise removed, and jsQR, which also stands in where
 * WebAssembly cannot run. A read is accepted only if error correction was not used up: a damaged code
 * that just so decodes may decode to something else, and a wrong seed in a token is worse than none.
 * (jsQR does not tell how much it corrected, so it is not asked about codes that zxing gave up for
 * this reason.)
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
   * @throws The signal's reason, as soon as the signal fires; the decoder is closed then.
   * @throws {FormatError} `format/image` if the libraries fail.
   */
  async search(
    frames: readonly Pixels[],
    options: { readonly signal?: AbortSignal | undefined; readonly source?: string } = {},
  ): Promise<QrSearch> {
    const { signal, source = "the picture" } = options;
    signal?.throwIfAborted();
    const onAbort = (): void => void this.close();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#climb(frames);
    } catch (cause) {
      signal?.throwIfAborted();
      throw new FormatError("image", `Cannot search ${source}: the QR decoder failed`, {
        source,
        cause,
        next: "Crop the picture to the QR code and try again.",
      });
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Ends the search and gives the memory back. */
  async close(): Promise<void> {
    await this.#worker.close();
  }

  async #climb(frames: readonly Pixels[]): Promise<QrSearch> {
    let obstacle: QrSearch["obstacle"];
    let hasZxing = true;
    for (const decoder of LADDER) {
      const codes: FoundCode[] = [];
      for (const frame of frames) {
        if (decoder === "jsqr" && hasZxing) {
          if (obstacle !== undefined) continue;
          if (frame.width * frame.height > JSQR_LAST_ATTEMPT_PIXELS) continue;
        }
        const answer = await this.#read(frame, decoder);
        if ("unavailable" in answer) {
          hasZxing = false;
          continue;
        }
        const trusted = answer.symbols.filter((symbol) => !symbol.isWornOut);
        const arranged: Arranged = arrange(trusted, decoder);
        if (trusted.length < answer.symbols.length) obstacle = "damaged";
        else if (arranged.incomplete !== undefined) obstacle = "incomplete";
        codes.push(...arranged.codes);
      }
      if (codes.length > 0) return { codes: withoutRepeats(codes), obstacle };
    }
    return { codes: [], obstacle };
  }

  async #read(frame: Pixels, decoder: Decoder): Promise<Answer> {
    const shared = share(frame);
    try {
      return await this.#worker.read(shared, decoder);
    } finally {
      shared.pgm.fill(0);
    }
  }
}
