import { describe, expect, test } from "vitest";
import {
  type BurnRequest,
  createStation,
  planBurnAll,
  planClockSync,
  planErase,
  proveByToken,
  readSlots,
  runPlan,
  Secret,
  systemTime,
  type Token,
  type TokenConnection,
  type TouchWanted,
} from "@otpsmith/core";
import { token2Molto2 } from "@otpsmith/core/drivers/token2_molto2";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import {
  createVirtualToken,
  memoryFlash,
  memoryTransport,
  MOLTO2_FACTORY_KEY,
  readMolto2Memory,
  type VirtualTokenOptions,
} from "@otpsmith/simulator";

const KEY = "a key of the owner";
const secret = (text: string): Secret => Secret.take(new TextEncoder().encode(text));
const seedOf = (fill: number): Secret => Secret.take(new Uint8Array(20).fill(fill));

/** Lends a connection to a virtual token over a transport in this process. */
async function withMolto2<T>(
  options: VirtualTokenOptions,
  use: (bench: Bench) => Promise<T>,
): Promise<T> {
  const storage = memoryFlash();
  const token = createVirtualToken({ model: "token2-molto2:Molto2v2", storage, ...options });
  const station = createStation({
    transports: [memoryTransport({ readers: [{ name: "USB", token }] })],
    drivers: [token2Single(), token2Molto2()],
  });
  const [endpoint] = await station.endpoints();
  const connection = await station.connect(endpoint!);
  const slots = () => readMolto2Memory(storage.read()!).slots;
  try {
    return await use({ connection, token, slots, driver: connection.token });
  } finally {
    await connection[Symbol.asyncDispose]();
    await station[Symbol.asyncDispose]();
  }
}

interface Bench {
  readonly connection: TokenConnection;
  readonly driver: Token;
  readonly token: ReturnType<typeof createVirtualToken>;
  readonly slots: () => ReturnType<typeof readMolto2Memory>["slots"];
}

const request = (changes: Partial<BurnRequest>): BurnRequest => ({
  seed: seedOf(1),
  algorithm: "SHA1",
  digits: 6,
  period: 30,
  syncClock: true,
  slot: "next",
  ...changes,
});

async function burn(
  { connection, driver }: Bench,
  requests: readonly BurnRequest[],
  options: { readonly secret?: Secret; readonly replace?: readonly number[] } = {},
) {
  const slots = await readSlots(driver, requests);
  const policy = { now: systemTime.now(), replace: options.replace };
  const plan = planBurnAll({ token: driver, requests, slots, policy });
  if (!plan.ok) return { plan, outcome: undefined };
  const outcome = await runPlan(connection, plan, { secret: options.secret });
  return { plan, outcome };
}

test("is recognised with the other driver in front of it, by model and serial number", async () => {
  await withMolto2({ serial: "826658711763730" }, async ({ driver }) => {
    await Promise.resolve();
    expect(driver.identity).toMatchObject({ model: "Molto2v2", serial: "826658711763730" });
    expect(driver.traits?.slots).toMatchObject({ count: 100, titleBytes: 12 });
  });
  await withMolto2({ model: "token2-molto2:Molto2" }, async ({ driver }) => {
    await Promise.resolve();
    expect(driver.identity.model).toBe("Molto2");
    expect(driver.traits?.slots.count).toBe(50);
  });
});

test("burns 100 seeds in one session, each in its slot, and finds all of them there", async () => {
  await withMolto2({}, async (bench) => {
    const requests = Array.from({ length: 100 }, (_, index) =>
      request({
        seed: seedOf(index + 1),
        title: `Account ${index}`,
        ...(index % 2 ? { algorithm: "SHA256", digits: 8, period: 60 } : {}),
      }));
    const before = bench.token.faults.exchanges;
    const { plan, outcome } = await burn(bench, requests);
    expect(outcome).toMatchObject({
      status: "done",
      message: "Slots 0 to 99 hold the new seed",
    });
    // Each slot is looked at, and gets a seed, a title and settings; challenge and answer once.
    expect(bench.token.faults.exchanges - before).toBe(100 * 4 + 2);
    if (!plan.ok) throw new Error("refused");
    const proofs = await proveByToken(bench.driver, plan);
    expect(proofs.every(({ level, match }) => level === "presence" && match)).toBe(true);
    bench.slots().forEach(({ seed }, index) => {
      expect(seed!.equals(seedOf(index + 1)), `slot ${index}`).toBe(true);
      expect(bench.token.display(index).code, `slot ${index}`).toHaveLength(index % 2 ? 8 : 6);
    });
    const { plan: more } = await burn(bench, [request({})]);
    expect(!more.ok && more.refusals[0]!.code).toBe("burn/full");
  });
});

