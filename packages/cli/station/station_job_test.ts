import { Secret } from "@otpsmith/core";
import { createVirtualToken, type VirtualToken } from "@otpsmith/simulator";
import { afterEach, describe, expect, test } from "vitest";
import type { ActionRefused } from "./_problems.ts";
import { type TestStation, testStation } from "./testdata/bench.ts";

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const LINK = `otpauth://totp/Aliyun:alice?secret=${SEED}&issuer=Aliyun`;
const ACCOUNT = { text: LINK, as: "link", source: "the picture" } as const;

const stations: TestStation[] = [];
afterEach(async () => {
  for (const { job } of stations.splice(0)) await job[Symbol.asyncDispose]();
});

function start(...args: Parameters<typeof testStation>): TestStation {
  const station = testStation(...args);
  stations.push(station);
  return station;
}

function singleToken(model = "token2-single:C302-i"): VirtualToken {
  return createVirtualToken({ model });
}

/** Burns what is planned. */
async function burn({ job, until }: TestStation): Promise<void> {
  const { plan } = await until(({ plan, busy }) => plan?.ok === true && busy === null);
  if (!plan?.ok) throw new Error("no plan");
  await job.act("burn", { plan: plan.id, agreed: true });
  await until(({ busy, burn }) => busy === null && burn !== null && burn.status !== "running");
}

describe("the whole job", () => {
  test("from the link to the proof, with one reader that nobody has to choose", async () => {
    const token = singleToken();
    const station = start([token]);
    const { job, until, journal } = station;
    await job.act("set-account", ACCOUNT);
    const read = await until((state) => state.token !== null);
    expect(read.token).toMatchObject({ serial: token.serial, model: "C302-i", slotsBy: null });
    expect(read.token?.clock?.driftSeconds).toBeCloseTo(0, -1);
    const planned = await until(({ plan }) => plan !== null);
    expect(planned.plan).toMatchObject({ ok: true, clock: "sync" });
    await burn(station);
    expect(job.state.burn).toMatchObject({ status: "done", serial: token.serial, problem: null });
    expect(job.state.burn?.steps.every(({ state }) => state === "done")).toBe(true);
    expect(job.state.proof).toMatchObject({ level: "none", match: false, wanted: true });

    token.hands.powerCycle();
    await job.act("prove", { code: token.display().code! });
    expect(job.state.proof).toMatchObject({ level: "display", match: true, wanted: false });
    expect(job.state.records).toMatchObject([{ serial: token.serial, proven: true }]);
    expect(journal.at(-1)).toMatchObject({ step: "burn", event: "done" });
    expect(JSON.stringify([job.state, journal])).not.toContain(SEED);
  });

  test("wrong digits are diagnosed, and right ones are taken afterwards", async () => {
    const token = singleToken();
    const station = start([token]);
    await station.job.act("set-account", ACCOUNT);
    await burn(station);
    token.hands.powerCycle();
    await station.job.act("prove", { code: "000000" });
    expect(station.job.state.proof).toMatchObject({ match: false, wanted: true });
    expect(station.job.state.proof?.problem?.message).toMatch(/does not match/);
    await station.job.act("prove", { code: token.display().code! });
    expect(station.job.state.proof).toMatchObject({ match: true });
  });

  test("ten tokens in a row get the same account, one by one", async () => {
    const tokens = Array.from(
      { length: 10 },
      (_, index) => createVirtualToken({ model: "token2-single:C302-i", ordinal: index + 1 }),
    );
    const station = start(tokens);
    const { job, until } = station;
    await job.act("set-account", ACCOUNT);
    const { readers } = await until(({ readers }) => readers?.length === 10);
    for (const [index, token] of tokens.entries()) {
      await job.act("choose-reader", { reader: readers![index]!.id });
      await until((state) => state.token?.serial === token.serial);
      await burn(station);
      token.hands.powerCycle();
      await job.act("prove", { code: token.display().code! });
      await job.act("next", { keepAccount: true });
    }
    expect(job.state.records.filter(({ proven }) => proven)).toHaveLength(10);
    expect(new Set(job.state.records.map(({ serial }) => serial)).size).toBe(10);
  });

  test("a restricted model says what is lost, and keeps its seed where the burn is stopped", async () => {
    const token = createVirtualToken({
      model: "token2-single:OTPC-P2-i",
      seed: Secret.take(new Uint8Array(20).fill(7)),
    });
    const before = token.display().code;
    const { job, until } = start([token]);
    await job.act("set-account", ACCOUNT);
    const { plan } = await until(({ plan }) => plan !== null);
    expect(plan).toMatchObject({ ok: true, destroys: ["the seed that is in the token now"] });
    await job.act("clear-account", {});
    expect(job.state.plan).toBe(null);
    expect(token.display().code).toBe(before);
  });
});

