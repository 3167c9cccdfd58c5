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

/** What work is done with. */
export interface WorkOptions extends CallOptions {
  /** What is burned. */
  readonly seed: Secret;
  /** What the owner shows the token. */
  readonly secret?: Secret | undefined;
  /** Whether each code is to need a touch. */
  readonly touch?: boolean | undefined;
}

/**
 * A plan for that work, with settings that the model has. Of several slots it is the first, whatever it
 * holds: its seed is the one that is replaced.
 */
export async function planWork(work: Work, token: Token, options: WorkOptions): Promise<BurnPlan> {
  const { traits } = token;
  const { seed, secret, touch, signal, timeoutMs } = options;
  check(
    traits !== undefined,
    "the tokens under test have to be of a model that the driver's table has: it offers no traits",
  );
  const { first: slot = 0, titleBytes, foundBy } = traits.slots;
  const algorithm = traits.algorithms.at(-1)!;
  const [digits, period] = [traits.digits[0]!, traits.periods.at(-1)!];
  const policy = { now: systemTime.now(), secretGiven: secret !== undefined };
  if (work === "clock-sync") {
    const settings = { algorithm, period };
    return made(planClockSync({ token, settings, policy, eraseSeed: true, slots: [slot] }));
  }
  const found = foundBy === "title";
  const slots = await readSlots(token, [{ slot }], { signal, timeoutMs });
  const held = found ? slots.find(({ occupied }) => occupied)?.title : undefined;
  const title = held ?? (titleBytes > 0 ? "Conformance".slice(0, titleBytes) : undefined);
  return made(planBurn({
    token,
    slots,
    policy: { ...policy, replace: [slot, ...(held === undefined ? [] : [held])] },
    request: {
      seed,
      algorithm,
      digits,
      period,
      syncClock: work === "burn-sync",
      ...(found ? {} : { slot }),
      title,
      touch,
    },
  }));
}

/**
 * Writes the seed of a plan as a burn does, whatever stands before it in the plan, without settling.
 *
 * @param again It was written before: see `SeedWriteOptions`.
 */
export async function writeSeedOf(
  plan: BurnPlan,
  token: Token,
  { secret, again = false }: Pick<WorkOptions, "secret"> & { readonly again?: boolean },
): Promise<void> {
  const { slot = 0, title, touch, parameters, seed } = plan.entries[0]!;
  await token.access?.authenticate({ secret });
  if (!again && plan.steps.some(({ name }) => name === "erase-slot")) {
    await token.slots?.erase?.({ slot, title });
  }
  await token.seeds?.write(seed!, { slot, title, touch, settings: parameters, again });
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
  options: Omit<RunOptions, "secret"> & WorkOptions,
): Promise<BurnOutcome> {
  const { timeoutMs, seed, secret, touch } = options;
  const { access } = connection.token;
  // Some tell what their slots hold to their owner alone.
  if (secret && access?.secret?.required) await access.authenticate({ secret, timeoutMs });
  const plan = await planWork(work, connection.token, { timeoutMs, seed, secret, touch });
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
  options: WorkOptions,
): Promise<void> {
  const { status, message, error } = await carryOut(work, connection, options);
  check(
    status === "done",
    `${work} has to be done where nothing goes wrong, and was ${status}: ${error ?? message}`,
  );
}