test("a slot is burned over only by consent, after it was erased", async () => {
  await withMolto2(
    { seed: seedOf(9), personality: { molto2: { wantsErase: true } } },
    async (bench) => {
      const { plan } = await burn(bench, [request({ slot: 0 })]);
      expect(!plan.ok && plan.refusals[0]!.code).toBe("burn/slot-occupied");
      expect(bench.slots()[0]!.seed!.equals(seedOf(9))).toBe(true);
      const { outcome } = await burn(bench, [request({ slot: 0 })], { replace: [0] });
      expect(outcome?.status).toBe("done");
      expect(bench.slots()[0]!.seed!.equals(seedOf(1))).toBe(true);
    },
  );
});

test("an answer that is lost is made good, where a second seed is refused, too", async () => {
  await withMolto2({ personality: { molto2: { wantsErase: true } } }, async (bench) => {
    const when = (command: Uint8Array): boolean => command[1] === 0xc5;
    bench.token.faults.schedule({ kind: "lose-after", when });
    const { outcome } = await burn(bench, [request({ slot: 3, title: "Bank" })]);
    expect(bench.token.faults.struck).toHaveLength(1);
    expect(outcome?.status).toBe("done");
    expect(bench.slots()[3]!.seed!.equals(seedOf(1))).toBe(true);
  });
});

test("another token in its place is not written", async () => {
  await withMolto2({}, async (bench) => {
    const plan = planBurnAll({
      token: { ...bench.driver, identity: { ...bench.driver.identity, serial: "826658711763730" } },
      requests: [request({ slot: 0 })],
      slots: await readSlots(bench.driver, [request({ slot: 0 })]),
      policy: { now: systemTime.now() },
    });
    if (!plan.ok) throw new Error("refused");
    const outcome = await runPlan(bench.connection, plan);
    expect(outcome).toMatchObject({ status: "stopped", error: { code: "link/absent" } });
    expect(bench.slots()[0]!.seed).toBeNull();
  });
});

