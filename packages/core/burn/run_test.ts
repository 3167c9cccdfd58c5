import { describe, expect, test } from "vitest";
import { findModel, modelTraits, token2Profile } from "../drivers/token2_single/mod.ts";
import { LinkError, TokenError } from "../errors/mod.ts";
import { Secret } from "../secret/mod.ts";
import { ManualTime } from "../time/mod.ts";
import type { Token, TokenConfiguration } from "../token/mod.ts";
import type { JournalEntry } from "./journal.ts";
import type { BurnPlan } from "./burn_plan.ts";
import { planBurn } from "./plan.ts";
import { type BurnConnection, type BurnEvent, runPlan } from "./run.ts";

const NOW = Date.UTC(2026, 10, 23);
const SERIAL = "86596221234567"; // a model that forgets its seed with every configuration
type Call = "authenticate" | "configuration" | "seed" | "reopen";

/** A token that records what it is asked to do and fails where it is told to. */
class FakeConnection implements BurnConnection {
  readonly calls: Call[] = [];
  readonly time = new ManualTime(NOW);
  readonly configurations: TokenConfiguration[] = [];
  readonly #fail: (call: Call, count: number) => Error | undefined;
  serial = SERIAL;
  repeatable = true;
  onCall: (call: Call) => void = () => undefined;

  constructor(fail: (call: Call, count: number) => Error | undefined = () => undefined) {
    this.#fail = fail;
  }

  get token(): Token {
    const seen = { tokenSeconds: NOW / 1000 + 7, hostMilliseconds: NOW, driftSeconds: 7 };
    const traits = modelTraits(findModel(SERIAL, [token2Profile])!);
    return {
      identity: { driver: "fake", family: "Fake", model: "Fake", serial: this.serial },
      traits,
      evidence: { level: "simulator", note: "a test" },
      clock: { seen, read: () => Promise.resolve(seen) },
      access: { authenticate: () => this.#call("authenticate") },
      configuration: {
        repeatable: true,
        write: (configuration) => {
          this.configurations.push(configuration);
          return this.#call("configuration");
        },
      },
      seeds: { repeatable: this.repeatable, write: () => this.#call("seed") },
    };
  }

  async reopen(): Promise<void> {
    await this.#call("reopen");
  }

  #call(call: Call): Promise<void> {
    this.calls.push(call);
    this.onCall(call);
    const error = this.#fail(call, this.calls.filter((one) => one === call).length);
    return error ? Promise.reject(error) : Promise.resolve();
  }
}

function planFor(connection: FakeConnection, syncClock = true): BurnPlan {
  const seed = Secret.take(new Uint8Array(20).fill(1));
  const plan = planBurn({
    token: connection.token,
    request: { seed, algorithm: "SHA1", digits: 6, period: 30, syncClock },
    policy: { now: NOW },
  });
  if (!plan.ok) throw new Error("refused");
  return plan;
}

const lost = (delivery: "not-sent" | "unknown"): LinkError =>
  new LinkError("lost", "Cannot send: gone", { delivery });
const refused = (kind: "refused" | "bad-key" | "garbled"): TokenError =>
  new TokenError(kind, "Cannot write: no", { command: "write" });
const once = (wanted: Call, error: Error) => (call: Call, count: number): Error | undefined =>
  call === wanted && count === 1 ? error : undefined;
const always = (wanted: Call, error: Error) => (call: Call): Error | undefined =>
  call === wanted ? error : undefined;

/** Lets time pass until the connection has been opened again so many times. */
async function passTime(connection: FakeConnection, reopens: number): Promise<void> {
  while (connection.calls.filter((call) => call === "reopen").length < reopens) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    connection.time.advance(200);
  }
}

describe("a burn that goes well", () => {
  test("authenticates, writes settings, writes the seed, and nothing else", async () => {
    const connection = new FakeConnection();
    const events: BurnEvent[] = [];
    const journal: JournalEntry[] = [];
    const outcome = await runPlan(connection, planFor(connection), {
      time: connection.time,
      onEvent: (event) => events.push(event),
      journal: { append: (entry) => Promise.resolve(void journal.push(entry)) },
    });
    expect(connection.calls).toEqual(["authenticate", "configuration", "seed"]);
    expect(outcome).toMatchObject({ status: "done", holds: ["new-seed"] });
    expect(events.length).toBe(6);
    expect(journal.map(({ step, event }) => `${step} ${event}`)).toEqual([
      "burn begins",
      "authenticate begins",
      "authenticate done",
      "write-configuration begins",
      "write-configuration done",
      "write-seed begins",
      "write-seed done",
      "burn done",
    ]);
    expect(JSON.stringify(journal)).not.toContain("secret");
  });

  test("sets the clock at the moment of writing", async () => {
    const connection = new FakeConnection();
    const plan = planFor(connection);
    connection.time.advance(65_000);
    await runPlan(connection, plan, { time: connection.time });
    expect(connection.configurations[0]?.clockSeconds).toBe(NOW / 1000 + 65);
  });

  test("gives the token its own time back where the clock is to be left alone", async () => {
    const connection = new FakeConnection();
    const plan = planFor(connection, false);
    connection.time.advance(65_000);
    await runPlan(connection, plan, { time: connection.time });
    expect(connection.configurations[0]?.clockSeconds).toBe(NOW / 1000 + 7 + 65);
  });
});

