import { greyOf } from "@otpsmith/qr";
import type { Corners, FoundCode } from "../found_code.ts";
import type { Pixels } from "../pixels.ts";
import { overwrite } from "../_overwrite.ts";
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
  /** Where the grey of a picture is put, for whoever wants to share it with threads. */
  readonly newMemory?: ((bytes: number) => Uint8Array) | undefined;
}

/**
 * Takes one step on one frame, which comes in grey unless the step needs its colours; `undefined` if its
 * decoder cannot run here. Steps that always look are taken at the same time: who has a thread for each rung
 * is done when the slowest is.
 */
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
  const grey = new GreyFrame(options);
  try {
    for (const stage of stagesOf(steps)) {
      if (!stage.some((step) => search.wants(step))) continue;
      for (const [frame, pixels] of frames.entries()) {
        if (options.isOver?.()) return search.end();
        if (isBlank[frame]) continue;
        const taken = stage.filter((step) => search.wantsPixels(pixels, step));
        for (const step of taken) {
          const [done, name] = [steps.indexOf(step), step.name];
          const extent = { steps: steps.length, frame, frames: frames.length };
          options.onProgress?.({ step: name, done, ...extent });
        }
        const sights = await allOf(
          taken.map((step) => look(step.needsColours ? pixels : grey.of(pixels), step)),
        );
        for (const [i, step] of taken.entries()) {
          const sight = sights[i];
          if (sight) search.add(sight, { frame, step });
          else search.lacks(step);
        }
      }
    }
    return search.end();
  } finally {
    grey.wipe();
    search.wipe();
  }
}

/** Steps that are taken together: those that always look, then each of the others by itself. */
function stagesOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const rest = steps.filter(({ always }) => !always);
  return [steps.filter(({ always }) => always), ...rest.map((step) => [step])];
}

/** Waits for all, whether they fail or not, and fails if one has. */
async function allOf<T>(looks: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(looks);
  return await Promise.all(looks);
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
function isUniform(pixels: Pixels): boolean {
  const { data } = pixels;
  const isGrey = bytesPerPixel(pixels) === 1;
  const isNear = (at: number, first: number): boolean =>
    Math.abs(data[at]! - data[first]!) < FAINTEST / 2;
  // Four bytes at once as long as they are equal, which most of a screen is.
  const words = data.byteOffset % 4 === 0
    ? new Uint32Array(data.buffer, data.byteOffset, data.length >> 2)
    : new Uint32Array();
  let equal = 0;
  while (equal < words.length && words[equal] === words[0]) equal++;
  for (let at = 4 * equal; at < data.length; at++) {
    if (isGrey ? !isNear(at, 0) : at % 4 < 3 && !isNear(at, at % 4)) return false;
  }
  return true;
}

function bytesPerPixel({ width, height, data }: Pixels): number {
  return width * height === 0 ? 1 : data.length / (width * height);
}

/** The frame at hand in grey, made once for all steps. */
class GreyFrame {
  readonly #newMemory: NonNullable<ClimbOptions["newMemory"]>;
  #frame: Pixels | undefined;
  #grey: Pixels | undefined;

  constructor({ newMemory = (bytes) => new Uint8Array(bytes) }: ClimbOptions) {
    this.#newMemory = newMemory;
  }

  of(frame: Pixels): Pixels {
    if (bytesPerPixel(frame) === 1) return frame;
    if (frame !== this.#frame) {
      this.wipe();
      const { width, height } = frame;
      const into = this.#newMemory(width * height);
      this.#grey = { width, height, data: greyOf(frame, { into }) };
      this.#frame = frame;
    }
    return this.#grey!;
  }

  wipe(): void {
    if (this.#grey) overwrite(this.#grey.data);
    this.#frame = this.#grey = undefined;
  }
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

  wantsPixels(pixels: Pixels, { mostPixels = Infinity, needsColours = false }: Step): boolean {
    if (needsColours && bytesPerPixel(pixels) === 1) return false;
    return pixels.width * pixels.height <= mostPixels || this.#missing.has("zxing");
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
