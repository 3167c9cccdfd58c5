import { layoutOfSize } from "../codec/mod.ts";
import { doubtsOf, strangeModules } from "./doubts.ts";
import { darkOf, type Sample } from "./sample.ts";
import type { Square } from "./squares.ts";
import { type Fit, fitOf } from "./turns.ts";

/** A square that may hold a code, with what it looks like. */
export interface Candidate extends Fit {
  readonly square: Square;
  /** 1 for a dark module, row by row, as they lie in the picture. */
  readonly dark: Uint8Array;
  /** Maps of modules that are not to be trusted, from none to many. */
  doubts(): Iterable<Uint8Array>;
}

/** Looks at a square, or at another sample of it. */
export function candidateOf(square: Square, sample: Sample): Candidate {
  const { size } = square;
  const dark = darkOf(sample);
  const strange = strangeModules(sample);
  const fit = fitOf(dark, { layout: layoutOfSize(size)!, doubt: strange });
  return { square, dark, doubts: () => doubtsOf(dark, { size, strange }), ...fit };
}
