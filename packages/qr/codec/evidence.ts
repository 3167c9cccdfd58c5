import type { Correction } from "./reed_solomon.ts";

/** What is left of the check bytes after a code was corrected: how much speaks for its text. */
export interface Redundancy {
  /** Check bytes of all blocks. */
  readonly check: number;
  /** Bytes that were wrong at places where nothing looked wrong. Each used two check bytes. */
  readonly errors: number;
  /** Bytes that were covered or doubtful. Each used one check byte. */
  readonly erasures: number;
  /** Check bytes of all blocks that nothing used: `check - erasures - 2 * errors`. */
  readonly unused: number;
}

/** What must be left of the check bytes before a text is believed. */
export interface Rule {
  /** Check bytes of all blocks together that nothing used. */
  readonly unused: number;
  /** Each block must have agreed by more than chance: 1 in 2 to the power of this (see {@link blockBits}). */
  readonly blockBits: number;
}

/**
 * The rule of this package. A block all of whose check bytes were used gives always something: whatever a cover that was
 * not recognised left there. `belief_test.ts` counts what becomes of a hundred thousand covered codes under it.
 */
export const RULE: Rule = { unused: 4, blockBits: 16 };

/**
 * How much speaks for a corrected block, in bits: with a probability of about 2 to the power of its
 * negative a block of random bytes, with so many places erased, would have been corrected as well.
 *
 * A word can be corrected if it differs from a codeword in at most `errors` of the places not erased. Around each
 * of the 256^(length - check) codewords lie C(length - erasures, errors) · 255^errors such words, among
 * 256^(length - erasures) that are possible.
 */
export function blockBits(
  { errors, erasures }: Correction,
  { length, check }: { readonly length: number; readonly check: number },
): number {
  let choices = 0;
  for (let i = 0; i < errors; i++) choices += Math.log2((length - erasures - i) / (i + 1));
  return 8 * (check - erasures - errors) - choices;
}

/** Adds up what correcting the blocks took. */
export function redundancyOf(corrections: readonly Correction[], check: number): Redundancy {
  const all = check * corrections.length;
  const errors = corrections.reduce((sum, block) => sum + block.errors, 0);
  const erasures = corrections.reduce((sum, block) => sum + block.erasures, 0);
  return { check: all, errors, erasures, unused: all - erasures - 2 * errors };
}
