import { sha256 } from "@noble/hashes/sha2.js";
import { encodeHex } from "../bytes/mod.ts";
import { foldSeed, type OtpAlgorithm } from "../otp/mod.ts";
import type { Secret } from "../secret/mod.ts";
import type { ClockWrite, Hand, ProofLevel, Token, TokenIdentity } from "../token/mod.ts";
import type { BurnPolicy, BurnRequest } from "./request.ts";
import { applyRules, type Note, type Refused } from "./rules.ts";

/** What a token may hold. */
export type SeedState = "old-seed" | "no-seed" | "new-seed";

/** Names of the steps of a burn. */
export type StepName = "authenticate" | "write-configuration" | "write-seed";

/** One step of a burn, as data. */
export interface PlanStep {
  /** Which one. */
  readonly name: StepName;
  /** What a person reads: "write configuration and clock". */
  readonly title: string;
  /** Whether doing it twice leads to the same state as doing it once. Others are never repeated. */
  readonly repeatable: boolean;
  /** What the token holds afterwards; left out where the step does not touch the seed. */
  readonly leaves?: readonly SeedState[] | undefined;
}

/** A burn that can be done: what will be sent, in which order, and what is lost by it. */
export interface BurnPlan {
  /** Always `true`. */
  readonly ok: true;
  /** Whether a seed is burned or only the clock is set. */
  readonly work: "burn" | "set-clock";
  /** The token this plan was made for; it is written to no other. */
  readonly token: TokenIdentity;
  /** The steps in their only possible order: settings before the seed. */
  readonly steps: readonly PlanStep[];
  /** What is lost, named before anything is sent. */
  readonly destroys: readonly string[];
  /** What the person has to do afterwards. */
  readonly hands: readonly Hand[];
  /** How the burn can be proven, best first. */
  readonly proof: readonly ProofLevel[];
  /** Worth knowing, stops nothing. */
  readonly notes: readonly Note[];
  /** Hash function, code length, time step in seconds. */
  readonly parameters: {
    readonly algorithm: OtpAlgorithm;
    readonly digits: number;
    readonly period: number;
    readonly displayOffSeconds: number;
  };
  /** `sync`: set to the computer's clock. `keep`: the time the token has now is written back to it. */
  readonly clock: "sync" | "keep";
  /** Token minus computer, in seconds, when the token was read. */
  readonly driftBeforeSeconds: number | undefined;
  /**
   * What goes into the token, if the work is a burn: a copy, possibly folded. Prints as a placeholder;
   * wipe it after use.
   */
  readonly seed?: Secret | undefined;
  /** Names this plan in a journal: SHA-256 of the plan without the seed, in hexadecimal. */
  readonly id: string;
}

/** A burn that cannot be done: every reason, nothing has been sent. */
export interface RefusedPlan {
  /** Always `false`. */
  readonly ok: false;
  /** At least one reason. */
  readonly refusals: readonly Refused[];
}

/** What a planner looks at: facts about a token. It calls nothing. */
export type PlannedToken = Pick<Token, "identity" | "traits" | "clock" | "configuration" | "seeds">;

/** What {@linkcode planBurn} works from. */
export interface PlanInput {
  /** The token as it was recognised. Nothing is sent to it. */
  readonly token: PlannedToken;
  /** What is to be burned. */
  readonly request: BurnRequest;
  /** What is allowed. */
  readonly policy: BurnPolicy;
}

/**
 * Turns a token and a wish into a plan, or into all reasons against it. Pure: nothing is sent, and
 * everything that can refuse refuses here, before the first destructive byte.
 *
 * @example A seed that does not fit
 * ```ts
 * import { planBurn, Secret } from "@otpsmith/core";
 * import { findModel, modelTraits, token2Profile } from "@otpsmith/core/drivers/token2_single";
 *
 * const serial = "86596321234567";
 * const plan = planBurn({
 *   token: {
 *     identity: { driver: "token2_single", family: "Token2", model: "C302-i", serial },
 *     traits: modelTraits(findModel(serial, [token2Profile])!),
 *   },
 *   request: {
 *     seed: Secret.take(new Uint8Array(64).fill(1)),
 *     algorithm: "SHA1", digits: 6, period: 30, syncClock: true,
 *   },
 *   policy: { now: Date.UTC(2026, 10, 23) },
 * });
 * if (plan.ok || plan.refusals[0]?.code !== "burn/seed-too-long") throw new Error("unexpected");
 * ```
 */
