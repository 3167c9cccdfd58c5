import { FormatError } from "@otpsmith/core/errors";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { type DecodedImage, decodeFrames, type DecodeImageOptions } from "./decode_image.ts";
import { QrDecoder } from "./decode_qr.ts";
import { LADDER, type QrSearch, type SearchProgress, type Step } from "./decode/mod.ts";
import type { FoundCode } from "./found_code.ts";
import type { Pixels } from "./pixels.ts";
import { sniff } from "./sniff.ts";

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
 * Finds the QR codes in the bytes of a picture ({@linkcode decodeImage} says which): all that are in it,
 * frame by frame or page by page, in reading order. Choosing among several is left to the person.
 *
 * Where nothing is seen, it is looked at in other ways: on black, pages and drawings at a larger scale.
 * Pixels are overwritten after use and never written to disk; nothing is loaded from the
 * network.
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
  let first: DecodedImage | undefined;
  let obstacle: QrSearch["obstacle"];
  try {
    for (const { steps, ...view } of viewsOf(bytes)) {
      const image = await inTime(bytes, { ...options, ...view });
      try {
        if (first && isSame(image, first)) continue;
        first ??= image;
        const found = await decoder.search(image.frames, { ...options, steps });
        if (found.codes.length > 0) return found.codes;
        obstacle ??= found.obstacle;
      } finally {
        if (image !== first) wipe(image);
      }
    }
    throw noCode(source, missOf(first!, obstacle));
  } finally {
    await decoder.close();
    if (first) wipe(first);
  }
}

interface View extends Pick<DecodeImageOptions, "background" | "scale"> {
  readonly steps?: readonly Step[];
}

const QUICK = LADDER.filter(({ always }) => always);

/**
 * How a picture is looked at, until something is found: small codes on a page or in a drawing at twice the
 * size, and white things on nothing on black.
 */
function viewsOf(bytes: Uint8Array): readonly View[] {
  const larger: View = { scale: 2.5, steps: QUICK };
  const type = sniff(bytes);
  if (type === "pdf") return [{}, larger];
  return [{}, { background: "black" }, ...type === "svg" ? [larger] : []];
}

/** Decodes a picture; what cannot be stopped is no longer waited for. */
async function inTime(
  bytes: Uint8Array,
  { source, signal, deadline, ...view }: Search & View,
): Promise<DecodedImage> {
  const stop = AbortSignal.any([deadline, ...signal ? [signal] : []]);
  stop.throwIfAborted();
  const decoding = decodeFrames(bytes, { source, signal: stop, ...view });
  let onAbort = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(stop.reason);
    stop.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([decoding, stopped]);
  } catch (error) {
    decoding.then(wipe, () => undefined);
    throw error;
  } finally {
    stop.removeEventListener("abort", onAbort);
  }
}

function isSame(image: DecodedImage, first: DecodedImage): boolean {
  return image.frames.every(({ data }, i) => {
    const other = first.frames[i]?.data;
    return other !== undefined && Buffer.compare(bytesOf(data), bytesOf(other)) === 0;
  });
}

function bytesOf({ buffer, byteOffset, length }: Pixels["data"]): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

function wipe({ frames }: DecodedImage): void {
  for (const { data } of frames) data.fill(0);
}

/** What was searched in vain; of many pages perhaps not all. */
function missOf({ frames, total }: DecodedImage, obstacle: QrSearch["obstacle"]): Miss {
  const [state, next] = MISSES[obstacle ?? "none"];
  if (frames.length === total) return [state, next];
  return [
    `its first ${frames.length} of ${total} pages show none that can be read`,
    "Save the page with the code as a file of its own.",
  ];
}

function noCode(source: string, [state, next]: Miss): FormatError {
  return new FormatError("no-code", `Cannot find a QR code in ${source}: ${state}`, {
    source,
    next,
  });
}
