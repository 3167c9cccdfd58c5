import {
  type BurnOutcome,
  type BurnPlan,
  planBurn,
  planClockSync,
  readSlots,
  type RefusedPlan,
  type RunOptions,
  runPlan,
  wipePlan,
} from "@otpsmith/core/burn";
import type { CallOptions } from "@otpsmith/core/link";
import type { Secret } from "@otpsmith/core/secret";
import type { TokenConnection } from "@otpsmith/core/station";
import { systemTime } from "@otpsmith/core/time";
import type { Token } from "@otpsmith/core/token";
import { broken, check } from "../_check.ts";

/** What a driver is used for. */
export type Work = "burn-sync" | "burn-keep" | "clock-sync";

/** All that is asked of a token that can be burned. */
export const WORKS: readonly Work[] = ["burn-sync", "burn-keep", "clock-sync"];

/**
 * A plan for that work, with settings that the model has. Of several slots it is the first, whatever it
 * holds: its seed is the one that is replaced.
 */
export async function planWork(
  work: Work,
  token: Token,
  options: CallOptions & { readonly seed: Secret },
): Promise<BurnPlan> {
  const { traits } = token;
  const { seed } = options;
  check(
    traits !== undefined,
    "the tokens under test have to be of a model that the driver's table has: it offers no traits",
  );
  const { first: slot = 0, titleBytes, foundBy } = traits.slots;
  const algorithm = traits.algorithms.at(-1)!;
  const [digits, period] = [traits.digits[0]!, traits.periods.at(-1)!];
  const policy = { now: systemTime.now() };
  if (work === "clock-sync") {
    const settings = { algorithm, period };
    return made(planClockSync({ token, settings, policy, eraseSeed: true, slots: [slot] }));
  }
  const slots = await readSlots(token, [{ slot }], options);
  const held = foundBy === "title" ? slots.find(({ occupied }) => occupied)?.title : undefined;
  const title = held ?? (titleBytes > 0 ? "Conformance".slice(0, titleBytes) : undefined);
  return made(planBurn({
    token,
    slots,
    policy: { ...policy, replace: [slot, ...(held === undefined ? [] : [held])] },
    request: { seed, algorithm, digits, period, syncClock: work === "burn-sync", slot, title },
  }));
}

function made(plan: BurnPlan | RefusedPlan): BurnPlan {
  if (plan.ok) return plan;
  return broken(
    `the traits have to allow a burn with settings that they name: ${
      plan.refusals.map(({ message }) => message).join("; ")
    }`,
  );
}

/** Carries the work out. */
export async function carryOut(
  work: Work,
  connection: TokenConnection,
  options: RunOptions & { readonly seed: Secret },
): Promise<BurnOutcome> {
  const { timeoutMs, seed } = options;
  const plan = await planWork(work, connection.token, { timeoutMs, seed });
  try {
    return await runPlan(connection, plan, options);
  } finally {
    wipePlan(plan);
  }
}

/** Carries the work out; it has to succeed. */
export async function finish(
  work: Work,
  connection: TokenConnection,
  options: { readonly seed: Secret },
): Promise<void> {
  const { status, message, error } = await carryOut(work, connection, options);
  check(
    status === "done",
    `${work} has to be done where nothing goes wrong, and was ${status}: ${error ?? message}`,
  );
}
