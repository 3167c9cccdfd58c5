import {
  type BurnPlan,
  configurationSteps,
  namePlan,
  nearest,
  type PlannedToken,
  type RefusedPlan,
  unknownModel,
} from "./plan.ts";
import type { BurnPolicy, BurnRequest } from "./request.ts";
import { applyRules, type Refused } from "./rules.ts";

/** What {@linkcode planClockSync} works from. */
export interface ClockSyncInput {
  /** The token as it was recognised. */
  readonly token: PlannedToken;
  /**
   * The settings the token was burned with. They are written together with the clock and cannot be read,
   * so whoever asks has to know them.
   */
  readonly settings: Pick<BurnRequest, "algorithm" | "period" | "displayOffSeconds" | "serial">;
  /** What is allowed. */
  readonly policy: BurnPolicy;
  /** The person has agreed to lose the seed, on models that forget it when the clock is written. */
  readonly eraseSeed?: boolean | undefined;
}

/**
 * Plans to set a token's clock without burning a seed. On restricted models that **erases the seed**,
 * although the token answers "done": without consent that names the loss, the plan is refused.
 *
 * @example A restricted model needs consent
 * ```ts
 * import { planClockSync } from "@otpsmith/core";
 * import { findModel, modelTraits, token2Profile } from "@otpsmith/core/drivers/token2_single";
 *
 * const serial = "86596221234567";
 * const plan = planClockSync({
 *   token: {
 *     identity: { driver: "token2_single", family: "Token2", model: "OTPC-P2-i", serial },
 *     traits: modelTraits(findModel(serial, [token2Profile])!),
 *   },
 *   settings: { algorithm: "SHA1", period: 30 },
 *   policy: { now: Date.UTC(2026, 10, 23) },
 * });
 * if (plan.ok || plan.refusals[0]?.code !== "burn/clears-seed") throw new Error("unexpected");
 * ```
 */
export function planClockSync(input: ClockSyncInput): BurnPlan | RefusedPlan {
  const { token, settings, policy } = input;
  const { traits } = token;
  if (!traits) return { ok: false, refusals: [unknownModel(token.identity, "set clock")] };
  const refusals = applyRules({
    traits,
    token,
    policy,
    request: { ...settings, digits: traits.digits[0]!, syncClock: true },
  });
  const clears = traits.clockWrite !== "keeps-seeds";
  if (clears && !input.eraseSeed) refusals.push(clearsSeed(token));
  if (refusals.length > 0) return { ok: false, refusals };
  return namePlan({
    ok: true,
    work: "set-clock",
    token: token.identity,
    steps: configurationSteps(token, "sync"),
    destroys: clears ? ["the seed that is in the token now"] : [],
    hands: [],
    proof: [],
    notes: [],
    parameters: {
      algorithm: settings.algorithm,
      digits: traits.digits[0]!,
      period: settings.period,
      displayOffSeconds: settings.displayOffSeconds ?? nearest(traits.displayOffSeconds, 30),
    },
    clock: "sync",
    driftBeforeSeconds: token.clock?.seen.driftSeconds,
  });
}

function clearsSeed({ identity }: ClockSyncInput["token"]): Refused {
  return {
    code: "burn/clears-seed",
    message:
      `Cannot set clock: on the ${identity.model} that erases the seed that is in the token now`,
    next:
      "Burn the seed again instead, which sets the clock too; or agree to lose the seed if you do not need it.",
  };
}
