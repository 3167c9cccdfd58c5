import { type Format, FORMATS } from "./format_info.ts";
import type { Layout } from "./layout.ts";

/** How many formats are worth trying: the right one is hardly ever behind. */
const MOST = 3;
/** Of the fifteen bits of a copy: two different formats differ in seven at least (Annex C). */
const FURTHEST = 4;
/** One that is so much further away than the nearest is not it. */
const BEHIND = 2;

/** A format, and how far what was read is from it. */
export interface FormatCandidate extends Format {
  /** Wrong bits in the better copy. */
  readonly better: number;
  /** Wrong bits in both. */
  readonly both: number;
}

/**
 * The formats that the format information may stand for, likeliest first. One copy may be covered: then
 * the other is right, and that is what counts.
 */
export function formatCandidates(dark: Uint8Array, layout: Layout): readonly FormatCandidate[] {
  const [first, second] = layout.format.map((places) =>
    places.reduce((bits, module, i) => bits | dark[module]! << i, 0)
  ) as [number, number];
  const candidates = FORMATS.map(({ level, mask, bits }) => {
    const a = ones(first ^ bits), b = ones(second ^ bits);
    return { level, mask, better: Math.min(a, b), both: a + b };
  }).sort((a, b) => a.better - b.better || a.both - b.both);
  const most = Math.min(FURTHEST, candidates[0]!.better + BEHIND);
  return candidates.filter(({ better }) => better <= most).slice(0, MOST);
}

function ones(bits: number): number {
  let count = 0;
  for (; bits !== 0; bits &= bits - 1) count++;
  return count;
}
