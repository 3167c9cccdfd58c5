import {
  type BurnOutcome,
  type BurnPlan,
  type Endpoint,
  type ProjectError,
  type Proof,
  type RefusedPlan,
  type SlotState,
  type Token,
  TokenError,
  type TransportState,
} from "@otpsmith/core";
import type {
  StationBurn,
  StationPlan,
  StationProblem,
  StationProof,
  StationReader,
  StationToken,
} from "../station_api/mod.ts";

/** An error as the page shows it. */
export function problemOf(
  { code, message, next }: Pick<ProjectError, "code" | "message" | "next">,
): StationProblem {
  return { code, message, next: next ?? null };
}

/** The same for an error of a token, with the tries that it still has where it tells them. */
export function problemWithTries(error: ProjectError): StationProblem {
  const problem = problemOf(error);
  if (!(error instanceof TokenError) || error.attemptsLeft === undefined) return problem;
  const left = `${error.attemptsLeft} tries are left.`;
  return { ...problem, next: [left, problem.next ?? ""].join(" ").trim() };
}

/** What keeps a transport from being used, if something does. */
export function obstacleOf({ state }: TransportState): readonly StationProblem[] {
  if (state.usable) return [];
  return [{ code: `transport/${state.code}`, message: state.message, next: state.fix }];
}

/** A reader as the page shows it. */
export function readerOf({ id, label, transport, facts }: Endpoint): StationReader {
  return { id, label, transport, card: facts.card ?? "unknown" };
}

/** A token as the page shows it. */
export function tokenOf(
  token: Token,
  { secretGiven, slots, unfinished }: {
    readonly secretGiven: boolean;
    readonly slots: readonly SlotState[] | null;
    readonly unfinished: string | null;
  },
): StationToken {
  const { identity, evidence, clock, access, traits } = token;
  const secret = access?.secret;
  const several = traits !== undefined &&
    (traits.slots.count > 1 || traits.slots.foundBy !== undefined);
  return {
    serial: identity.serial,
    model: identity.model ?? null,
    family: identity.family,
    evidence: { level: evidence.level, note: evidence.note },
    clock: clock ? { ...clock.seen } : null,
    secret: secret
      ? {
        kind: secret.kind,
        required: secret.required,
        attemptsLeft: secret.attemptsLeft ?? null,
        given: secretGiven,
      }
      : null,
    slotCount: traits?.slots.count ?? 0,
    slotsBy: several ? traits.slots.foundBy ?? "number" : null,
    slots: slots?.map(({ slot, title, occupied }) => ({ slot, title: title ?? null, occupied })) ??
      null,
    unfinished,
  };
}

/** A plan, or the reasons against it, as the page shows it. */
export function planOf(plan: BurnPlan | RefusedPlan): StationPlan {
  if (!plan.ok) return { ok: false, refusals: plan.refusals.map(problemOf) };
  return {
    ok: true,
    id: seenPlan(plan),
    steps: plan.steps.map(({ title }) => title),
    destroys: plan.destroys,
    notes: plan.notes.map(({ message }) => message),
    hands: plan.hands,
    clock: plan.clock,
    slot: plan.entries[0]!.slot ?? null,
  };
}

/**
 * Names what a person agrees to. The drift of a clock, which changes with each reading, is no part of it:
 * the token, the steps and the losses are.
 */
export function seenPlan({ token, steps, destroys, parameters, clock, entries }: BurnPlan): string {
  const slots = entries.map(({ slot, title }) => [slot, title]);
  const names = steps.map(({ name }) => name);
  const { algorithm, digits, period } = parameters;
  return JSON.stringify([token.serial, names, destroys, algorithm, digits, period, clock, slots]);
}

/** A burn that begins. */
export function burnBegins(plan: BurnPlan): StationBurn {
  return {
    serial: plan.token.serial,
    status: "running",
    steps: plan.steps.map(({ title }) => ({ title, state: "waits" })),
    wants: null,
    wantsWord: false,
    message: null,
    next: null,
    problem: null,
    slot: plan.entries[0]!.slot ?? null,
  };
}

/** A burn that has ended. */
export function burnEnds(burn: StationBurn, outcome: BurnOutcome): StationBurn {
  return {
    ...burn,
    status: outcome.status,
    steps: burn.steps.map(({ title, state }) => ({
      title,
      state: state === "runs" ? "failed" : state,
    })),
    wants: null,
    wantsWord: false,
    message: outcome.message,
    next: outcome.next,
    problem: outcome.error ? problemOf(outcome.error) : null,
  };
}

/** A proof as the page shows it. */
export function proofOf(proof: Proof, options: { readonly wanted: boolean }): StationProof {
  const { level, match, driftSeconds, acceptable, diagnosis } = proof;
  return {
    level,
    match,
    driftSeconds: driftSeconds ?? null,
    acceptable: acceptable ?? null,
    problem: diagnosis
      ? {
        code: `proof/${diagnosis.diagnosis}`,
        message: diagnosis.message,
        next: diagnosis.next ?? null,
      }
      : null,
    wanted: options.wanted,
  };
}
