import type { ProjectError } from "../errors/mod.ts";
import type { BurnPlan, SeedState } from "./burn_plan.ts";
import { describeSlots, type SlotHolds } from "./holds.ts";

/**
 * How a burn ended.
 *
 * - `done`: every write was acknowledged. After a burn the code on the display is still to be compared.
 * - `stopped`: nothing was written; the token is as it was.
 * - `needs-person`: something was written or may have been, and the work is not complete: `holds` names
 *   what the token may hold.
 */
export interface BurnOutcome {
  /** How it ended. */
  readonly status: "done" | "stopped" | "needs-person";
  /** All that the token may hold now; with several slots, all that any of those of the plan may hold. */
  readonly holds: readonly SeedState[];
  /** What each slot of the plan may hold now. */
  readonly slots: readonly SlotHolds[];
  /** One sentence for a person: what the token holds. */
  readonly message: string;
  /** What the person can do. */
  readonly next: string;
  /** What went wrong. */
  readonly error?: ProjectError | undefined;
}

const AGAIN: Readonly<Record<BurnPlan["work"], string>> = {
  "burn": "Switch the token on, place it on the reader and burn the same seed again; " +
    "keep the service's page open until then.",
  "set-clock": "Switch the token on, place it on the reader and set its clock again.",
  "erase": "Connect the token again and erase what is left.",
};

/** Puts the end of a work into words. */
export function outcomeOf(
  status: BurnOutcome["status"],
  { plan, held, error }: {
    readonly plan: BurnPlan;
    /** What each entry may hold. */
    readonly held: readonly (readonly SeedState[])[];
    readonly error?: ProjectError | undefined;
  },
): BurnOutcome {
  const slots = plan.entries.map(({ slot, title }, index): SlotHolds => ({
    ...(slot === undefined ? {} : { slot, title }),
    holds: held[index]!,
  }));
  const holds = [...new Set(held.flat())];
  const [message, next] = WORDS[status]({ plan, holds, text: describeSlots(slots), error });
  return { status, holds, slots, message, next, error };
}

interface Words {
  readonly plan: BurnPlan;
  readonly holds: readonly SeedState[];
  readonly text: string;
  readonly error?: ProjectError | undefined;
}

const WORDS: Readonly<
  Record<BurnOutcome["status"], (words: Words) => readonly [message: string, next: string]>
> = {
  "done": ({ plan, text }) => DONE[plan.work](text, plan),
  "stopped": ({ text, error }) => [
    `${text}: nothing was lost`,
    error?.next ?? "Do it again when the cause is removed.",
  ],
  "needs-person": ({ plan, holds, text }) => [
    plan.work !== "erase" && holds.includes("old-seed")
      ? `${text}, with clock and settings old or new`
      : text,
    plan.work === "set-clock" && holds.join() !== "old-seed" ? AGAIN.burn : AGAIN[plan.work],
  ],
};

const DONE: Readonly<
  Record<BurnPlan["work"], (text: string, plan: BurnPlan) => readonly [string, string]>
> = {
  "burn": (text, { hands }) =>
    hands.includes("power-cycle")
      ? [
        `${text}, which counts after it has been switched off and on`,
        "Switch the token off and on, then compare the code it shows.",
      ]
      : [text, "Compare a code of the token with one that the service takes."],
  "set-clock": (text, { entries }) => [
    // Slots that have clocks of their own were only told the time.
    entries[0]!.slot === undefined ? `The clock has been set. ${text}` : "The clock has been set",
    "Nothing more is to be done.",
  ],
  "erase": (text) => [text, "Nothing more is to be done."],
};
