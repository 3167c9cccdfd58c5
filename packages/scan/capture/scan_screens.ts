import { createHash } from "node:crypto";
import { FormatError } from "@otpsmith/core/errors";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { overwrite } from "../_overwrite.ts";
import { QrDecoder } from "../decode_qr.ts";
import { LADDER, type Step } from "../decode/mod.ts";
import type { FoundCode, Point } from "../found_code.ts";
import type { Pixels } from "../pixels.ts";
import { captureError } from "./_errors.ts";
import type { Capture, Capturer, CaptureRequest } from "./capture.ts";

/** Where a code was seen. */
export interface Sighting {
  /** A monitor, or a window on its own. */
  readonly kind: "monitor" | "window";
  /** Number of the monitor, counted from 1, or of the window, as `0x1400003`. */
  readonly id: string;
  /** The monitor's name, or the window's title. */
  readonly name: string;
  /** On a monitor: title of the window that lies there, where the system tells. */
  readonly inWindow?: string | undefined;
  /** Pixels from the left edge of the monitor or window. */
  readonly x: number;
  /** Pixels from its upper edge. */
  readonly y: number;
  /** How many pixels the code is wide. */
  readonly width: number;
  /** How many it is high. */
  readonly height: number;
}

/** A code that screens show. */
export interface SeenCode {
  /** Its text in UTF-8. May be a seed: overwrite it (`bytes.fill(0)`) after use. */
  readonly bytes: Uint8Array;
  /** All places where it is, at least one. */
  readonly seen: readonly Sighting[];
  /** How many codewords were taken as unknown where least of it is covered. */
  readonly erasures: number;
}

/** What screens show. */
export interface SeenCodes {
  /** Each text once. */
  readonly codes: readonly SeenCode[];
  /** What a person has to know. */
  readonly notes: readonly string[];
}

/** How {@linkcode scanScreens} searches. */
export interface ScanScreensOptions extends CaptureRequest {
  /** Stops at once; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What time is measured with; the computer's clock if left out. */
  readonly time?: TimeSource | undefined;
}

/** How {@linkcode watchScreens} waits. */
export interface WatchScreensOptions extends ScanScreensOptions {
  /** How long to wait at most, in milliseconds; for ever if left out. */
  readonly timeoutMs?: number | undefined;
  /** Told after each look without a code: how many there have been. */
  readonly onLook?: ((looks: number) => void) | undefined;
}

/** How long a search may take: of one picture with the quick steps, of all with all others. */
const SEARCH_MS = 20_000;
/** How long a watch rests between two looks. */
const REST_MS = 500;

/**
 * Looks once at all screens and windows, or at those that were asked for, and reads the codes there.
 *
 * @returns At least one code. Overwrite the bytes of each after use.
 * @throws {FormatError} `format/no-code` if there is none; see {@linkcode openCapturer} for the others.
 */
export async function scanScreens(
  capturer: Capturer,
  options: ScanScreensOptions,
): Promise<SeenCodes> {
  const search = new ScreenSearch(capturer, options);
  try {
    const found = await search.look("whole");
    if (found.codes.length > 0) return found;
    throw new FormatError(
      "no-code",
      "Cannot find a QR code on the screen: none that can be read is shown",
      {
        source: "the screen",
        next: found.notes.at(-1) ??
          "Show the whole code, sharp and with nothing in front of it; --watch waits for it.",
      },
    );
  } finally {
    await search.close();
  }
}

/**
 * Looks again and again until there is a code. Pictures that have not changed are not searched again.
 *
 * @returns `undefined` if the time is over. Overwrite the bytes of each code after use.
 * @throws {FormatError} as {@linkcode scanScreens}; `format/screen` where nobody can look unasked.
 */
export async function watchScreens(
  capturer: Capturer,
  options: WatchScreensOptions,
): Promise<SeenCodes | undefined> {
  const { signal, time = systemTime, timeoutMs = Infinity, onLook } = options;
  if (!capturer.canWatch) {
    throw captureError("screen", {
      state: "this desktop can be asked for one picture, but not for one after the other",
      next: "Show the code, and leave --watch out.",
    });
  }
  const end = time.now() + timeoutMs;
  const search = new ScreenSearch(capturer, options);
  try {
    for (let looks = 1;; looks++) {
      const found = await search.look("quick");
      if (found.codes.length > 0) return found;
      onLook?.(looks);
      if (time.now() + REST_MS > end) return undefined;
      await time.sleep(REST_MS, signal);
    }
  } finally {
    await search.close();
  }
}

/** Sharp codes need no more than this; it is quick enough for every change of a screen. */
const QUICK = LADDER.slice(0, 1 + LADDER.findIndex(({ name }) => name === "zxing-denoise"));

