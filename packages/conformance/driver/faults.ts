import type { BurnOutcome, SeedState } from "@otpsmith/core/burn";
import { isProjectError } from "@otpsmith/core/errors";
import { createStation, type TokenConnection } from "@otpsmith/core/station";
import { HastyTime } from "@otpsmith/core/time";
import { broken, check } from "../_check.ts";
import type { ConformanceCase } from "../case.ts";
import type { TokenFault, TokensUnderTest, TokenUnderTest } from "../token/mod.ts";
import {
  changes,
  NEW_SEED,
  OLD_SEED,
  secret,
  seedState,
  showsSeed,
  withTokens,
} from "../token/with_tokens.ts";
import { allFaults, describeFault } from "./_faults.ts";
import { carryOut, finish, type Work } from "../token/work.ts";
import { connectTo } from "./_station.ts";
import type { DriverSetup } from "./setup.ts";

/** How long a reader waits for a token that hangs, an exchange for its answer, a burn for its token. */
const LIMITS = { readerTimeoutMs: 30, reopenWithinMs: 60 } as const;
/** How long an exchange may take. A busy machine needs longer, and then never comes to the fault. */
const TIMEOUTS_MS: readonly number[] = [100, 1_000, 10_000];

/** How work with a fault ended; `not-begun`: the token was not recognised, nothing was planned. */
interface Ending extends Pick<BurnOutcome, "holds"> {
  /** The title of the slot that was meant: a token that told of none got a new one. */
  readonly title?: string | undefined;
  readonly status: BurnOutcome["status"] | "not-begun";
  /** Everything that was said about it. */
  readonly said: string;
}

