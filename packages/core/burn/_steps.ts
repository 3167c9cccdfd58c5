import type { ClockWrite } from "../token/mod.ts";
import type { BurnPlan, PlanEntry, PlannedToken, PlanStep, SeedState } from "./burn_plan.ts";

/** What is lost with a slot, or with the one seed of a token. */
export function lostSeed({ slot, title }: PlanEntry): string {
  if (slot === undefined) return "the seed that is in the token now";
  return `the seed that is in slot ${slot} now${title ? ` (${title})` : ""}`;
}

/** Each session begins with it: what is not repeated is an answer that the token refused. */
export function accessSteps({ traits }: PlannedToken): readonly PlanStep[] {
  return traits?.access === "none"
    ? []
    : [{ name: "authenticate", title: "authenticate", repeatable: true }];
}

/** The settings and the clock of the whole token, which always stand before the seed. */
export function configurationStep(
  token: PlannedToken,
  { clock, entry }: { readonly clock: BurnPlan["clock"]; readonly entry?: number },
): PlanStep {
  const keeps = token.traits?.clockWrite ?? "unknown";
  return {
    name: "write-configuration",
    title: clock === "sync" ? "write configuration and clock" : "write configuration",
    repeatable: token.configuration?.repeatable === true,
    leaves: CLOCK_WRITE_LEAVES[keeps],
    entry,
  };
}

const CLOCK_WRITE_LEAVES: Readonly<Record<ClockWrite, readonly SeedState[] | undefined>> = {
  "keeps-seeds": undefined,
  "clears-seeds": ["no-seed"],
  "unknown": ["old-seed", "no-seed"],
  "none": undefined,
};

/** Erases what is in a slot. */
export function eraseStep(entry: number): PlanStep {
  // A slot that is empty counts as erased, so doing it twice is the same as doing it once.
  return { name: "erase-slot", title: "erase slot", repeatable: true, leaves: ["no-seed"], entry };
}

/**
 * All steps of a burn. Settings come before the seed wherever writing them may erase it. A slot whose
 * seed survives them is written in the order of the makers' tools: seed, title, settings.
 */
export function burnSteps(
  token: PlannedToken,
  { entries, clock }: { readonly entries: readonly PlanEntry[]; readonly clock: BurnPlan["clock"] },
): readonly PlanStep[] {
  const { settings = "token", slots, clockWrite } = token.traits!;
  const ofEntry = (planned: PlanEntry, entry: number): readonly PlanStep[] => {
    const occupied = planned.held.includes("old-seed");
    const erase = occupied && slots.eraseFirst && token.slots?.erase ? [eraseStep(entry)] : [];
    const seed: PlanStep = {
      name: "write-seed",
      title: "write seed",
      repeatable: token.seeds?.repeatable === true,
      leaves: ["new-seed"],
      entry,
    };
    const title: readonly PlanStep[] = planned.title !== undefined && token.slots?.writeTitle
      ? [{ name: "write-title", title: "write title", repeatable: true, entry }]
      : [];
    if (settings !== "slot") return [...erase, seed, ...title];
    const configuration = configurationStep(token, { clock, entry });
    return clockWrite === "keeps-seeds"
      ? [...erase, seed, ...title, configuration]
      : [...erase, configuration, seed, ...title];
  };
  // Of the whole token, so it stands once, before every seed. With one seed it is that one's own.
  const whole = entries.length > 1 ? {} : { entry: 0 };
  return [
    ...accessSteps(token),
    ...(settings === "token" ? [configurationStep(token, { clock, ...whole })] : []),
    ...entries.flatMap(ofEntry),
  ];
}
