import { describe, expect, test } from "vitest";
import { LinkError, TokenError } from "../errors/mod.ts";
import { Secret } from "../secret/mod.ts";
import type { SlotState, Token, TokenTraits } from "../token/mod.ts";
import type { BurnPlan, RefusedPlan } from "./burn_plan.ts";
import { planClockSync } from "./clock_sync.ts";
import { planErase } from "./erase.ts";
import { planBurnAll } from "./plan.ts";
import { proveByToken } from "./prove_by_token.ts";
import { readSlots } from "./read_slots.ts";
import type { BurnPolicy, BurnRequest } from "./request.ts";
import { type RunOptions, runPlan } from "./run.ts";

const NOW = Date.UTC(2026, 10, 23);

const TRAITS: TokenTraits = {
  slots: { count: 4, titleBytes: 12, eraseFirst: true },
  seed: { minBytes: 1, maxBytes: 63 },
  algorithms: ["SHA1", "SHA256"],
  digits: [6, 8],
  periods: [30],
  displayOffSeconds: [15, 30],
  clockWrite: "keeps-seeds",
  settings: "slot",
  access: "customer-key",
  proof: ["presence", "display"],
  hands: [],
};

/** A token of four slots whose commands are written down; `fail` may throw in their place. */
function fakeToken(
  changes: Partial<TokenTraits> & { fail?: (command: string) => void } = {},
): { readonly token: Token; readonly sent: string[] } {
  const { fail, ...traits } = changes;
  const sent: string[] = [];
  const slots = new Map<number, SlotState>([
    [0, { slot: 0, occupied: false, title: "" }],
    [1, { slot: 1, occupied: true, title: "Bank", settings: { digits: 6 } }],
    [2, { slot: 2, occupied: false, title: "" }],
    [3, { slot: 3, occupied: false, title: "" }],
  ]);
  const does = (command: string): Promise<void> => {
    sent.push(command);
    return new Promise((resolve) => {
      fail?.(command);
      resolve();
    });
  };
  const change = (slot: number, to: Partial<SlotState>): void =>
    void slots.set(slot, { ...slots.get(slot)!, ...to });
  const token: Token = {
    identity: { driver: "fake", family: "Fake", model: "Fake 4", serial: "1" },
    evidence: { level: "simulator", note: "a test" },
    traits: { ...TRAITS, ...traits },
    access: {
      secret: { kind: "customer-key", required: false, bytes: { min: 1, max: 64 } },
      authenticate: ({ secret } = {}) => does(`authenticate ${secret?.length ?? "factory"}`),
    },
    seeds: {
      repeatable: true,
      write: async (seed, { slot = -1, again } = {}) => {
        await does(`seed ${slot} ${seed.length}${again ? " again" : ""}`);
        change(slot, { occupied: true });
      },
    },
    configuration: {
      repeatable: true,
      write: async ({ algorithm, digits, period }, { slot = -1 } = {}) => {
        await does(`configuration ${slot} ${digits}`);
        change(slot, { settings: { algorithm, digits, period } });
      },
    },
    clock: {
      seen: { tokenSeconds: NOW / 1000, hostMilliseconds: NOW, driftSeconds: 0 },
      read: () => Promise.reject(new Error("not asked for")),
      write: (_, { slot = -1 } = {}) => does(`clock ${slot}`),
    },
    slots: {
      read: ({ slot }) => Promise.resolve(slots.get(slot)!),
      list: () => Promise.resolve([...slots.values()]),
      writeTitle: async ({ slot, title }) => {
        await does(`title ${slot} ${title}`);
        change(slot, { title });
      },
      erase: async ({ slot }) => {
        await does(`erase ${slot}`);
        change(slot, { occupied: false });
      },
    },
  };
  return { token, sent };
}

function request(changes: Partial<BurnRequest> = {}): BurnRequest {
  const seed = Secret.take(new Uint8Array(20).fill(7));
  return { seed, algorithm: "SHA1", digits: 6, period: 30, syncClock: true, ...changes };
}

async function plan(
  token: Token,
  requests: readonly BurnRequest[],
  policy: Partial<BurnPolicy> = {},
): Promise<BurnPlan | RefusedPlan> {
  const slots = await readSlots(token, requests);
  return planBurnAll({ token, requests, slots, policy: { now: NOW, ...policy } });
}

async function run(token: Token, made: BurnPlan | RefusedPlan, options: RunOptions = {}) {
  if (!made.ok) throw new Error(made.refusals[0]!.message);
  const connection = { token, reopen: () => Promise.resolve() };
  return await runPlan(connection, made, { time: undefined, ...options });
}

const codes = (made: BurnPlan | RefusedPlan): readonly string[] =>
  made.ok ? [] : made.refusals.map(({ code }) => code);

