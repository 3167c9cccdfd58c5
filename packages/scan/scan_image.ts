import { FormatError } from "@otpsmith/core/errors";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { decodeImage } from "./decode_image.ts";
import { QrDecoder } from "./decode_qr.ts";
import type { QrSearch, SearchProgress } from "./decode/mod.ts";
import type { FoundCode } from "./found_code.ts";
import type { Pixels } from "./pixels.ts";

/** How {@linkcode scanImage} searches. */
export interface ScanImageOptions {
  /** What the picture is called in messages: a file name, "standard input". */
  readonly source: string;
  /** Stops the search at once; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long to search at most, in milliseconds; 30 seconds if left out. */
  readonly deadlineMs?: number | undefined;
  /** What the deadline is measured with; the computer's clock if left out. */
  readonly time?: TimeSource | undefined;
  /** Told before each step. */
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
}

type Miss = readonly [state: string, next: string];

const MISSES: { readonly [Obstacle in NonNullable<QrSearch["obstacle"]> | "none"]: Miss } = {
  none: [
    "the picture shows none that can be read",
    "Take the screenshot again with the whole code in view, sharp and not covered.",
  ],
  damaged: [
    "too much of the one in it is covered or damaged to be sure of what it says",
    "Take the screenshot again with nothing in front of the code.",
  ],
  incomplete: [
    "its text is split over several codes, and some of them are missing",
    "Take one picture that shows all of them.",
  ],
};

/**
 * Finds the QR codes in the bytes of a PNG, JPEG, WebP, GIF or BMP picture: all that are in it, in
 * reading order. Choosing among several is left to the person.
 *
 * Transparent pictures are searched on white and, if that shows nothing, on black. Pixels are
 * overwritten after use and never written to disk; nothing is loaded from the network.
 *
 * @returns At least one code. Overwrite the bytes of each after use.
 *
 * @throws {FormatError} `format/no-code` if there is no code, or none that can be trusted, or the time
 * is over; `format/image` and `format/file` as {@linkcode decodeImage}.
 *
 * @example Say what is missing
 * ```ts
 * import { scanImage } from "@otpsmith/scan";
 * import { isProjectError } from "@otpsmith/core";
 *
 * const blank = Uint8Array.from(
 *   atob("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="),
 *   (character) => character.charCodeAt(0),
 * );
 * const error = await scanImage(blank, { source: "blank.gif" }).catch((reason: unknown) => reason);
 * if (!isProjectError(error) || error.code !== "format/no-code") throw error;
 * ```
 */
export async function scanImage(
  bytes: Uint8Array,
  options: ScanImageOptions,
): Promise<readonly FoundCode[]> {
  const { source, signal, deadlineMs = 30_000, time = systemTime, onProgress } = options;
  signal?.throwIfAborted();
  const deadline = new AbortController();
  const done = new AbortController();
  const tooLong = noCode(source, [
    `nothing was found in ${deadlineMs / 1000} seconds`,
    "Crop the picture to the QR code.",
  ]);
  time.sleep(deadlineMs, done.signal).then(() => deadline.abort(tooLong), () => {});
  try {
    return await search(bytes, { source, signal, deadline: deadline.signal, onProgress });
  } finally {
    done.abort();
  }
}

interface Search {
  readonly source: string;
  readonly signal: AbortSignal | undefined;
  readonly deadline: AbortSignal;
  readonly onProgress: ((progress: SearchProgress) => void) | undefined;
}

async function search(bytes: Uint8Array, options: Search): Promise<readonly FoundCode[]> {
  const { source } = options;
  const decoder = new QrDecoder(); // starts while the picture is being decoded
  const used: Pixels[] = [];
  try {
    const onWhite = await decodeImage(bytes, { source });
    used.push(...onWhite);
    const first = await decoder.search(onWhite, options);
    if (first.codes.length > 0) return first.codes;

    const onBlack = await decodeImage(bytes, { source, background: "black" });
    used.push(...onBlack);
    const isOpaque = onBlack.every(({ data }, i) => Buffer.compare(data, onWhite[i]!.data) === 0);
    const second = isOpaque ? first : await decoder.search(onBlack, options);
    if (second.codes.length > 0) return second.codes;
    throw noCode(source, MISSES[second.obstacle ?? first.obstacle ?? "none"]);
  } finally {
    await decoder.close();
    for (const { data } of used) data.fill(0);
  }
}

function noCode(source: string, [state, next]: Miss): FormatError {
  return new FormatError("no-code", `Cannot find a QR code in ${source}: ${state}`, {
    source,
    next,
  });
}