describe("a link that is lost", () => {
  test("before authentication: opened again, and the burn is done", async () => {
    const connection = new FakeConnection(once("authenticate", lost("not-sent")));
    const outcome = await runPlan(connection, planFor(connection), { time: connection.time });
    expect(outcome.status).toBe("done");
    expect(connection.calls).toEqual([
      "authenticate",
      "reopen",
      "authenticate",
      "configuration",
      "seed",
    ]);
  });

  test("in the middle of the seed: the seed alone is written again, in a new session", async () => {
    const connection = new FakeConnection(once("seed", lost("unknown")));
    const outcome = await runPlan(connection, planFor(connection), { time: connection.time });
    expect(outcome).toMatchObject({ status: "done", holds: ["new-seed"] });
    expect(connection.calls).toEqual([
      ...["authenticate", "configuration", "seed"],
      ...["reopen", "authenticate", "seed"],
    ]);
  });

  test("in a write that must not be repeated: a person is asked at once", async () => {
    const connection = new FakeConnection(once("seed", lost("unknown")));
    connection.repeatable = false;
    const outcome = await runPlan(connection, planFor(connection), { time: connection.time });
    expect(outcome).toMatchObject({ status: "needs-person", holds: ["no-seed", "new-seed"] });
    expect(connection.calls).toEqual(["authenticate", "configuration", "seed"]);
  });

  test("again and again: given up after three times, and what the token may hold is named", async () => {
    const connection = new FakeConnection(always("seed", lost("unknown")));
    const outcome = await runPlan(connection, planFor(connection), { time: connection.time });
    expect(outcome).toMatchObject({ status: "needs-person", holds: ["no-seed", "new-seed"] });
    expect(connection.calls.filter((call) => call === "seed").length).toBe(4);
    expect(outcome.message).toBe("The token holds no seed or the new seed");
  });

  test("and another token lies there: waited on, nothing is written to it", async () => {
    const connection = new FakeConnection(once("seed", lost("unknown")));
    connection.onCall = (call) => call === "reopen" && (connection.serial = "86596220000009");
    const running = runPlan(connection, planFor(connection), {
      time: connection.time,
      reopenWithinMs: 1000,
    });
    await passTime(connection, 6);
    const outcome = await running;
    expect(outcome).toMatchObject({ status: "needs-person", holds: ["no-seed", "new-seed"] });
    expect(connection.calls.at(-1)).toBe("reopen");
    expect(outcome.error?.message).toContain("86596220000009");
  });

  test("and the right token is put back in place of another: the burn is done", async () => {
    const connection = new FakeConnection(once("seed", lost("unknown")));
    connection.onCall = (call) => {
      if (call !== "reopen") return;
      const first = connection.calls.filter((one) => one === "reopen").length === 1;
      connection.serial = first ? "86596220000009" : SERIAL;
    };
    const running = runPlan(connection, planFor(connection), { time: connection.time });
    await passTime(connection, 2);
    expect(await running).toMatchObject({ status: "done", holds: ["new-seed"] });
  });

  test("and no token comes back: waited for, then a person is asked", async () => {
    const gone = new LinkError("absent", 'Cannot open "x": no card', { delivery: "not-sent" });
    const connection = new FakeConnection((call, count) =>
      call === "seed" && count === 1 ? lost("unknown") : call === "reopen" ? gone : undefined
    );
    const events: BurnEvent[] = [];
    const running = runPlan(connection, planFor(connection), {
      time: connection.time,
      reopenWithinMs: 1000,
      onEvent: (event) => events.push(event),
    });
    await passTime(connection, 6);
    const outcome = await running;
    expect(outcome).toMatchObject({ status: "needs-person", holds: ["no-seed", "new-seed"] });
    expect(events.filter(({ type }) => type === "wants-token").length).toBe(1);
  });
});

