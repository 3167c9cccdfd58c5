import type { OtpAlgorithm } from "../otp/algorithm.ts";

/** What writing the clock does to seeds. `none`: there is no clock or it cannot be written. */
export type ClockWrite = "keeps-seeds" | "clears-seeds" | "unknown" | "none";

/** How a burn of this family can be proven, best first. */
export type ProofLevel = "computed" | "presence" | "display";

/** What a person has to do with the token. */
export type Hand = "tap" | "press" | "confirm" | "power-cycle";

/** The places for seeds. */
export interface SlotTraits {
  /** How many seeds it holds. */
  readonly count: number;
  /** How many bytes of title go with each; 0 where there are none. */
  readonly titleBytes: number;
  /**
   * Whether a time step other than 30 s stands before the title (`60/`), and takes its room: tokens that
   * do not know of time steps keep it so.
   */
  readonly titleHoldsPeriod?: boolean | undefined;
  /**
   * Where a title is kept in two parts, what stands before its first colon and what stands behind it: how
   * many bytes each may have. What stands behind it, or all of a title without one, is never empty.
   */
  readonly titleParts?: { readonly bytes: number } | undefined;
  /** Which characters a title may have; any unless given. */
  readonly titleCharacters?: "ascii" | undefined;
  /** How many bytes title and seed may have together, where both go into one command; no bound unless given. */
  readonly titleAndSeedBytes?: number | undefined;
  /** Number of the first slot, as the maker counts; 0 unless given. */
  readonly first?: number | undefined;
  /** Whether a slot is found by its number or by its title; by number unless given. */
  readonly foundBy?: "number" | "title" | undefined;
  /** Whether an occupied slot has to be erased before it takes another seed. */
  readonly eraseFirst?: boolean | undefined;
}

/** What a token can hold and do, as plain data: the planner and a page read it, nothing executes it. */
export interface TokenTraits {
  /** Where seeds go. */
  readonly slots: SlotTraits;
  /** Seed length in bytes. */
  readonly seed: { readonly minBytes: number; readonly maxBytes: number };
  /** Why no seed can be written, where that is so: "how it is written is not public". */
  readonly seedRefused?: string | undefined;
  /** Hash functions it computes with. */
  readonly algorithms: readonly OtpAlgorithm[];
  /** Code lengths it shows. */
  readonly digits: readonly number[];
  /** Time steps in seconds. */
  readonly periods: readonly number[];
  /** After how many seconds the display may go off; empty where that cannot be set. */
  readonly displayOffSeconds: readonly number[];
  /** What writing the clock does to the seeds. */
  readonly clockWrite: ClockWrite;
  /**
   * Where hash function, code length and time step are kept: one set for the whole token (which is meant
   * where this is left out), a set for each slot, or a set for each slot in the command that has the seed.
   */
  readonly settings?: "token" | "slot" | "with-seed" | undefined;
  /** Whether a code can be made to need a touch. */
  readonly touch?: boolean | undefined;
  /** What must be shown to the token before it can be written. */
  readonly access: "none" | "published-key" | "private-key" | "customer-key" | "password";
  /** How a burn can be proven, best first. */
  readonly proof: readonly ProofLevel[];
  /** What a person has to do around a burn. */
  readonly hands: readonly Hand[];
}
