import type { OtpAlgorithm } from "../otp/algorithm.ts";

/** What writing the clock does to seeds. `none`: there is no clock or it cannot be written. */
export type ClockWrite = "keeps-seeds" | "clears-seeds" | "unknown" | "none";

/** How a burn of this family can be proven, best first. */
export type ProofLevel = "computed" | "presence" | "display";

/** What a person has to do with the token. */
export type Hand = "tap" | "press" | "confirm" | "power-cycle";

/** What a token can hold and do, as plain data: the planner and a page read it, nothing executes it. */
export interface TokenTraits {
  /** How many seeds it holds, and how many bytes of title go with each. */
  readonly slots: { readonly count: number; readonly titleBytes: number };
  /** Seed length in bytes. */
  readonly seed: { readonly minBytes: number; readonly maxBytes: number };
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
  /** What must be shown to the token before it can be written. */
  readonly access: "none" | "published-key" | "private-key" | "customer-key" | "password";
  /** How a burn can be proven, best first. */
  readonly proof: readonly ProofLevel[];
  /** What a person has to do around a burn. */
  readonly hands: readonly Hand[];
}