describe("the customer key", () => {
  const pressed = { onTouch: () => Promise.resolve() };

  test("is changed with ▲, and is wanted from then on; wrong ones count down and write nothing", async () => {
    await withMolto2({}, async (bench) => {
      const asked: TouchWanted[] = [];
      const rotation = bench.driver.access!.rotation!;
      await rotation.rotate(secret(KEY), { onTouch: (wanted) => void asked.push(wanted) });
      expect(asked).toEqual([{ hand: "press", says: "Press ▲ on the token.", tells: false }]);
      const factory = await burn(bench, [request({ slot: 0 })]);
      expect(factory.outcome).toMatchObject({
        status: "stopped",
        error: { code: "token/bad-key", attemptsLeft: 7 },
      });
      expect(factory.outcome?.error?.message).toContain("7 tries are left");
      const wrong = await burn(bench, [request({ slot: 0 })], { secret: secret("another") });
      expect(wrong.outcome?.error).toMatchObject({ attemptsLeft: 6 });
      expect(bench.slots()[0]!.seed).toBeNull();
      const right = await burn(bench, [request({ slot: 0 })], { secret: secret(KEY) });
      expect(right.outcome?.status).toBe("done");
      await rotation.rotate(secret("TOKEN2MOLTO1-KEY"), { secret: secret(KEY), ...pressed });
      expect((await burn(bench, [request({ slot: 1 })])).outcome?.status).toBe("done");
    });
  });

  test("counts as before where ▲ was not pressed, and no try is lost", async () => {
    await withMolto2({ personality: { presser: { never: true } } }, async ({ driver, token }) => {
      const rotation = driver.access!.rotation!;
      await expect(rotation.rotate(secret(KEY))).rejects.toMatchObject({ kind: "wants-touch" });
      await expect(rotation.rotate(secret(KEY), pressed)).rejects
        .toThrow("▲ was not pressed, the old key still counts");
      await driver.access!.authenticate();
      await expect(driver.access!.authenticate({ secret: secret(KEY) })).rejects
        .toMatchObject({ attemptsLeft: 7 });
      expect(token.hands.present).toBe(true);
    });
  });

  test("a locked token says so", async () => {
    const wrong = { secret: secret("wrong") };
    await withMolto2({ personality: { lockAfter: 1 } }, async ({ driver }) => {
      await expect(driver.access!.authenticate(wrong)).rejects.toMatchObject({ attemptsLeft: 0 });
      await expect(driver.access!.authenticate()).rejects.toMatchObject({ kind: "locked" });
    });
  });

  test("is never a part of a trace", async () => {
    const storage = memoryFlash();
    const token = createVirtualToken({ model: "token2-molto2:Molto2", storage });
    const trace: string[] = [];
    const station = createStation({
      transports: [memoryTransport({ readers: [{ name: "USB", token }] })],
      drivers: [token2Molto2()],
      trace: (event) => void trace.push(event.text),
    });
    const [endpoint] = await station.endpoints();
    const connection = await station.connect(endpoint!);
    await connection.token.access!.rotation!.rotate(secret(KEY), pressed);
    await connection[Symbol.asyncDispose]();
    expect(trace.length).toBeGreaterThan(6);
    const shown = trace.filter((text) => /^84D7|^80CE/.test(text));
    expect(shown).toHaveLength(3);
    for (const text of shown) expect(text).not.toMatch(/[0-9A-F]{11}/); // its header, and no more
  });
});

test("reset: everything is gone with ▲, and nothing without", async () => {
  const options = { seed: seedOf(9), key: new Uint8Array(16).fill(3) };
  const onTouch = (): Promise<void> => Promise.resolve();
  await withMolto2({ ...options, personality: { presser: { never: true } } }, async (bench) => {
    await expect(bench.driver.reset!.run({ onTouch })).rejects.toThrow("nothing was erased");
    expect(bench.slots()[0]!.seed).not.toBeNull();
  });
  await withMolto2(options, async (bench) => {
    await bench.driver.reset!.run({ onTouch });
    expect(bench.slots().some(({ seed }) => seed)).toBe(false);
    await bench.driver.access!.authenticate(); // with the factory key
  });
});

test("slots are erased, clocks set, and the screen locked", async () => {
  await withMolto2({ seed: seedOf(9), key: MOLTO2_FACTORY_KEY }, async (bench) => {
    const { driver, connection } = bench;
    const policy = { now: systemTime.now() };
    const sync = planClockSync({
      token: driver,
      settings: { algorithm: "SHA1", period: 30 },
      policy,
    });
    if (!sync.ok) throw new Error("refused");
    expect(await runPlan(connection, sync)).toMatchObject({ status: "done" });
    expect(bench.slots().every(({ toldSeconds }) => toldSeconds > 1_700_000_000)).toBe(true);
    const before = bench.token.display(0).code;
    await driver.screen!.lock(true);
    expect(bench.token.display(0).text).toBe("LOCKED");
    await driver.screen!.lock(false);
    expect(bench.token.display(0).code).toHaveLength(before!.length);
    const slots = await driver.slots!.list();
    const erase = planErase({ token: driver, slots, policy });
    if (!erase.ok) throw new Error("refused");
    expect(await runPlan(connection, erase)).toMatchObject({
      status: "done",
      message: "Slot 0 holds no seed",
    });
    expect(bench.slots()[0]!.seed).toBeNull();
  });
});
