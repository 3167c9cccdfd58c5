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
  const [first, second] = layout.format.map((places) => bitsAt(dark, places)) as [number, number];
  const candidates: FormatCandidate[] = [];
  for (const { level, mask, bits } of FORMATS) {
    const a = ones(first ^ bits), b = ones(second ^ bits);
    if (a > FURTHEST && b > FURTHEST) continue;
    candidates.push({ level, mask, better: Math.min(a, b), both: a + b });
  }
  candidates.sort((a, b) => a.better - b.better || a.both - b.both);
  return candidates.filter(({ better }) => better <= candidates[0]!.better + BEHIND).slice(0, MOST);
}

function ones(bits: number): number {
  let count = 0;
  for (; bits !== 0; bits &= bits - 1) count++;
  return count;
}

function bitsAt(dark: Uint8Array, places: readonly number[]): number {
  let bits = 0;
  for (let i = 0; i < places.length; i++) bits |= dark[places[i]!]! << i;
  return bits;
}
