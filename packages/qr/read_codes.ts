import { decodeCandidate } from "./decode_candidate.ts";
import {
  type Candidate,
  candidateOf,
  looksTimed,
  refinements,
  sampleMiddles,
  type Square,
  squaresOf,
} from "./grid/mod.ts";
import { type Finder, locateFinders } from "./locate/mod.ts";
import {
  CHANNELS,
  closeGaps,
  type Gap,
  LUMA,
  type Pixels,
  Raster,
  type Weights,
} from "./picture/mod.ts";
import type { QrCode } from "./qr_code.ts";
import type { AcceptOptions } from "./read_modules.ts";

/** Options of {@link readCodes}. */
export interface ReadOptions extends AcceptOptions {
  /** The search ends after so many codes; all of them if left out. */
  readonly most?: number;
}

/** What is in a picture. */
export interface Reading {
  /** The codes, in the order in which they were found. */
  readonly codes: readonly QrCode[];
  /**
   * What looks like a finder pattern and belongs to none of the codes: there may be another code that could not be read.
   * Three for a whole one, and now and then some that the modules of a code make by chance.
   */
  readonly unexplained: number;
}

/** How a picture is looked at. */
interface Pass {
  readonly weights: Weights;
  readonly least: number;
}

/** Sharp pictures first; ever larger steps of brightness where compression left patterns of its own. */
const PASSES: readonly Pass[] = [5, 20, 60].map((least) => ({ weights: LUMA, least }));
/** Two colours may be equally bright. */
const COLOUR_PASSES: readonly Pass[] = CHANNELS.map((weights) => ({ weights, least: 5 }));
/** Lines between the rows of a terminal, and of one with twice the pixels. */
const GAPS: readonly { readonly gap: Gap; readonly width: number }[] = [2, 4].flatMap((width) =>
  (["dark", "light"] as const).map((gap) => ({ gap, width }))
);
/** A code in a terminal has three finder patterns that are no such from above; two are enough. */
const LEAST_STACKS = 2;
/**
 * Modules that may be looked at, decoded and refined in one pass: pictures made to keep the search busy end here. Sixteen
 * codes of a usual size have 50,000.
 */
const MOST_MODULES = 2_000_000, MOST_DECODED = 400_000, MOST_REFINED = 80_000;

/**
 * Reads the codes that stand upright in a picture of a screen: turned by quarters, mirrored, stretched, light on
 * dark, faint, with a finder pattern or other parts covered. Codes at other angles are not found.
 *
 * @throws {RangeError} if the data has neither one nor four bytes a pixel.
 */
export function readCodes(pixels: Pixels, options: ReadOptions = {}): Reading {
  const search = new Search(pixels, options);
  for (const pass of PASSES) if (search.run(pass)) return search.reading;
  if (search.reading.codes.length === 0) {
    for (const pass of COLOUR_PASSES) if (search.run(pass)) return search.reading;
    if (search.stacks >= LEAST_STACKS) {
      const raster = new Raster(pixels);
      for (const gap of GAPS) {
        const closed = new Raster(closeGaps(raster, gap));
        if (search.look(closed, 20)) break;
      }
    }
  }
  return search.reading;
}

class Search {
  readonly #pixels: Pixels;
  readonly #options: ReadOptions;
  readonly #codes: QrCode[] = [];
  /** Those of the first look: later ones see finder patterns that are none. */
  #finders: readonly Finder[] | undefined;
  #modules = 0;
  #decoded = 0;
  #refined = 0;
  /** The most places in a look where rows below each other are like a finder pattern, and columns are not. */
  stacks = 0;

  constructor(pixels: Pixels, options: ReadOptions) {
    this.#pixels = pixels;
    this.#options = options;
  }

  get reading(): Reading {
    const left = (this.#finders ?? []).filter((finder) => !this.#isExplained(finder));
    return { codes: this.#codes, unexplained: left.length };
  }

  /** Looks once. Returns whether nothing is left to be found. */
  run({ weights, least }: Pass): boolean {
    const raster = new Raster(this.#pixels, weights);
    return (weights !== LUMA && !raster.hasColours) || this.look(raster, least);
  }

  /** Looks at a picture that was made from the one in question. */
  look(raster: Raster, least: number): boolean {
    const { most = Infinity } = this.#options;
    this.#modules = this.#decoded = this.#refined = 0;
    const { finders: found, stacks } = locateFinders(raster, { least });
    this.stacks = Math.max(this.stacks, stacks);
    this.#finders ??= found;
    let left = found.filter((finder) => !this.#isExplained(finder));
    const squares = squaresOf(left);
    const missed: Candidate[] = [];
    for (const corners of [3, 2]) {
      const stage = squares.filter(({ finders }) =>
        corners === 3 ? finders.length >= 3 : finders.length === 2
      );
      for (const candidate of this.#candidates(raster, stage, left)) {
        if (candidate.square.finders.some((finder) => !left.includes(finder))) continue;
        const code = this.#decode(raster, candidate);
        if (!code) {
          missed.push(candidate);
          continue;
        }
        this.#codes.push(code);
        if (this.#codes.length >= most) return true;
        left = left.filter((finder) => !this.#isExplained(finder));
      }
    }
    // Print has finder patterns by chance, but they are no squares with a timing pattern.
    const isOpen = ({ square }: Candidate): boolean =>
      square.finders.every((finder) => left.includes(finder));
    return this.#codes.length > 0 && !missed.some(isOpen);
  }

  #isExplained({ x, y }: Finder): boolean {
    return this.#codes.some(({ corners }) => {
      const xs = corners.map((corner) => corner.x), ys = corners.map((corner) => corner.y);
      return x > Math.min(...xs) && x < Math.max(...xs) && y > Math.min(...ys) &&
        y < Math.max(...ys);
    });
  }

  /** The squares that look like codes, likeliest first. */
  #candidates(
    raster: Raster,
    squares: readonly Square[],
    left: readonly Finder[],
  ): readonly Candidate[] {
    const candidates = [];
    for (const square of squares) {
      if (square.finders.some((finder) => !left.includes(finder))) continue;
      if (!looksTimed(raster, square)) continue;
      this.#modules += square.size * square.size;
      if (this.#modules > MOST_MODULES) break;
      const candidate = candidateOf(square, sampleMiddles(raster, square));
      if (candidate.turns.length > 0) candidates.push(candidate);
    }
    return candidates.sort((a, b) => a.wrong - b.wrong);
  }

  #decode(raster: Raster, candidate: Candidate): QrCode | undefined {
    const modules = candidate.dark.length;
    this.#decoded += modules;
    if (this.#decoded > MOST_DECODED) return undefined;
    const code = decodeCandidate(candidate, this.#options);
    if (code) return code;
    this.#refined += modules;
    if (this.#refined > MOST_REFINED) return undefined;
    for (const refined of refinements(raster, candidate)) {
      const code = decodeCandidate(refined, this.#options);
      if (code) return code;
    }
    return undefined;
  }
}