describe("slots of a plan", () => {
  test("several accounts go into free slots that follow each other, as one plan", async () => {
    const { token } = fakeToken();
    const made = await plan(token, [
      request({ slot: "next", title: "One" }),
      request({ slot: "next", title: "Two" }),
    ]);
    if (!made.ok) throw new Error("refused");
    expect(made.entries.map(({ slot, title, held }) => [slot, title, held])).toEqual([
      [0, "One", ["no-seed"]],
      [2, "Two", ["no-seed"]],
    ]);
    expect(made.destroys).toEqual([]);
    expect(made.notes.map(({ code }) => code)).toEqual(["burn/factory-key"]);
    expect(made.steps.map(({ name, entry }) => `${name} ${entry ?? "-"}`)).toEqual([
      "authenticate -",
      ...["write-seed 0", "write-title 0", "write-configuration 0"],
      ...["write-seed 1", "write-title 1", "write-configuration 1"],
    ]);
  });

  test("only the slots that a plan needs are read", async () => {
    const { token } = fakeToken();
    const next = request({ slot: "next" });
    expect((await readSlots(token, [next])).map(({ slot }) => slot)).toEqual([0]);
    expect((await readSlots(token, [next, next])).map(({ slot }) => slot)).toEqual([0, 1, 2]);
    expect((await readSlots(token, [request({ slot: 3 })])).map(({ slot }) => slot)).toEqual([3]);
  });

  test("a seed is lost only to a person who names it, by slot or by title", async () => {
    const { token } = fakeToken();
    const wanted = [request({ slot: 1 })];
    expect(codes(await plan(token, wanted))).toEqual(["burn/slot-occupied"]);
    expect(codes(await plan(token, wanted, { replace: [2] }))).toEqual(["burn/slot-occupied"]);
    for (const replace of [[1], ["Bank"]]) {
      const made = await plan(token, wanted, { replace });
      expect(made.ok && made.destroys).toEqual(["the seed that is in slot 1 now (Bank)"]);
      expect(made.ok && made.steps.map(({ name }) => name)).toContain("erase-slot");
    }
  });

  test.each([
    ["Acme:alice", []],
    ["alice", []],
    [`${"a".repeat(64)}:${"b".repeat(64)}`, []],
    [`${"a".repeat(65)}:b`, ["burn/title"]],
    [`a:${"b".repeat(65)}`, ["burn/title"]],
    ["Acme:", ["burn/title"]],
    ["Ümit", ["burn/title"]],
  ])("a title of two parts, each with its own room: %s", async (title, refused) => {
    const titles = {
      titleBytes: 129,
      titleParts: { bytes: 64 },
      titleCharacters: "ascii",
    } as const;
    const { token } = fakeToken({ slots: { ...TRAITS.slots, ...titles } });
    expect(codes(await plan(token, [request({ slot: 0, title })]))).toEqual(refused);
  });

  test("title and seed that go into one command have to fit together", async () => {
    const { token } = fakeToken({ slots: { ...TRAITS.slots, titleAndSeedBytes: 24 } });
    expect(codes(await plan(token, [request({ slot: 0, title: "Acme" })]))).toEqual([]);
    expect(codes(await plan(token, [request({ slot: 0, title: "Acmes" })]))).toEqual([
      "burn/title",
    ]);
  });

  test("what does not fit is refused with every reason, and says which account", async () => {
    const { token } = fakeToken();
    const made = await plan(token, [
      request({ slot: 9 }),
      request({ slot: 2, digits: 7, title: "thirteen bytes" }),
      request({ slot: 2 }),
    ]);
    expect(codes(made)).toEqual([
      "burn/no-such-slot",
      "burn/digits",
      "burn/title",
      "burn/slot-twice",
    ]);
    expect(!made.ok && made.refusals[1]!.message).toMatch(/\(account 2 of 3\)$/);
    expect(codes(await plan(token, [request()]))).toEqual(["burn/which-slot"]);
    const five = Array.from({ length: 4 }, () => request({ slot: "next" }));
    expect(codes(await plan(token, five))).toEqual(["burn/full"]);
    const other = await plan(token, [request({ slot: 0, serial: "2" }), request({ serial: "2" })]);
    expect(codes(other)).toEqual(["burn/other-token", "burn/which-slot"]);
  });

  test("slots found by title take a new name as free and a known one as occupied", async () => {
    const { token } = fakeToken({
      slots: { count: 2, titleBytes: 64, foundBy: "title", eraseFirst: true },
      settings: "with-seed",
      clockWrite: "none",
      access: "none",
    });
    const made = await plan(token, [request({ title: "New" })]);
    expect(made.ok && made.steps.map(({ name }) => name)).toEqual(["write-seed", "write-title"]);
    expect(made.ok && made.clock).toBe("none");
    expect(codes(await plan(token, [request({ title: "Bank" })]))).toEqual(["burn/slot-occupied"]);
    expect(codes(await plan(token, [request()]))).toEqual(["burn/title"]);
    const two = [request({ title: "A" }), request({ title: "B" })];
    expect(codes(await plan(token, two))).toEqual(["burn/full"]);
  });
});

