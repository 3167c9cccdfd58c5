import type { Corners, FoundCode } from "../found_code.ts";
import type { Pixels } from "../pixels.ts";
import { arrange, contradictions, type FoundSymbol, isSamePlace } from "./_arrange.ts";
import { isBelieved } from "./belief.ts";
import { LADDER, type Step, type StepName, takeStep } from "./ladder.ts";
import type { Rung, RungName, Sight } from "./rung.ts";

/** What a search in pictures came to. */
export interface QrSearch {
  /** The codes in reading order, each text once. Empty if there are none. */
  readonly codes: readonly FoundCode[];
  /** Why a code that is there was not returned, if so. */
  readonly obstacle: "damaged" | "incomplete" | undefined;
}

/** How far a search is. */
export interface SearchProgress {
  readonly step: StepName;
  /** Steps before this one, and all there are. */
  readonly done: number;
  readonly steps: number;
  /** Which frame is looked at, counted from 0, and how many there are. */
  readonly frame: number;
  readonly frames: number;
}

/** How {@linkcode climb} searches. */
export interface ClimbOptions {
  /** Asked between two looks; a search that has no more time gives what it has found. */
  readonly isOver?: () => boolean;
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
  /** The steps that are taken; all if left out. */
  readonly steps?: readonly Step[] | undefined;
}

/** Takes one step on one frame; `undefined` if its decoder cannot run here. */
export type Look = (frame: Pixels, step: Step) => Promise<Sight | undefined>;

/**
 * Searches pictures step by step: first all that always look, then one after the other until something is
 * found. A code that is seen and not believed keeps the search going as well.
 */
export async function climb(
  frames: readonly Pixels[],
  look: Look,
  options: ClimbOptions = {},
): Promise<QrSearch> {
  const { steps = LADDER } = options;
  const search = new Search();
  const isBlank = frames.map(isUniform);
  try {
    for (const [done, step] of steps.entries()) {
      if (!search.wants(step)) continue;
      for (const [frame, pixels] of frames.entries()) {
        if (options.isOver?.()) return search.end();
        if (isBlank[frame]) continue;
        if (!search.wantsPixels(pixels, step)) continue;
        options.onProgress?.({
          step: step.name,
          done,
          steps: steps.length,
          frame,
          frames: frames.length,
        });
        const sight = await look(pixels, step);
        if (sight) search.add(sight, { frame, step });
        else search.lacks(step);
      }
    }
    return search.end();
  } finally {
    search.wipe();
  }
}

/**
 * Searches pixels here and now, without a thread: for places that have their own, such as the worker of a
 * page.
 *
 * @example Search a white square
 * ```ts
 * import { jsqr, searchPixels } from "@otpsmith/scan/decode";
 *
 * const white = { width: 64, height: 64, data: new Uint8Array(64 * 64).fill(255) };
 * const { codes, obstacle } = await searchPixels([white], { rungs: [jsqr()] });
 * if (codes.length > 0 || obstacle) throw new Error("found something in nothing");
 * ```
 */
export function searchPixels(
  frames: readonly Pixels[],
  { rungs, ...options }: ClimbOptions & { readonly rungs: readonly Rung[] },
): Promise<QrSearch> {
  return climb(frames, (pixels, step) => takeStep(pixels, { step, rungs }), options);
}

/** The faintest code that any decoder here reads has so many levels between dark and light. */
const FAINTEST = 6;

/** Whether a picture shows nothing, as an empty page does: each step would look at it for nothing. */
function isUniform({ data }: Pixels): boolean {
  const [first = 0] = data;
  return data.every((level) => Math.abs(level - first) < FAINTEST / 2);
}

/** A place where a code was seen that is not believed. */
interface Doubt {
  readonly frame: number;
  readonly corners: Corners;
}

/** What has been found so far, and whether that is enough. */
class Search {
  readonly #symbols: FoundSymbol[] = [];
  readonly #doubts: Doubt[] = [];
  readonly #missing = new Set<RungName>();

  wants({ always, rung }: Step): boolean {
    if (always) return true;
    if (this.#missing.has(rung)) return false;
    const { codes, obstacle } = this.end();
    for (const { bytes } of codes) bytes.fill(0);
    return codes.length === 0 || obstacle !== undefined;
  }

  wantsPixels({ width, height }: Pixels, { mostPixels = Infinity }: Step): boolean {
    return width * height <= mostPixels || this.#missing.has("zxing");
  }

  add({ symbols, unreadable }: Sight, { frame, step }: { frame: number; step: Step }): void {
    for (const corners of unreadable) this.#doubts.push({ frame, corners });
    for (const symbol of symbols) {
      if (isBelieved(symbol)) this.#symbols.push({ ...symbol, frame, step: step.name });
      else {
        symbol.bytes.fill(0);
        this.#doubts.push({ frame, corners: symbol.corners });
      }
    }
  }

  lacks({ rung }: Step): void {
    this.#missing.add(rung);
  }

  end(): QrSearch {
    const wrong = contradictions(this.#symbols);
    const believed = this.#symbols.filter((symbol) => !wrong.has(symbol));
    const { codes, incomplete } = arrange(believed);
    const isOpen = (doubt: Doubt): boolean => !believed.some((code) => isSamePlace(code, doubt));
    const isDamaged = wrong.size > 0 || this.#doubts.some(isOpen);
    return {
      codes,
      obstacle: incomplete.length > 0 ? "incomplete" : isDamaged ? "damaged" : undefined,
    };
  }

  wipe(): void {
    for (const { bytes } of this.#symbols) bytes.fill(0);
  }
}
