import type { PlannedToken } from "./burn_plan.ts";
import type { BurnPolicy, BurnRequest } from "./request.ts";
import type { Refused } from "./rules.ts";
import type { SlotState, SlotTraits } from "../token/mod.ts";

/** A slot that a seed goes into. */
export interface ChosenSlot {
  readonly slot: number | undefined;
  readonly title: string | undefined;
  /** What is in it now, as far as that is known. */
  readonly was: SlotState | undefined;
}

/** What slots are chosen from. */
export interface SlotInput {
  readonly token: PlannedToken;
  /** What the token told of its slots; one that is missing counts as one that nobody has looked at. */
  readonly slots: readonly SlotState[];
  readonly policy: BurnPolicy;
}

/** Finds the slot of each request, or says why there is none. Several `next` follow each other. */
export function chooseSlots(
  requests: readonly Pick<BurnRequest, "slot" | "title">[],
  input: SlotInput,
): readonly (ChosenSlot | Refused)[] {
  const traits = input.token.traits!.slots;
  if (traits.count === 1 && traits.foundBy !== "title") {
    return requests.map((_, index) => index === 0 ? ONLY : onlyOne(requests.length));
  }
  const taken: ChosenSlot[] = [];
  const named = new Set(requests.map(({ slot }) => slot));
  return requests.map((request) => {
    const chosen = traits.foundBy === "title"
      ? byTitle(request, { traits, input, taken, named })
      : byNumber(request, { traits, input, taken, named });
    if ("code" in chosen) return chosen;
    taken.push(chosen);
    return chosen.was?.occupied && !mayReplace(chosen.was, input.policy)
      ? occupied(chosen.was, traits)
      : chosen;
  });
}

const ONLY: ChosenSlot = { slot: undefined, title: undefined, was: undefined };

interface Choice {
  readonly traits: SlotTraits;
  readonly input: SlotInput;
  readonly taken: readonly ChosenSlot[];
  /** Slots that a request names, which none that says `next` may get. */
  readonly named: ReadonlySet<number | "next" | undefined>;
}

function byNumber(
  { slot, title }: Pick<BurnRequest, "slot" | "title">,
  { traits, input: { slots }, taken, named }: Choice,
): ChosenSlot | Refused {
  const { first = 0, count } = traits;
  const isTaken = (number: number): boolean => taken.some((one) => one.slot === number);
  if (slot === undefined) return whichSlot({ first, count });
  if (slot === "next") {
    const free = slots.find((one) => !one.occupied && !isTaken(one.slot) && !named.has(one.slot));
    return free ? { slot: free.slot, title, was: free } : full(count);
  }
  if (!Number.isInteger(slot) || slot < first || slot >= first + count) {
    return noSuchSlot(slot, { first, count });
  }
  if (isTaken(slot)) return twice(`slot ${slot}`);
  return { slot, title, was: slots.find((one) => one.slot === slot) };
}

function byTitle(
  { title }: Pick<BurnRequest, "slot" | "title">,
  { traits, input: { slots }, taken }: Choice,
): ChosenSlot | Refused {
  if (!title) return noTitle();
  if (taken.some((one) => one.title === title)) return twice(`the name "${title}"`);
  const was = slots.find((one) => one.occupied && one.title === title);
  if (was) return { slot: was.slot, title, was };
  const used = slots.filter((one) => one.occupied).length;
  const added = taken.filter((one) => !one.was).length;
  return used + added >= traits.count
    ? full(traits.count)
    : { slot: used + added, title, was: undefined };
}

function mayReplace({ slot, title }: SlotState, { replace = [] }: BurnPolicy): boolean {
  return replace.includes(slot) || (title !== undefined && title !== "" && replace.includes(title));
}

function occupied({ slot, title }: SlotState, { foundBy }: SlotTraits): Refused {
  const named = foundBy === "title" ? `"${title}"` : `slot ${slot}`;
  const held = foundBy !== "title" && title ? ` for "${title}"` : "";
  return {
    code: "burn/slot-occupied",
    message: `Cannot burn seed: ${named} holds one already${held}`,
    next: foundBy === "title"
      ? "Choose another title, or agree to lose that seed by naming it."
      : "Choose another slot, or agree to lose that seed by naming the slot.",
  };
}

function onlyOne(wanted: number): Refused {
  return {
    code: "burn/full",
    message: `Cannot burn seeds: the token holds one, and there are ${wanted}`,
    next: "Choose one of them.",
  };
}

function full(count: number): Refused {
  return {
    code: "burn/full",
    message: `Cannot burn seed: none of the ${count} slots is free`,
    next: "Erase one that is not needed, or name the one whose seed may be lost.",
  };
}

interface SlotRange {
  readonly first: number;
  readonly count: number;
}

function whichSlot({ first, count }: SlotRange): Refused {
  return {
    code: "burn/which-slot",
    message: `Cannot burn seed: the token has slots ${first} to ${
      first + count - 1
    }, and none was named`,
    next: "Name one, or take the next that is free.",
  };
}

/** Why a slot that the token does not have cannot be used. */
export function noSuchSlot(slot: number, { first, count }: SlotRange): Refused {
  return {
    code: "burn/no-such-slot",
    message: `Cannot use slot ${slot}: the token has slots ${first} to ${first + count - 1}`,
    next: "Name one of these.",
  };
}

function twice(what: string): Refused {
  return {
    code: "burn/slot-twice",
    message: `Cannot burn seeds: ${what} is wanted for two of them`,
    next: "Give each its own.",
  };
}

function noTitle(): Refused {
  return {
    code: "burn/title",
    message: "Cannot burn seed: this token finds its seeds by their name, and there is none",
    next: "Name the account.",
  };
}