describe("carrying out a plan of several slots", () => {
  const two = [request({ slot: 0, title: "One" }), request({ slot: 1, digits: 8 })];
  const replace = { replace: [1] };

  test("one session, each slot whole before the next; the owner's key is shown", async () => {
    const { token, sent } = fakeToken();
    const outcome = await run(token, await plan(token, two, replace), {
      secret: Secret.take(new Uint8Array(16)),
    });
    expect(outcome).toMatchObject({ status: "done", message: "Slots 0, 1 hold the new seed" });
    expect(sent).toEqual([
      "authenticate 16",
      ...["seed 0 20", "title 0 One", "configuration 0 6"],
      ...["erase 1", "seed 1 20", "configuration 1 8"],
    ]);
  });

  test("a refusal leaves the slots before it burned, those after it untouched, and says so", async () => {
    const { token } = fakeToken({
      fail: (command) => {
        if (command !== "seed 1 20") return;
        throw new TokenError("refused", "Cannot write seed: no", { command: "write seed" });
      },
    });
    const three = [...two, request({ slot: 3 })];
    const outcome = await run(token, await plan(token, three, replace));
    expect(outcome.status).toBe("needs-person");
    expect(outcome.slots.map(({ holds }) => holds)).toEqual([
      ["new-seed"],
      ["no-seed"],
      ["no-seed"],
    ]);
    expect(outcome.message).toBe("Slot 0 holds the new seed; slots 1, 3 hold no seed");
  });

  test("Ctrl-C finishes the slot that is being written and does not begin the next", async () => {
    const stop = new AbortController();
    const { token, sent } = fakeToken({ fail: (it) => void (it === "seed 0 20" && stop.abort()) });
    const outcome = await run(token, await plan(token, two, replace), { signal: stop.signal });
    expect(outcome.status).toBe("needs-person");
    expect(sent.at(-1)).toBe("configuration 0 6");
    expect(outcome.slots.map(({ holds }) => holds)).toEqual([["new-seed"], ["old-seed"]]);
  });

  test("a write whose answer was lost is sent again as such, in a new session", async () => {
    let lost = false;
    const { token, sent } = fakeToken({
      fail: (command) => {
        if (lost || command !== "seed 0 20") return;
        lost = true;
        throw new LinkError("lost", "Cannot reach token", { delivery: "unknown" });
      },
    });
    const outcome = await run(token, await plan(token, [two[0]!]));
    expect(outcome.status).toBe("done");
    expect(sent.slice(1)).toEqual([
      ...["seed 0 20", "authenticate factory", "seed 0 20 again"],
      ...["title 0 One", "configuration 0 6"],
    ]);
  });

  test("the token says that a slot holds a seed with these settings, never that it is the right one", async () => {
    const { token } = fakeToken();
    const made = await plan(token, two, replace);
    if (!made.ok) throw new Error("refused");
    expect((await proveByToken(token, made)).map(({ match }) => match)).toEqual([false, false]);
    await run(token, made);
    expect(await proveByToken(token, made)).toEqual([
      { level: "presence", match: true },
      { level: "presence", match: true },
    ]);
  });
});

test("erasing names what is lost and passes over slots that are empty", async () => {
  const { token, sent } = fakeToken();
  const slots = await token.slots!.list();
  const made = planErase({ token, slots, policy: { now: NOW } });
  expect(made.ok && made.destroys).toEqual(["the seed that is in slot 1 now (Bank)"]);
  expect(await run(token, made)).toMatchObject({ status: "done", message: "Slot 1 holds no seed" });
  expect(sent).toEqual(["authenticate factory", "erase 1"]);
  const again = planErase({ token, slots: await token.slots!.list(), policy: { now: NOW } });
  expect(codes(again)).toEqual(["burn/nothing-to-erase"]);
});

test("clocks of slots are set each by itself, or one of them", async () => {
  const { token, sent } = fakeToken();
  const sync = (slots?: readonly number[]) =>
    planClockSync({
      token,
      slots,
      settings: { algorithm: "SHA1", period: 30 },
      policy: { now: NOW },
    });
  expect(await run(token, sync())).toMatchObject({ message: "The clock has been set" });
  expect(sent).toEqual(["authenticate factory", "clock 0", "clock 1", "clock 2", "clock 3"]);
  expect(codes(sync([4]))).toEqual(["burn/no-such-slot"]);
  const { token: clockless } = fakeToken({ clockWrite: "none" });
  const refused = planClockSync({
    token: clockless,
    settings: { algorithm: "SHA1", period: 30 },
    policy: { now: NOW },
  });
  expect(codes(refused)).toEqual(["burn/no-clock"]);
});

test("a token that wants a password is not written without one, and its tries are told", async () => {
  const { token } = fakeToken();
  const secret = {
    kind: "pin",
    required: true,
    attemptsLeft: 1,
    bytes: { min: 1, max: 8 },
  } as const;
  const locked: Token = { ...token, access: { ...token.access!, secret } };
  const made = await plan(locked, [request({ slot: 0 })]);
  expect(!made.ok && made.refusals[0]!.message).toMatch(/wants its PIN; 1 try is left/);
  expect(codes(await plan(locked, [request({ slot: 0 })], { secretGiven: true }))).toEqual([]);
});
