import { Worker } from "node:worker_threads";
import { FormatError } from "@otpsmith/core/errors";
import { threadOptions, threadUrl } from "./_thread.ts";
import type { DecodedImage, DecodeImageOptions } from "./decode_image.ts";
import type { PdfAnswer, PdfJob } from "./pdf_thread.ts";

const NEXT = "Open it, take a screenshot of the QR code, and use that.";

const REFUSALS: { readonly [Code: string]: string } = {
  password: "is locked with a password",
  empty: "has no pages",
  library: "cannot be rendered here: the PDF decoder does not start",
  damaged: "is cut off or damaged",
};

/**
 * Renders the pages of a PDF file to grey, at 144 pixels an inch. At most 100 of them, fewer if they are
 * large.
 *
 * pdfium runs in a thread of its own, which the signal ends at once; its memory, which holds the pages,
 * goes with it. It has no access to files or to a network, and runs no scripts.
 *
 * @throws {FormatError} `format/image` if it is damaged, locked or empty.
 */
export async function decodePdf(
  bytes: Uint8Array,
  { source, scale = 1, signal }: DecodeImageOptions,
): Promise<DecodedImage> {
  signal?.throwIfAborted();
  const thread = new Worker(threadUrl("pdf_thread"), threadOptions());
  const onAbort = (): void => void thread.terminate();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const copy = bytes.slice();
    const answer = await new Promise<PdfAnswer>((resolve, reject) => {
      thread.once("message", resolve);
      thread.once("error", reject);
      thread.once("exit", () => reject(new Error("the PDF thread has ended")));
      thread.postMessage({ bytes: copy, scale } satisfies PdfJob, [copy.buffer]);
    });
    if (!("refused" in answer)) return answer;
    throw refusal(answer.refused, source);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof FormatError) throw cause;
    throw refusal("damaged", source, cause);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await thread.terminate();
  }
}

function refusal(code: string, source: string, cause?: unknown): FormatError {
  const state = REFUSALS[code] ?? REFUSALS["damaged"];
  return new FormatError("image", `Cannot read ${source}: the PDF file ${state}`, {
    source,
    cause,
    next: NEXT,
  });
}
