import { sha256 } from "@noble/hashes/sha2.js";
import { encodeHex } from "../bytes/mod.ts";
import type { OtpAlgorithm } from "../otp/mod.ts";
import type { Secret } from "../secret/mod.ts";
import type { Hand, ProofLevel, Token, TokenIdentity } from "../token/mod.ts";
import type { Note, Refused } from "./rules.ts";

/** What a token, or one of its slots, may hold. */
export type SeedState = "old-seed" | "no-seed" | "new-seed";

/** Names of the steps of a plan. */
export type StepName =
  | "authenticate"
  | "write-configuration"
  | "erase-slot"
  | "write-seed"
  | "write-title"
  | "write-clock";

/** One step of a plan, as data. */
export interface PlanStep {
  /** Which one. */
  readonly name: StepName;
  /** What a person reads: "write configuration and clock". */
  readonly title: string;
  /** Whether doing it twice leads to the same state as doing it once. Others are never repeated. */
  readonly repeatable: boolean;
  /** What the token holds afterwards; left out where the step does not touch the seed. */
  readonly leaves?: readonly SeedState[] | undefined;
  /** Which entry of the plan it belongs to, counted from 0; left out where it is for the whole token. */
  readonly entry?: number | undefined;
}

/** What the codes of a slot are computed with, and when the display goes off. */
export interface PlanParameters {
  /** Hash function. */
  readonly algorithm: OtpAlgorithm;
  /** Code length. */
  readonly digits: number;
  /** Time step in seconds. */
  readonly period: number;
  /** After how many seconds the display goes off. */
  readonly displayOffSeconds: number;
}

/** One slot of a plan: what it gets and what it held. */
export interface PlanEntry {
  /** The slot; `undefined` where the token has only one place for a seed. */
  readonly slot?: number | undefined;
  /** Its title. */
  readonly title?: string | undefined;
  /** Whether each code is to need a touch. */
  readonly touch?: boolean | undefined;
  /** What it held when the plan was made. */
  readonly held: readonly SeedState[];
  /** What its codes are computed with. */
  readonly parameters: PlanParameters;
  /** What goes into it, if the work is a burn: a copy, possibly folded. Prints as a placeholder. */
  readonly seed?: Secret | undefined;
}

/** Work that can be done: what will be sent, in which order, and what is lost by it. */
export interface BurnPlan {
  /** Always `true`. */
  readonly ok: true;
  /** Whether seeds are burned, only the clock is set, or slots are erased. */
  readonly work: "burn" | "set-clock" | "erase";
  /** The token this plan was made for; it is written to no other. */
  readonly token: TokenIdentity;
  /** The steps in their only possible order. */
  readonly steps: readonly PlanStep[];
  /** The slots that are written, in this order; one without a number where the token has one seed. */
  readonly entries: readonly PlanEntry[];
  /** What is lost, named before anything is sent. */
  readonly destroys: readonly string[];
  /** What the person has to do afterwards. */
  readonly hands: readonly Hand[];
  /** How the burn can be proven, best first. */
  readonly proof: readonly ProofLevel[];
  /** Worth knowing, stops nothing. */
  readonly notes: readonly Note[];
  /** What the codes of the first entry are computed with. */
  readonly parameters: PlanParameters;
  /**
   * `sync`: set to the computer's clock. `keep`: the time the token has now is written back to it.
   * `none`: the token has no clock.
   */
  readonly clock: "sync" | "keep" | "none";
  /** Token minus computer, in seconds, when the token was read. */
  readonly driftBeforeSeconds: number | undefined;
  /** The seed of the first entry, if the work is a burn. Wipe all of them with {@linkcode wipePlan}. */
  readonly seed?: Secret | undefined;
  /** Names this plan in a journal: SHA-256 of the plan without the seeds, in hexadecimal. */
  readonly id: string;
}

/** Work that cannot be done: every reason, nothing has been sent. */
export interface RefusedPlan {
  /** Always `false`. */
  readonly ok: false;
  /** At least one reason. */
  readonly refusals: readonly Refused[];
}

/** What a planner looks at: facts about a token. It calls nothing. */
export type PlannedToken = Pick<
  Token,
  "identity" | "traits" | "clock" | "configuration" | "seeds" | "slots" | "access"
>;

/**
 * Gives a plan its name. A seed takes part in it as `[secret n bytes]` and nothing more.
 *
 * @internal
 */
export function namePlan(plan: Omit<BurnPlan, "id" | "parameters" | "seed">): BurnPlan {
  const [{ parameters, seed }] = plan.entries as readonly [PlanEntry];
  const whole = { ...plan, parameters, ...(seed ? { seed } : {}) };
  return { ...whole, id: encodeHex(sha256(new TextEncoder().encode(JSON.stringify(whole)))) };
}

/**
 * Wipes the seeds of a plan.
 *
 * @example After the burn
 * ```ts
 * import { type BurnConnection, type BurnPlan, runPlan, wipePlan } from "@otpsmith/core";
 *
 * async function burn(connection: BurnConnection, plan: BurnPlan): Promise<void> {
 *   await runPlan(connection, plan).finally(() => wipePlan(plan));
 * }
 * if (typeof burn !== "function") throw new Error("unexpected");
 * ```
 */
export function wipePlan(plan: BurnPlan): void {
  for (const { seed } of plan.entries) seed?.wipe();
}
