import type { Secret } from "../secret/mod.ts";
import type { ClockReading, Token, TokenCallOptions } from "../token/mod.ts";
import type { BurnPlan, PlanEntry, PlanStep, StepName } from "./burn_plan.ts";

/** What a step is sent with. */
export interface StepContext {
  readonly token: Token;
  readonly plan: BurnPlan;
  readonly call: TokenCallOptions;
  /** What the owner shows the token. */
  readonly secret: Secret | undefined;
  /** What time it is, in milliseconds. */
  readonly now: () => number;
  /** What the plan was made from: a reading that is garbled later must not become the token's clock. */
  readonly clockSeen: ClockReading | undefined;
  /** Whether the step was sent before and may have been carried out. */
  readonly again: boolean;
}

type Send = (context: StepContext, entry: PlanEntry) => Promise<void> | undefined;

/** Sends a step through the facet that is for it. */
export async function sendStep(step: PlanStep, context: StepContext): Promise<void> {
  await SEND[step.name](context, context.plan.entries[step.entry ?? 0]!);
}

const SEND: Readonly<Record<StepName, Send>> = {
  "authenticate": ({ token, call, secret }) => token.access?.authenticate({ ...call, secret }),
  "write-configuration": (context, { slot, parameters }) =>
    context.token.configuration?.write(
      { ...parameters, clockSeconds: clockSeconds(context) },
      { ...context.call, ...(slot === undefined ? {} : { slot }) },
    ),
  "erase-slot": ({ token, call }, { slot = 0, title }) =>
    token.slots?.erase?.({ slot, title }, call),
  "write-seed": ({ token, call, again }, { slot, title, touch, parameters, seed }) =>
    token.seeds?.write(seed!, { ...call, slot, title, touch, settings: parameters, again }),
  "write-title": ({ token, call }, { slot = 0, title = "" }) =>
    token.slots?.writeTitle?.({ slot, title }, call),
  "write-clock": (context, { slot }) =>
    context.token.clock?.write?.(clockSeconds(context), {
      ...context.call,
      ...(slot === undefined ? {} : { slot }),
    }),
};

function clockSeconds({ now, plan, clockSeen }: StepContext): number {
  if (plan.clock === "sync" || !clockSeen) return Math.round(now() / 1000);
  // The token's own time goes back to it: there is no other way to write the other settings.
  return clockSeen.tokenSeconds + Math.round((now() - clockSeen.hostMilliseconds) / 1000);
}