describe("a token that refuses", () => {
  test("the key: stopped at once, never tried again, nothing lost", async () => {
    const connection = new FakeConnection(always("authenticate", refused("bad-key")));
    const outcome = await runPlan(connection, planFor(connection), { time: connection.time });
    expect(outcome).toMatchObject({ status: "stopped", holds: ["old-seed"] });
    expect(connection.calls).toEqual(["authenticate"]);
  });

  test("the key, in a way that is not documented: not tried again either", async () => {
    const error = new TokenError("garbled", "Cannot authenticate: x", {
      command: "x",
      status: 0x6f01,
    });
    const connection = new FakeConnection(always("authenticate", error));
    const outcome = await runPlan(connection, planFor(connection), { time: connection.time });
    expect(outcome).toMatchObject({ status: "stopped", holds: ["old-seed"] });
    expect(connection.calls).toEqual(["authenticate"]);
  });

  test("a write because it has forgotten the session: a new session, and the burn is done", async () => {
    const error = new TokenError("refused", "Cannot write: x", { command: "x", status: 0x6983 });
    const connection = new FakeConnection(once("seed", error));
    const outcome = await runPlan(connection, planFor(connection), { time: connection.time });
    expect(outcome).toMatchObject({ status: "done", holds: ["new-seed"] });
    expect(connection.calls.slice(3)).toEqual(["reopen", "authenticate", "seed"]);
  });

  test("the settings: stopped, nothing lost", async () => {
    const connection = new FakeConnection(always("configuration", refused("refused")));
    const outcome = await runPlan(connection, planFor(connection), { time: connection.time });
    expect(outcome).toMatchObject({ status: "stopped", holds: ["old-seed"] });
  });

  test("the seed after the settings: the token is empty, and that is said", async () => {
    const connection = new FakeConnection(always("seed", refused("refused")));
    const outcome = await runPlan(connection, planFor(connection), { time: connection.time });
    expect(outcome).toMatchObject({
      status: "needs-person",
      holds: ["no-seed"],
    });
    expect(outcome.message).toBe("The token holds no seed");
  });

  test("an answer that cannot be read is not a refusal: the step is repeated", async () => {
    const connection = new FakeConnection(once("configuration", refused("garbled")));
    const outcome = await runPlan(connection, planFor(connection), { time: connection.time });
    expect(outcome.status).toBe("done");
  });
});

describe("a person who stops it", () => {
  test("before the first write: nothing was sent that changes anything", async () => {
    const connection = new FakeConnection();
    const stop = new AbortController();
    connection.onCall = (call) => call === "authenticate" && stop.abort();
    const outcome = await runPlan(connection, planFor(connection), {
      time: connection.time,
      signal: stop.signal,
    });
    expect(outcome).toMatchObject({ status: "stopped", holds: ["old-seed"] });
    expect(connection.calls).toEqual(["authenticate"]);
  });

  test("between the writes: the seed is still written, for the token would be empty", async () => {
    const connection = new FakeConnection();
    const stop = new AbortController();
    connection.onCall = (call) => call === "configuration" && stop.abort();
    const outcome = await runPlan(connection, planFor(connection), {
      time: connection.time,
      signal: stop.signal,
    });
    expect(outcome).toMatchObject({ status: "done", holds: ["new-seed"] });
  });
});

test("a listener that throws stops nothing", async () => {
  const connection = new FakeConnection(once("seed", lost("unknown")));
  const outcome = await runPlan(connection, planFor(connection), {
    time: connection.time,
    onEvent: () => {
      throw new Error("a bug in a progress bar");
    },
  });
  expect(outcome.status).toBe("done");
});

describe("what must not begin", () => {
  test("a burn whose seed has been wiped already", async () => {
    const connection = new FakeConnection();
    const plan = planFor(connection);
    plan.seed?.wipe();
    await expect(runPlan(connection, plan, { time: connection.time })).rejects.toThrow(TypeError);
    expect(connection.calls).toEqual([]);
  });

  test("a burn that is stopped while its first write is put on record", async () => {
    const connection = new FakeConnection();
    const stop = new AbortController();
    const outcome = await runPlan(connection, planFor(connection), {
      time: connection.time,
      signal: stop.signal,
      journal: {
        append: ({ step }) =>
          Promise.resolve(void (step === "write-configuration" && stop.abort())),
      },
    });
    expect(outcome).toMatchObject({ status: "stopped", holds: ["old-seed"] });
    expect(connection.calls).toEqual(["authenticate"]);
  });

  test("a burn into another token than the planned one", async () => {
    const connection = new FakeConnection();
    const plan = planFor(connection);
    connection.serial = "86596220000009";
    const outcome = await runPlan(connection, plan, { time: connection.time });
    expect(outcome).toMatchObject({ status: "stopped", holds: ["old-seed"] });
    expect(connection.calls).toEqual([]);
  });

  test("a burn that cannot be recorded", async () => {
    const connection = new FakeConnection();
    const outcome = await runPlan(connection, planFor(connection), {
      time: connection.time,
      journal: { append: () => Promise.reject(new Error("disk full")) },
    });
    expect(outcome.status).toBe("stopped");
    expect(connection.calls).toEqual([]);
  });
});