type Depth = "quick" | "whole";

class ScreenSearch {
  readonly #capturer: Capturer;
  readonly #options: ScanScreensOptions;
  #decoder: QrDecoder | undefined;
  /** Digests of pictures without a code, by what they show, and how far they were searched. */
  #empty = new Map<string, { readonly digest: string; readonly depth: Depth }>();

  constructor(capturer: Capturer, options: ScanScreensOptions) {
    this.#capturer = capturer;
    this.#options = options;
  }

  /**
   * Looks once. The whole ladder takes seconds, so it is climbed where the quick steps have found
   * nothing: at once (`whole`), or on pictures that have not changed since the last look.
   */
  async look(depth: Depth): Promise<SeenCodes> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const { captures, notes } = await this.#capturer.capture(this.#options);
    const codes = new Codes();
    try {
      const known = captures.map((capture) => this.#known(capture));
      const fresh = captures.filter((_, i) => known[i] === undefined);
      for (const capture of fresh) await this.#search([capture], { codes, steps: QUICK });
      const still = captures.filter((_, i) => known[i] === "quick");
      const rest = depth === "whole" ? [...fresh, ...still] : still;
      if (codes.list.length === 0 && rest.length > 0) await this.#search(rest, { codes });
      this.#empty = new Map(
        codes.list.length > 0 ? [] : captures.map((capture) => [
          keyOf(capture),
          {
            digest: digestOf(capture.pixels),
            depth: rest.includes(capture) || this.#known(capture) === "whole" ? "whole" : "quick",
          },
        ]),
      );
      return { codes: codes.list, notes };
    } catch (error) {
      for (const { bytes } of codes.list) bytes.fill(0);
      throw error;
    } finally {
      for (const { pixels } of captures) overwrite(pixels.data);
    }
  }

  async close(): Promise<void> {
    await this.#decoder?.close();
  }

  /** How far this very picture was searched before, in vain. */
  #known(capture: Capture): Depth | undefined {
    const empty = this.#empty.get(keyOf(capture));
    return empty?.digest === digestOf(capture.pixels) ? empty.depth : undefined;
  }

  /** What takes too long is given up, and the rest is searched all the same. */
  async #search(
    captures: readonly Capture[],
    { codes, steps }: { readonly codes: Codes; readonly steps?: readonly Step[] },
  ): Promise<void> {
    const { signal, time = systemTime } = this.#options;
    const decoder = this.#decoder ??= new QrDecoder();
    const deadline = new AbortController();
    const done = new AbortController();
    time.sleep(SEARCH_MS, done.signal).then(() => deadline.abort(), () => {});
    try {
      const frames = captures.map(({ pixels }) => pixels);
      const options = { source: "the screen", signal, deadline: deadline.signal, steps };
      const found = await decoder.search(frames, options);
      for (const code of found.codes) {
        codes.add(code, this.#place(captures[code.frame]!, code.corners));
      }
    } catch (error) {
      if (!deadline.signal.aborted || signal?.aborted) throw error;
    } finally {
      if (deadline.signal.aborted) this.#decoder = undefined; // it is closed
      done.abort();
    }
  }

  #place({ target, pixels }: Capture, corners: readonly Point[]): Sighting {
    const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const { kind, id, name } = target;
    const scale = { x: target.width / pixels.width, y: target.height / pixels.height };
    const middle = {
      x: (left + Math.max(...xs)) / 2 * scale.x,
      y: (top + Math.max(...ys)) / 2 * scale.y,
    };
    const inWindow = kind === "monitor" ? this.#capturer.windowAt(target, middle) : undefined;
    return {
      kind,
      id,
      name,
      ...(inWindow === undefined ? {} : { inWindow }),
      x: Math.round(left),
      y: Math.round(top),
      width: Math.round(Math.max(...xs) - left),
      height: Math.round(Math.max(...ys) - top),
    };
  }
}

/** Codes that were found so far, each text once. */
class Codes {
  readonly list: { readonly bytes: Uint8Array; readonly seen: Sighting[]; erasures: number }[] = [];

  add({ bytes, erasures }: FoundCode, sighting: Sighting): void {
    const same = this.list.find((code) => Buffer.compare(code.bytes, bytes) === 0);
    if (!same) {
      this.list.push({ bytes, seen: [sighting], erasures });
      return;
    }
    same.erasures = Math.min(same.erasures, erasures);
    same.seen.push(sighting);
    bytes.fill(0);
  }
}

function keyOf({ target }: Capture): string {
  return `${target.kind} ${target.id}`;
}

function digestOf({ width, height, data }: Pixels): string {
  return createHash("sha256").update(`${width} ${height} `).update(data).digest("base64");
}
