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
import { LinkError } from "@otpsmith/core/errors";
import type { CallOptions, Endpoint } from "@otpsmith/core/link";
import { createStation, type TokenConnection } from "@otpsmith/core/station";
import { systemTime } from "@otpsmith/core/time";
import type { Token, TokenDriver } from "@otpsmith/core/token";
import type { TraceEvent } from "@otpsmith/core/trace";
import { broken, check } from "../_check.ts";
import type { TokensUnderTest, TokenTruth, TokenUnderTest } from "../token/mod.ts";
import { changes, NEW_SEED, type Part, secret } from "../token/with_tokens.ts";

/** A trace event, and what the token under test had changed when it came. */
export interface WatchedEvent extends TraceEvent {
  readonly changed: readonly Part[];
}

/** Opens the endpoint on which that token lies, with everything that is sent watched. */
export async function connectTo(
  token: TokenUnderTest,
  { driver, tokens }: { readonly driver: TokenDriver; readonly tokens: TokensUnderTest },
): Promise<{ readonly connection: TokenConnection; readonly events: readonly WatchedEvent[] }> {
  const events: WatchedEvent[] = [];
  let last: TokenTruth = token.truth();
  const trace = (event: TraceEvent): void => {
    const now = token.truth();
    events.push({ ...event, changed: changes(last, now) });
    last = now;
  };
  const station = createStation({ transports: [], drivers: [driver], trace });
  for (const endpoint of await tokens.transport.list()) {
    const connection = await unlessBusy(station.connect(endpoint), endpoint);
    if (!connection) continue;
    if (connection.token.identity.serial === token.serial) return { connection, events };
    await connection[Symbol.asyncDispose]();
  }
  return broken(
    `identify() has to read the serial number that the token has, ${token.serial}: no reader gave it`,
  );
}

function unlessBusy(
  made: Promise<TokenConnection>,
  { label }: Endpoint,
): Promise<TokenConnection | undefined> {
  return made.catch((error) => {
    if (error instanceof LinkError && error.reason === "busy") return undefined;
    return broken(
      `identify() has to recognise a token of the driver's own family on "${label}": ${error}`,
    );
  });
}

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
  options: CallOptions = {},
): Promise<BurnPlan> {
  const { traits } = token;
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
    request: {
      seed: secret(NEW_SEED),
      algorithm,
      digits,
      period,
      syncClock: work === "burn-sync",
      slot,
      title,
    },
  }));
}

function made(plan: BurnPlan | RefusedPlan): BurnPlan {
  if (plan.ok) return plan;
  return broken(
    `the traits have to allow a burn of ${NEW_SEED.length} bytes with settings that they name: ${
      plan.refusals.map(({ message }) => message).join("; ")
    }`,
  );
}

/** Carries the work out. */
export async function carryOut(
  work: Work,
  connection: TokenConnection,
  options: RunOptions = {},
): Promise<BurnOutcome> {
  const { timeoutMs } = options;
  const plan = await planWork(work, connection.token, { timeoutMs });
  try {
    return await runPlan(connection, plan, options);
  } finally {
    wipePlan(plan);
  }
}

/** Carries the work out; it has to succeed. */
export async function finish(work: Work, connection: TokenConnection): Promise<void> {
  const { status, message, error } = await carryOut(work, connection);
  check(
    status === "done",
    `${work} has to be done where nothing goes wrong, and was ${status}: ${error ?? message}`,
  );
}
