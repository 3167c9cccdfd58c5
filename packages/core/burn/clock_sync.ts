import { type BurnPlan, namePlan, type PlannedToken, type RefusedPlan } from "./burn_plan.ts";
import { noSuchSlot } from "./_choose_slots.ts";
import { tokenNotes } from "./_notes.ts";
import { accessSteps, configurationStep } from "./_steps.ts";
import { nearest, unknownModel } from "./plan.ts";
import type { BurnPolicy, BurnRequest } from "./request.ts";
import { applyRules, type Refused } from "./rules.ts";
import type { TokenTraits } from "../token/mod.ts";

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
  /** Which slots, where each has a clock of its own; all of them unless given. */
  readonly slots?: readonly number[] | undefined;
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
  if (traits.clockWrite === "none") return { ok: false, refusals: [noClock(token)] };
  const apart = token.clock?.write !== undefined;
  const known = apart
    ? { algorithm: traits.algorithms[0]!, period: traits.periods[0]!, serial: settings.serial }
    : settings;
  const request = { ...known, digits: traits.digits[0]!, syncClock: true };
  const refusals = applyRules({ traits, token, policy, request });
  const slots = wantedSlots(input, traits);
  if ("code" in slots) refusals.push(slots);
  const clears = traits.clockWrite !== "keeps-seeds";
  if (clears && !input.eraseSeed) refusals.push(clearsSeed(token));
  if (refusals.length > 0 || "code" in slots) return { ok: false, refusals };
  const parameters = {
    algorithm: request.algorithm,
    digits: request.digits,
    period: request.period,
    displayOffSeconds: settings.displayOffSeconds ?? nearest(traits.displayOffSeconds, 30),
  };
  return namePlan({
    ok: true,
    work: "set-clock",
    token: token.identity,
    steps: [
      ...accessSteps(token),
      ...slots.map((_, entry) =>
        apart
          ? { name: "write-clock" as const, title: "set clock", repeatable: true, entry }
          : configurationStep(token, { clock: "sync", entry })
      ),
    ],
    entries: slots.map((slot) => ({ slot, held: ["old-seed"], parameters })),
    destroys: clears ? ["the seed that is in the token now"] : [],
    hands: [],
    proof: [],
    notes: tokenNotes(token, { request, policy }),
    clock: "sync",
    driftBeforeSeconds: token.clock?.seen.driftSeconds,
  });
}

/** One without a number where the clock is the whole token's. */
function wantedSlots(
  { token, slots }: ClockSyncInput,
  { slots: { count, first = 0 } }: TokenTraits,
): readonly (number | undefined)[] | Refused {
  if (!token.clock?.write || count === 1) return [undefined];
  const all = Array.from({ length: count }, (_, index) => first + index);
  const unknown = slots?.find((slot) => !all.includes(slot));
  return unknown === undefined ? slots ?? all : noSuchSlot(unknown, { first, count });
}

function noClock({ identity }: PlannedToken): Refused {
  return {
    code: "burn/no-clock",
    message: `Cannot set clock: token ${identity.serial} has none that can be set`,
    next: "If it computes codes for others, check the clock of the computer or phone that asks.",
  };
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
