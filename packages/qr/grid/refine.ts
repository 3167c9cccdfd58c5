import type { Raster } from "../picture/pixels.ts";
import { layoutOfSize } from "../codec/mod.ts";
import { type Candidate, candidateOf } from "./candidate.ts";
import { darkOf, type Sample, sampleMiddles } from "./sample.ts";
import type { Square } from "./squares.ts";
import { wrongShare } from "./turns.ts";
import { unmix } from "./_unmix.ts";

/** Above so many pixels a module the middle of a module is clear without a search. */
const FEW_PIXELS = 2.6;
/** The sides are moved by these parts of a pixel, first far and then near. */
const MOVES: readonly number[] = [0.5, 0.25, 0.125];

/** A way to look at the modules of a square. */
type Sampler = (raster: Raster, square: Square) => Sample | undefined;

const SAMPLERS: readonly Sampler[] = [
  sampleMiddles,
  (raster, square) => unmix(raster, square, "area"),
  (raster, square) => unmix(raster, square, "linear"),
];

/**
 * Other ways to see a square that could not be read: with its sides moved until the fixed modules fit best, and its
 * modules computed from pixels that hold parts of several.
 */
export function* refinements(raster: Raster, { square }: Candidate): Generator<Candidate> {
  const isSmall = Math.min(square.unitX, square.unitY) < FEW_PIXELS;
  for (const sampler of isSmall ? SAMPLERS : SAMPLERS.slice(0, 1)) {
    const moved = moveSides(raster, square, sampler);
    const sample = moved && sampler(raster, moved);
    if (sample) yield candidateOf(moved, sample);
  }
}

/** Moves one side after the other as long as that makes the fit better. */
function moveSides(raster: Raster, square: Square, sampler: Sampler): Square | undefined {
  let best = square, least = misfit(raster, square, sampler);
  if (least === undefined) return undefined;
  for (const move of MOVES) {
    for (let side = 0; side < 4; side++) {
      for (const by of [move, -move]) {
        for (let steps = 0; steps < 4; steps++) {
          const moved = withSide(best, side, by);
          const value = misfit(raster, moved, sampler);
          if (value === undefined || value >= least) break;
          [best, least] = [moved, value];
        }
      }
    }
  }
  return best;
}

/** Sides: left, right, top, bottom. The opposite one stays. */
function withSide(square: Square, side: number, by: number): Square {
  const { size, left, top, unitX, unitY } = square;
  if (side === 0) return { ...square, left: left + by, unitX: unitX - by / size };
  if (side === 1) return { ...square, unitX: unitX + by / size };
  if (side === 2) return { ...square, top: top + by, unitY: unitY - by / size };
  return { ...square, unitY: unitY + by / size };
}

/** How far modules are from dark and light, and the fixed ones from what they should be. */
function misfit(raster: Raster, square: Square, sampler: Sampler): number | undefined {
  const sample = sampler(raster, square);
  if (!sample) return undefined;
  const { level } = sample;
  let off = 0;
  for (let i = 0; i < level.length; i++) {
    const value = level[i]!;
    off += Math.min(1, Math.abs(value > 0.5 ? value - 1 : value));
  }
  return off / level.length + wrongShare(darkOf(sample), layoutOfSize(square.size)!);
}