describe("what goes wrong", () => {
  test("an account that the token cannot take is refused before anything is sent", async () => {
    const { job, until } = start([singleToken()]);
    await job.act("set-account", { ...ACCOUNT, text: `${LINK}&digits=8` });
    const { plan, actions } = await until(({ plan, busy }) => plan !== null && busy === null);
    expect(plan).toMatchObject({ ok: false, refusals: [{ code: "burn/digits" }] });
    expect(actions).not.toContain("burn");
    await expect(job.act("burn", { plan: "x", agreed: true })).rejects.toMatchObject({
      problem: { code: "station/not-now" },
    });
  });

  test("a plan that was not shown is not burned", async () => {
    const station = start([singleToken()]);
    await station.job.act("set-account", ACCOUNT);
    await station.until(({ plan, busy }) => plan?.ok === true && busy === null);
    await expect(station.job.act("burn", { plan: "another", agreed: true })).rejects.toMatchObject({
      problem: { code: "station/plan-changed" },
    });
    expect(station.journal).toEqual([]);
  });

  test("a wrong code is named, and nothing of it is repeated", async () => {
    const { job } = start([]);
    const text = "phonefactor://activate_account?code=123456789&url=https%3A%2F%2Fexample.org";
    const error = await job.act("set-account", { text, as: "link", source: "the picture" })
      .catch((reason: unknown) => reason as ActionRefused);
    expect(error).toMatchObject({ problem: { code: "code/phonefactor" } });
    expect(JSON.stringify(error?.problem)).not.toContain("123456789");
  });

  test("a seed is never guessed: hexadecimal has to be said", async () => {
    const { job } = start([]);
    const typed = {
      source: "the keyboard",
      text: "3132333435363738393031323334353637383930",
    } as const;
    await expect(job.act("set-account", { ...typed, as: "base32" })).rejects.toMatchObject({
      code: expect.stringMatching(/^format\//) as string,
    });
    await job.act("set-account", { ...typed, as: "hex", issuer: "Example", digits: 6 });
    expect(job.state.account).toMatchObject({ issuer: "Example", seedBytes: 20 });
  });

  test("a token that is taken away is out of sight, and comes back by itself", async () => {
    const token = singleToken();
    const { job, until } = start([token]);
    await job.act("set-account", ACCOUNT);
    await until(({ plan }) => plan?.ok === true);
    token.hands.takeAway();
    const gone = await until((state) => state.token === null && state.tokenProblem !== null);
    expect(gone).toMatchObject({ plan: null, tokenProblem: { code: "station/no-token" } });
    token.hands.place();
    await until(({ plan }) => plan?.ok === true);
  });

  test("torn away in mid-burn: the burn waits, goes on by itself, and nothing is written twice", async () => {
    const token = singleToken();
    const station = start([token]);
    const { job, until } = station;
    await job.act("set-account", ACCOUNT);
    const { plan } = await until(({ plan, busy }) => plan?.ok === true && busy === null);
    // The seed is on its way: from here on a burn is finished, not stopped.
    const isSeedWrite = (command: Uint8Array): boolean => command[1] === 0xc5;
    token.faults.schedule({ kind: "lose-after", returns: false, when: isSeedWrite });
    await job.act("burn", { plan: plan?.ok ? plan.id : "", agreed: true });
    const waiting = await until(({ burn }) => /place it on the reader/.test(burn?.wants ?? ""));
    expect(waiting).toMatchObject({
      busy: "burning",
      actions: expect.arrayContaining(["stop"]) as unknown,
    });
    token.hands.place();
    const { burn } = await until(({ burn }) => burn !== null && burn.status !== "running");
    expect(burn).toMatchObject({ status: "done" });
    expect(token.faults.struck).toHaveLength(1);
    token.hands.powerCycle();
    await job.act("prove", { code: token.display().code! });
    expect(job.state.proof).toMatchObject({ match: true });
  });

  test("two stations cannot use one reader", async () => {
    const token = singleToken();
    const first = start([token]);
    const { readers } = await first.until(({ token }) => token !== null);
    const { ReaderLock } = await import("./_reader_lock.ts");
    await expect(new ReaderLock().take(readers![0]!.label)).rejects.toMatchObject({
      code: "station/reader-taken",
    });
    await first.job[Symbol.asyncDispose]();
    const lock = new ReaderLock();
    await lock.take(readers![0]!.label);
    await lock.release();
  });
});

describe("tokens with several seeds", () => {
  test("a slot is wanted, an occupied one only with consent", async () => {
    const token = createVirtualToken({ model: "token2-molto2:Molto2v2" });
    const station = start([token]);
    const { job, until } = station;
    await job.act("set-account", ACCOUNT);
    const asked = await until(({ plan, busy }) => plan !== null && busy === null);
    expect(asked.plan).toMatchObject({ ok: false, refusals: [{ code: "burn/which-slot" }] });
    expect(asked.token).toMatchObject({ slotsBy: "number", secret: { required: false } });
    await job.act("set-options", { slot: 3 });
    await burn(station);
    expect(job.state.burn).toMatchObject({ status: "done", slot: 3 });
    await job.act("next", { keepAccount: true });
    await until(({ token, busy }) => token !== null && busy === null);
    await job.act("set-options", { slot: 3 });
    const taken = await until(({ plan, busy }) => plan !== null && busy === null);
    expect(taken.plan).toMatchObject({ ok: false, refusals: [{ code: "burn/slot-occupied" }] });
    await job.act("set-options", { replace: [3] });
    const agreed = await until(({ plan, busy }) => plan !== null && busy === null);
    expect(agreed.plan).toMatchObject({ ok: true, destroys: [expect.stringContaining("slot 3")] });
    await job.act("list-slots", {});
    const { token: listed } = await until(({ token }) => token?.slots != null);
    expect(listed!.slots!.filter(({ occupied }) => occupied).map(({ slot }) => slot)).toEqual([3]);
  });

  test("a wrong customer key is shown once, its tries are told, and it is forgotten", async () => {
    const token = createVirtualToken({ model: "token2-molto2:Molto2v2" });
    const station = start([token]);
    const { job, until } = station;
    await job.act("set-account", ACCOUNT);
    await until(({ token, busy }) => token !== null && busy === null);
    await job.act("set-options", { slot: 0 });
    await expect(job.act("unlock", { secret: "x".repeat(300) })).rejects.toMatchObject({
      problem: { code: "station/secret-length" },
    });
    expect(job.state.token?.secret?.given).toBe(false);
    await job.act("unlock", { secret: "not the customer key" });
    await burn(station);
    expect(job.state.burn).toMatchObject({ status: "stopped", problem: { code: "token/bad-key" } });
    expect(job.state.token?.secret?.given).toBe(false);
  });
});
