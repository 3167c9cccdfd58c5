import { foldSeed } from "../otp/mod.ts";
import type { SlotState, TokenIdentity, TokenTraits } from "../token/mod.ts";
import {
  type BurnPlan,
  namePlan,
  type PlanEntry,
  type PlannedToken,
  type RefusedPlan,
} from "./burn_plan.ts";
import { chooseSlots, type ChosenSlot } from "./_choose_slots.ts";
import { seedNotes, tokenNotes } from "./_notes.ts";
import { burnSteps, lostSeed } from "./_steps.ts";
import type { BurnPolicy, BurnRequest } from "./request.ts";
import { applyRules, type Note, type Refused } from "./rules.ts";

/** What {@linkcode planBurn} works from. */
export interface PlanInput {
  /** The token as it was recognised. Nothing is sent to it. */
  readonly token: PlannedToken;
  /** What is to be burned. */
  readonly request: BurnRequest;
  /** What is allowed. */
  readonly policy: BurnPolicy;
  /** What the token told of its slots, where it has several: see `readSlots`. */
  readonly slots?: readonly SlotState[] | undefined;
}

/** What {@linkcode planBurnAll} works from. */
export interface PlanAllInput extends Omit<PlanInput, "request"> {
  /** What is to be burned: one seed for each slot. */
  readonly requests: readonly BurnRequest[];
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
export function planBurn({ request, ...input }: PlanInput): BurnPlan | RefusedPlan {
  return planBurnAll({ ...input, requests: [request] });
}

/**
 * Plans to burn several seeds into the slots of one token, as one plan: it is shown whole, and it is
 * refused whole if one of them is.
 *
 * @throws {TypeError} If there is nothing to burn.
 *
 * @example More seeds than the token holds
 * ```ts
 * import { type BurnRequest, planBurnAll, Secret } from "@otpsmith/core";
 * import { findModel, modelTraits, token2Profile } from "@otpsmith/core/drivers/token2_single";
 *
 * const serial = "86596321234567";
 * const request = (fill: number): BurnRequest => ({
 *   seed: Secret.take(new Uint8Array(20).fill(fill)),
 *   algorithm: "SHA1", digits: 6, period: 30, syncClock: true,
 * });
 * const plan = planBurnAll({
 *   token: {
 *     identity: { driver: "token2_single", family: "Token2", model: "C302-i", serial },
 *     traits: modelTraits(findModel(serial, [token2Profile])!),
 *   },
 *   requests: [request(1), request(2)],
 *   policy: { now: Date.UTC(2026, 10, 23) },
 * });
 * if (plan.ok || plan.refusals[0]?.code !== "burn/full") throw new Error("unexpected");
 * ```
 */
export function planBurnAll(input: PlanAllInput): BurnPlan | RefusedPlan {
  const { token, requests, policy, slots = [] } = input;
  const { traits } = token;
  if (!traits) return { ok: false, refusals: [unknownModel(token.identity, "burn seed")] };
  if (traits.seedRefused !== undefined) {
    return { ok: false, refusals: [readOnly(token.identity, traits.seedRefused)] };
  }
  if (requests.length === 0) throw new TypeError("Cannot plan a burn: there is nothing to burn");
  const chosen = chooseSlots(requests, { token, slots, policy });
  const prepared = requests.map((request, index) =>
    prepare(request, { traits, token, policy, slot: chosen[index]! })
  );
  const refusals = gather(prepared.map((one) => one.refusals));
  if (differ(requests) && (traits.settings ?? "token") === "token") refusals.push(settingsDiffer());
  const entries = prepared.flatMap(({ entry }) => entry ?? []);
  if (refusals.length > 0) {
    for (const { seed } of entries) seed?.wipe();
    return { ok: false, refusals };
  }
  const [request] = requests as readonly [BurnRequest];
  const noClock = traits.clockWrite === "none";
  const clock = noClock ? "none" : request.syncClock ? "sync" : "keep";
  return namePlan({
    ok: true,
    work: "burn",
    token: token.identity,
    steps: burnSteps(token, { entries, clock }),
    entries,
    destroys: entries.filter(({ held }) => held.includes("old-seed")).map((entry) =>
      lostSeed({ ...entry, title: slots.find(({ slot }) => slot === entry.slot)?.title })
    ),
    hands: traits.hands,
    proof: traits.proof,
    notes: [
      ...distinct(prepared.flatMap((one) => one.notes)),
      ...tokenNotes(token, { request, policy }),
    ],
    clock,
    driftBeforeSeconds: token.clock?.seen.driftSeconds,
  });
}

interface Prepared {
  readonly refusals: readonly Refused[];
  readonly notes: readonly Note[];
  readonly entry?: PlanEntry | undefined;
}

function prepare(
  request: BurnRequest,
  { traits, token, policy, slot }: {
    readonly traits: TokenTraits;
    readonly token: PlannedToken;
    readonly policy: BurnPolicy;
    readonly slot: ChosenSlot | Refused;
  },
): Prepared {
  const refusals = applyRules({ traits, token, request, policy });
  if ("code" in slot) refusals.push(slot);
  const { minBytes, maxBytes } = traits.seed;
  const folded = foldSeed(request.seed, { algorithm: request.algorithm, maxBytes });
  if (!folded.ok) {
    refusals.push(tooLong(request.seed.length, { maxBytes, next: folded.next }));
  } else if (folded.seed.length < minBytes) {
    refusals.push(tooShort(folded.seed.length, minBytes));
  } else {
    const { titleAndSeedBytes = Infinity } = traits.slots;
    const bytes = folded.seed.length + new TextEncoder().encode(request.title ?? "").length;
    if (bytes > titleAndSeedBytes) refusals.push(noRoom(bytes, titleAndSeedBytes));
  }
  if (!folded.ok || "code" in slot) {
    if (folded.ok) folded.seed.wipe();
    return { refusals, notes: [] };
  }
  const { algorithm, digits, period, touch } = request;
  return {
    refusals,
    notes: seedNotes(request, { stored: folded.seed, folded: folded.folded }),
    entry: {
      ...(slot.slot === undefined ? {} : { slot: slot.slot, title: slot.title }),
      ...(touch === undefined ? {} : { touch }),
      held: heldBefore(slot, traits),
      parameters: {
        algorithm,
        digits,
        period,
        displayOffSeconds: request.displayOffSeconds ?? nearest(traits.displayOffSeconds, 30),
      },
      seed: folded.seed,
    },
  };
}

/** A token that tells nothing is taken to hold a seed: that is what a person may lose. */
function heldBefore({ slot, was }: ChosenSlot, { slots }: TokenTraits): PlanEntry["held"] {
  if (was) return was.occupied ? ["old-seed"] : ["no-seed"];
  return slot !== undefined && slots.foundBy === "title" ? ["no-seed"] : ["old-seed"];
}

/** What stands against all requests is said once; what stands against one of several names it. */
function gather(lists: readonly (readonly Refused[])[]): Refused[] {
  const found: Refused[] = [];
  const everywhere = (one: Refused): boolean =>
    lists.every((list) => list.some(({ message }) => message === one.message));
  lists.forEach((list, index) => {
    for (const one of list) {
      if (!everywhere(one)) {
        found.push({ ...one, message: `${one.message} (account ${index + 1} of ${lists.length})` });
      } else if (index === 0) found.push(one);
    }
  });
  return found;
}

function distinct(notes: readonly Note[]): readonly Note[] {
  return notes.filter((note, at) =>
    notes.findIndex(({ message }) => message === note.message) === at
  );
}

function differ(requests: readonly BurnRequest[]): boolean {
  const settings = requests.map(({ algorithm, digits, period, displayOffSeconds }) =>
    [algorithm, digits, period, displayOffSeconds].join()
  );
  return new Set(settings).size > 1;
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

function readOnly({ family }: TokenIdentity, why: string): Refused {
  return {
    code: "burn/read-only",
    message: `Cannot burn seed into ${family}: ${why}`,
    next:
      "Nothing was sent. Write the seed with the maker's own app, and compare a code afterwards.",
  };
}

function settingsDiffer(): Refused {
  return {
    code: "burn/settings-differ",
    message:
      "Cannot burn seeds: this token has one hash function, code length and time step for all of them",
    next: "Burn those together that have the same.",
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

function noRoom(bytes: number, room: number): Refused {
  return {
    code: "burn/title",
    message:
      `Cannot burn seed: title and seed have ${bytes} bytes together, and this model takes ${room}`,
    next: "Give a shorter title.",
  };
}

function tooShort(bytes: number, minBytes: number): Refused {
  return {
    code: "burn/seed-too-short",
    message: `Cannot burn seed: it is ${bytes} bytes and this model wants at least ${minBytes}`,
    next: "Check that the whole secret was scanned or typed.",
  };
}