/** Does the work with whatever token answers on the reader, which may not even be recognised. */
async function work(
  what: Work,
  { setup, tokens, timeoutMs }: {
    readonly setup: DriverSetup;
    readonly tokens: TokensUnderTest;
    readonly timeoutMs: number;
  },
): Promise<Ending> {
  // A driver that looks again and again until a token is ready need not make a sweep slow.
  const time = new HastyTime();
  const station = createStation({ transports: [], drivers: [setup.driver], time });
  const [endpoint] = await tokens.transport.list();
  const notBegun = (error: unknown): Ending => {
    if (!isProjectError(error)) throw error;
    return { status: "not-begun", holds: ["old-seed"], said: String(error) };
  };
  const opened: TokenConnection | Ending = await station
    .connect(endpoint!, { timeoutMs }).catch(notBegun);
  if ("status" in opened) return opened;
  try {
    const { traits, access } = opened.token;
    // Badly read, it is of no known model: it can be read and is never written. Or it seems to want what
    // nobody has set, and the plan is refused.
    const wanting = access?.secret?.required === true && setup.secret === undefined;
    if (!traits || wanting) return { status: "not-begun", holds: ["old-seed"], said: "" };
    const { reopenWithinMs } = LIMITS;
    const { status, holds, slots, ...said } = await carryOut(what, opened, {
      seed: secret(NEW_SEED),
      secret: setup.secret?.(),
      timeoutMs,
      reopenWithinMs,
      time,
    });
    const { title } = slots[0]!;
    return { status, holds, title, said: `${JSON.stringify([slots, said])} ${said.error}` };
  } catch (error) {
    return notBegun(error); // what its slot holds could not be read
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

/** Does the work with one fault on the way, and holds what is said of it against what is true. */
async function workWithFault(
  what: Work,
  { fault, setup }: { readonly fault: TokenFault; readonly setup: DriverSetup },
): Promise<Struck> {
  for (const timeoutMs of TIMEOUTS_MS) {
    const ending = await workOnce(what, { fault, setup, timeoutMs });
    if (ending) return ending;
  }
  return broken(`${what} with ${describeFault(fault)}: the fault has to strike`);
}

/** How work ended in which a fault struck. */
type Struck = Ending & { readonly truth: SeedState };

/** The same, unless the work was given up before it came to the fault. */
function workOnce(
  what: Work,
  { fault, setup, timeoutMs }: {
    readonly fault: TokenFault;
    readonly setup: DriverSetup;
    readonly timeoutMs: number;
  },
): Promise<Struck | undefined> {
  return withTokens(setup.tokens, async (tokens) => {
    const { token } = tokens;
    const before = token.truth();
    token.faults.schedule(fault);
    const ending = await work(what, { setup, tokens, timeoutMs });
    if (token.faults.struck.length === 0) return undefined;
    const { status, holds, title, said } = ending;
    const after = token.truth();
    const truth = seedState(token.truth(title));
    const when = `${what} with ${describeFault(fault)} ended as ${status}`;
    check(truth !== undefined, `${when}: the token holds a seed that nobody gave it`);
    check(
      holds.includes(truth),
      `${when} and says that the token holds ${holds.join(" or ")}, but it holds ${truth}`,
    );
    if (status === "done") {
      check(
        what === "clock-sync" || truth === "new-seed",
        `${when}, but the token does not hold the new seed`,
      );
    }
    if (status === "stopped" || status === "not-begun") {
      // A proof that was shown and refused may have been counted: that is no write.
      const changed = changes(before, after).filter((part) => part !== "tries");
      check(changed.length === 0, `${when}, but the token's ${changed.join(", ")} has changed`);
    }
    check(
      !showsSeed(said, NEW_SEED) && !showsSeed(said, OLD_SEED),
      `${when}, and the message shows bytes of a seed`,
    );
    return { ...ending, truth };
  }, { readerTimeoutMs: LIMITS.readerTimeoutMs });
}

/** How many exchanges the work takes, counted by the token, where nothing goes wrong. */
function countExchanges(what: Work, setup: DriverSetup): Promise<number> {
  return withTokens(setup.tokens, async (tokens) => {
    const token: TokenUnderTest = tokens.token;
    const { connection } = await connectTo(token, { ...setup, tokens, time: new HastyTime() });
    await finish(what, connection, { seed: secret(NEW_SEED), secret: setup.secret?.() });
    await connection[Symbol.asyncDispose]();
    return token.faults.exchanges;
  });
}

const HELD: Readonly<Record<SeedState, string>> = {
  "old-seed": "the old seed",
  "new-seed": "the new one",
  "no-seed": "none",
};

/** The counts of a sweep, for a report. */
function report(endings: readonly Struck[]): string {
  const lines = (["done", "stopped", "needs-person", "not-begun"] as const).map((status) => {
    const of = endings.filter((ending) => ending.status === status);
    const held = (Object.keys(HELD) as SeedState[])
      .map((state) => [state, of.filter(({ truth }) => truth === state).length] as const)
      .filter(([, count]) => count > 0)
      .map(([state, count]) => `${count} hold ${HELD[state]}`);
    return `${of.length} ${status}${held.length > 0 ? ` (${held.join(", ")})` : ""}`;
  });
  return `${endings.length} times with one fault each: ${lines.join("; ")}`;
}

function sweep(
  what: Work,
  title: string,
  needs: readonly string[] = [],
): ConformanceCase<DriverSetup> {
  return {
    id: `driver/faults/${what}`,
    tier: 1,
    title,
    needs: ["faults", ...needs],
    run: async (setup) => {
      const exchanges = await countExchanges(what, setup);
      const endings = [];
      for (const fault of allFaults(exchanges, setup.driver.kind)) {
        endings.push(await workWithFault(what, { fault, setup }));
      }
      // A sweep proves nothing if nothing is ever saved, refused or handed to a person.
      // Reports are not refused: without a refusal a burn that has begun is done or handed to a person.
      const { driver: { kind }, statusWords = kind === "apdu" } = setup;
      const refused = statusWords ? ["stopped"] : [];
      for (const status of ["done", ...refused, "needs-person", "not-begun"]) {
        check(
          endings.some((ending) => ending.status === status),
          `of ${endings.length} faults none ended as ${status}: the tokens' faults have to strike as they say`,
        );
      }
      return `${exchanges} exchanges; ${report(endings)}`;
    },
  };
}

/**
 * The fault sweep: every fault at every exchange of every plan. Whatever goes wrong, the tool ends, and
 * says what the token now holds.
 */
export const faultCases: readonly ConformanceCase<DriverSetup>[] = [
  sweep(
    "burn-sync",
    "a burn ends, whatever goes wrong wherever, with what the token really holds",
    ["seed"],
  ),
  sweep("burn-keep", "so does a burn that leaves the token its own time", ["seed", "clock"]),
  sweep("clock-sync", "so does setting the clock", ["clock"]),
];
