import {
  type BurnOutcome,
  isProjectError,
  ManualTime,
  runPlan,
  Secret,
  type SeedState,
} from "@otpsmith/core";
import { token2PinPlus } from "@otpsmith/core/drivers/token2_pinplus";
import type { Fault } from "@otpsmith/simulator";
import { expect, test, vi } from "vitest";
import { agreedPlan, type KeyBench, openKey, request, SEED } from "./key_bench.ts";

const OLD = SEED;
const NEW = SEED.map((byte) => byte ^ 0x55);
const STATUSES = [
  ...[0x6982, 0x6983, 0x6984, 0x6985, 0x6a80, 0x6a81, 0x6a83, 0x6a84, 0x6a86],
  ...[0x6300, 0x6363, 0x6700, 0x6af8, 0x6d00, 0x6f00, 0x6ff9, 0x6581],
];

function faultsAt(at: number): readonly Fault[] {
  return [
    ...[true, false].flatMap((returns): readonly Fault[] => [
      { kind: "lose-before", at, returns },
      { kind: "lose-after", at, returns },
    ]),
    { kind: "garble", at },
    ...[[0x90], [], [0x6f, 0x00], [0x61, 0xff], [0xd1, 0x01, 0x30, 0x90, 0x00]].map(
      (answer): Fault => ({ kind: "garble", at, answer: Uint8Array.from(answer) }),
    ),
    { kind: "hang", at },
    ...STATUSES.map((status): Fault => ({ kind: "refuse", at, status })),
    ...[0, 1].map((steps): Fault => ({ kind: "torn-write", at, steps })),
  ];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex").toUpperCase();

/** Replaces an entry with a fault on the way, and compares what is said with what is true. */
async function replaceWith(model: string, fault: Fault, pin: string | undefined): Promise<string> {
  const secret = pin === undefined ? undefined : Secret.take(new TextEncoder().encode(pin));
  // Nothing but a card that hangs may run into the reader's patience, however busy this computer is.
  const readerTime = new ManualTime(0);
  const drivers = [token2PinPlus()];
  const key = await openKey({ model: `token2-pinplus:${model}`, drivers, readerTime });
  const truth = (): SeedState => {
    const entries = key.memory()["entries"] as readonly { seed: string }[];
    if (entries.length === 0) return "no-seed";
    expect(entries).toHaveLength(1);
    return entries[0]!.seed === hex(OLD)
      ? "old-seed"
      : entries[0]!.seed === hex(NEW)
      ? "new-seed"
      : expect.fail("the token holds a seed that nobody gave it");
  };
  try {
    const first = await agreedPlan(key, [request({ seed: OLD })]);
    expect(await runPlan(key.connection, first)).toMatchObject({ status: "done" });
    if (secret) await key.connection.token.access!.rotation!.rotate(secret);
    const before = key.token.faults.exchanges;
    key.token.faults.schedule({ ...fault, at: before + (fault.at ?? 1) });
    const work = replace(key, secret);
    const hangs = (): boolean => key.token.faults.struck.some(({ kind }) => kind === "hang");
    let ended = false;
    void work.finally(() => ended = true);
    await vi.waitUntil(() => ended || hangs(), { timeout: 30_000, interval: 1 });
    if (!ended) readerTime.advance(60_000);
    const outcome = await work;
    expect(key.token.faults.struck, "the fault has to strike").toHaveLength(1);
    const held = truth();
    expect(outcome.holds, `it holds ${held}`).toContain(held);
    if (outcome.status !== "needs-person") expect(outcome.holds).toEqual([held]);
    const tries = (key.memory()["pin"] as { left: number } | null)?.left;
    expect(tries === undefined || tries >= 99, "one fault costs one try at most").toBe(true);
    return outcome.status;
  } finally {
    await key[Symbol.asyncDispose]();
  }
}

type Outcome = Pick<BurnOutcome, "status" | "holds">;

async function replace({ connection }: KeyBench, secret: Secret | undefined): Promise<Outcome> {
  try {
    await connection.reopen();
    if (secret) await connection.token.access?.authenticate({ secret });
    const policy = { replace: ["Acme:alice"], secretGiven: true };
    const next = await agreedPlan({ connection }, [request({ seed: NEW })], policy);
    return await runPlan(connection, next, { secret, reopenWithinMs: 60 });
  } catch (error) {
    if (!isProjectError(error)) throw error;
    return { status: "stopped", holds: ["old-seed"] };
  }
}

/** Exchanges from opening to the written entry: what is read, what is shown, list, public key, write. */
test.each(
  [
    ["pin-plus", 6, undefined],
    ["pin-plus-without-pin", 9, undefined],
    ["pin-plus", 9, "135792"],
    ["applet", 6, undefined],
  ] as const,
)("an entry of %s is replaced, whatever goes wrong at one of %i exchanges (%s)", async (
  model,
  exchanges,
  pin,
) => {
  const ends: Record<string, number> = {};
  for (let at = 1; at <= exchanges; at++) {
    for (const fault of faultsAt(at)) {
      const { kind, ...rest } = fault;
      const status = await replaceWith(model, fault, pin).catch((error: Error) => {
        error.message = `${kind} ${JSON.stringify(rest)}: ${error.message}`;
        throw error;
      });
      ends[status] = (ends[status] ?? 0) + 1;
    }
  }
  expect(Object.values(ends).reduce((a, b) => a + b)).toBe(exchanges * faultsAt(1).length);
  expect(ends["done"]).toBeGreaterThan(exchanges);
}, 240_000);