export function planBurn({ token, request, policy }: PlanInput): BurnPlan | RefusedPlan {
  const { traits } = token;
  if (!traits) return { ok: false, refusals: [unknownModel(token.identity, "burn seed")] };
  const refusals = applyRules({ traits, token, request, policy });

  const { minBytes, maxBytes } = traits.seed;
  const folded = foldSeed(request.seed, { algorithm: request.algorithm, maxBytes });
  if (!folded.ok) refusals.push(tooLong(request.seed.length, { maxBytes, next: folded.next }));
  else if (folded.seed.length < minBytes) refusals.push(tooShort(folded.seed.length, minBytes));
  if (!folded.ok || refusals.length > 0) {
    if (folded.ok) folded.seed.wipe();
    return { ok: false, refusals };
  }

  return namePlan({
    ok: true,
    work: "burn",
    token: token.identity,
    steps: [
      ...configurationSteps(token, request.syncClock ? "sync" : "keep"),
      {
        name: "write-seed",
        title: "write seed",
        repeatable: token.seeds?.repeatable === true,
        leaves: ["new-seed"],
      },
    ],
    destroys: ["the seed that is in the token now"],
    hands: traits.hands,
    proof: traits.proof,
    notes: notes(request, folded.seed, { folded: folded.folded, token }),
    parameters: {
      algorithm: request.algorithm,
      digits: request.digits,
      period: request.period,
      displayOffSeconds: request.displayOffSeconds ?? nearest(traits.displayOffSeconds, 30),
    },
    clock: request.syncClock ? "sync" : "keep",
    driftBeforeSeconds: token.clock?.seen.driftSeconds,
    seed: folded.seed,
  });
}

/**
 * Gives a plan its name. A seed takes part in it as `[secret n bytes]` and nothing more.
 *
 * @internal
 */
export function namePlan(plan: Omit<BurnPlan, "id">): BurnPlan {
  return { ...plan, id: encodeHex(sha256(new TextEncoder().encode(JSON.stringify(plan)))) };
}

/**
 * The steps that write settings and clock, which always stand before the seed.
 *
 * @internal
 */
export function configurationSteps(
  token: PlanInput["token"],
  clock: BurnPlan["clock"],
): readonly PlanStep[] {
  const leaves = CLOCK_WRITE_LEAVES[token.traits?.clockWrite ?? "unknown"];
  const repeatable = token.configuration?.repeatable === true;
  const title = clock === "sync" ? "write configuration and clock" : "write configuration";
  return [
    // Each session begins with it: what is not repeated is an answer that the token refused.
    { name: "authenticate", title: "authenticate", repeatable: true },
    { name: "write-configuration", title, repeatable, leaves },
  ];
}

const CLOCK_WRITE_LEAVES: Readonly<Record<ClockWrite, readonly SeedState[] | undefined>> = {
  "keeps-seeds": undefined,
  "clears-seeds": ["no-seed"],
  "unknown": ["old-seed", "no-seed"],
  "none": undefined,
};

function notes(
  request: BurnRequest,
  stored: Secret,
  { folded, token }: { readonly folded: boolean; readonly token: PlanInput["token"] },
): readonly Note[] {
  const found: Note[] = [];
  if (folded) {
    found.push({
      code: "burn/folded-seed",
      message:
        `The secret has ${request.seed.length} bytes, more than the token stores. Its ${request.algorithm} ` +
        `digest of ${stored.length} bytes is burned instead: the codes are exactly the same.`,
    });
  }
  if (request.seed.length < 16) {
    found.push({
      code: "burn/short-seed",
      message: `The seed has only ${request.seed.length} bytes; RFC 4226 wants at least 16.`,
    });
  }
  const drift = token.clock?.seen.driftSeconds ?? 0;
  if (!request.syncClock && Math.abs(drift) > request.period) {
    found.push({
      code: "burn/unsynced-clock",
      message: `The token's clock is ${Math.abs(drift)} s ${
        drift > 0 ? "ahead" : "behind"
      } and is left so: the service may refuse its codes.`,
    });
  }
  return found;
}

/**
 * The value that comes nearest to the wanted one.
 *
 * @internal
 */
export function nearest(values: readonly number[], wanted: number): number {
  return values.reduce(
    (best, value) => Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best,
    values[0] ?? wanted,
  );
}

/**
 * Why a token whose model is not known is never written.
 *
 * @internal
 */
export function unknownModel({ serial }: TokenIdentity, action: string): Refused {
  return {
    code: "burn/unknown-model",
    message: `Cannot ${action}: serial number ${serial} is not in any model table`,
    next: "Nothing was written. If you own tokens of another label, add their profile file.",
  };
}

function tooLong(
  bytes: number,
  { maxBytes, next }: { readonly maxBytes: number; readonly next: string },
): Refused {
  return {
    code: "burn/seed-too-long",
    message: `Cannot burn seed: it is ${bytes} bytes and this model stores at most ${maxBytes}`,
    next,
  };
}

function tooShort(bytes: number, minBytes: number): Refused {
  return {
    code: "burn/seed-too-short",
    message: `Cannot burn seed: it is ${bytes} bytes and this model wants at least ${minBytes}`,
    next: "Check that the whole secret was scanned or typed.",
  };
}
