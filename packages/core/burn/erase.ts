import type { SlotState } from "../token/mod.ts";
import {
  type BurnPlan,
  namePlan,
  type PlanEntry,
  type PlannedToken,
  type RefusedPlan,
} from "./burn_plan.ts";
import { noSuchSlot } from "./_choose_slots.ts";
import { tokenNotes } from "./_notes.ts";
import { accessSteps, eraseStep, lostSeed } from "./_steps.ts";
import { nearest, unknownModel } from "./plan.ts";
import type { BurnPolicy } from "./request.ts";
import { applyRules, type Refused } from "./rules.ts";

/** What {@linkcode planErase} works from. */
export interface EraseInput {
  /** The token as it was recognised. */
  readonly token: PlannedToken;
  /** What the token told of the slots that are to be erased. */
  readonly slots: readonly SlotState[];
  /** What is allowed. Erasing is what was asked for, so no slot has to be named here again. */
  readonly policy: BurnPolicy;
  /** The serial number that is expected on the reader, where the person named one. */
  readonly serial?: string | undefined;
}

/**
 * Plans to erase slots of a token. Those that are empty already are left out.
 *
 * @example A token that keeps no slots
 * ```ts
 * import { planErase } from "@otpsmith/core";
 * import { findModel, modelTraits, token2Profile } from "@otpsmith/core/drivers/token2_single";
 *
 * const serial = "86596321234567";
 * const plan = planErase({
 *   token: {
 *     identity: { driver: "token2_single", family: "Token2", model: "C302-i", serial },
 *     traits: modelTraits(findModel(serial, [token2Profile])!),
 *   },
 *   slots: [{ slot: 0, occupied: true }],
 *   policy: { now: Date.UTC(2026, 10, 23) },
 * });
 * if (plan.ok || plan.refusals[0]?.code !== "burn/cannot-erase") throw new Error("unexpected");
 * ```
 */
export function planErase({ token, slots, policy, serial }: EraseInput): BurnPlan | RefusedPlan {
  const { traits } = token;
  if (!traits) return { ok: false, refusals: [unknownModel(token.identity, "erase slot")] };
  if (!token.slots?.erase) return { ok: false, refusals: [cannotErase(token)] };
  const parameters = {
    algorithm: traits.algorithms[0]!,
    digits: traits.digits[0]!,
    period: traits.periods[0]!,
    displayOffSeconds: nearest(traits.displayOffSeconds, 30),
  };
  const request = { ...parameters, displayOffSeconds: undefined, syncClock: true, serial };
  const refusals = applyRules({ traits, token, policy, request });
  const { first = 0, count, foundBy } = traits.slots;
  const unknown = slots.find(({ slot }) => slot < first || slot >= first + count);
  if (unknown && foundBy !== "title") refusals.push(noSuchSlot(unknown.slot, { first, count }));
  const occupied = slots.filter((slot) => slot.occupied);
  if (occupied.length === 0 && refusals.length === 0) refusals.push(nothingToErase());
  if (refusals.length > 0) return { ok: false, refusals };
  const entries = occupied.map(({ slot, title }): PlanEntry => ({
    slot,
    title,
    held: ["old-seed"],
    parameters,
  }));
  return namePlan({
    ok: true,
    work: "erase",
    token: token.identity,
    steps: [...accessSteps(token), ...entries.map((_, index) => eraseStep(index))],
    entries,
    destroys: entries.map(lostSeed),
    hands: [],
    proof: [],
    notes: tokenNotes(token, { request, policy }).filter(({ code }) => code === "burn/factory-key"),
    clock: traits.clockWrite === "none" ? "none" : "keep",
    driftBeforeSeconds: token.clock?.seen.driftSeconds,
  });
}

function cannotErase({ identity }: PlannedToken): Refused {
  return {
    code: "burn/cannot-erase",
    message: `Cannot erase slot: token ${identity.serial} has no command for that`,
    next: "Burn another seed over the one that is in it.",
  };
}

function nothingToErase(): Refused {
  return {
    code: "burn/nothing-to-erase",
    message: "Cannot erase slot: there is no seed in it",
    next: "Nothing is to be done.",
  };
}
