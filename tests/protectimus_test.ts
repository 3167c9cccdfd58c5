import {
  createStation,
  ManualTime,
  planBurn,
  planClockSync,
  planErase,
  proveByDisplay,
  runPlan,
  Secret,
  type TokenConnection,
} from "@otpsmith/core";
import { oath } from "@otpsmith/core/drivers/oath";
import { protectimusSlim } from "@otpsmith/core/drivers/protectimus_slim";
import { token2Molto2 } from "@otpsmith/core/drivers/token2_molto2";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { createVirtualToken, memoryTransport, type VirtualToken } from "@otpsmith/simulator";
import { expect, test } from "vitest";

const NOW = 1_795_000_000_000;
const SEED = new TextEncoder().encode("12345678901234567890");
const parameters = { algorithm: "SHA1", digits: 6, period: 30 } as const;
const policy = { now: NOW };

async function open(
  model = "SLIM-NFC",
): Promise<{ token: VirtualToken; connection: TokenConnection; close: () => Promise<void> }> {
  const time = new ManualTime(NOW);
  const token = createVirtualToken({
    model: `protectimus-slim:${model}`,
    seed: Secret.copyOf(SEED),
    clockOffsetSeconds: -150,
    time,
  });
  const station = createStation({
    transports: [memoryTransport({ readers: [{ name: "Reader", token }] })],
    drivers: [token2Single(), token2Molto2(), oath(), protectimusSlim()],
    time,
  });
  const connection = await station.connect((await station.endpoints())[0]!);
  return {
    token,
    connection,
    close: async () => {
      await connection[Symbol.asyncDispose]();
      await station[Symbol.asyncDispose]();
    },
  };
}

const drift = async ({ token }: TokenConnection): Promise<number | undefined> => {
  const code = await token.shownCode!.read();
  return proveByDisplay(Secret.copyOf(SEED), { parameters, code, now: NOW }).driftSteps;
};

test("its clock is set and its seed stays: the code that it tells says how far it was off", async () => {
  const { token, connection, close } = await open();
  expect(connection.token.identity).toMatchObject({
    model: "SLIM NFC (hardware 70, firmware 10)",
    serial: "not told",
  });
  expect(connection.token.clock).toBe(undefined);
  expect(await drift(connection)).toBe(-5);
  const plan = planClockSync({ token: connection.token, settings: parameters, policy });
  if (!plan.ok) throw new Error(plan.refusals[0]!.message);
  expect(plan.destroys).toEqual([]);
  const before = token.faults.exchanges;
  const time = new ManualTime(NOW);
  expect(await runPlan(connection, plan, { time })).toMatchObject({
    status: "done",
    holds: ["old-seed"],
  });
  expect(token.faults.exchanges - before).toBe(1);
  expect(await drift(connection)).toBe(0);
  await close();
});

test("a seed is refused with the reason, and nothing is sent", async () => {
  const { token, connection, close } = await open();
  const before = token.faults.exchanges;
  const seed = Secret.copyOf(SEED);
  const plan = planBurn({
    token: connection.token,
    request: { ...parameters, seed, syncClock: true },
    policy,
  });
  expect(plan).toMatchObject({
    ok: false,
    refusals: [{
      code: "burn/read-only",
      message: "Cannot burn seed into Protectimus SLIM NFC: how its seed is written is not public",
    }],
  });
  const erase = planErase({
    token: connection.token,
    slots: [{ slot: 0, occupied: true }],
    policy,
  });
  expect(erase).toMatchObject({ ok: false, refusals: [{ code: "burn/cannot-erase" }] });
  expect(connection.token.seeds).toBe(undefined);
  expect(token.faults.exchanges).toBe(before);
  await close();
});

test("a version that is not known is read and never written", async () => {
  const { connection, close } = await open("later");
  expect(connection.token.identity.model).toBe("SLIM NFC (hardware 71, firmware 11)");
  expect(connection.token.configuration).toBe(undefined);
  const plan = planClockSync({ token: connection.token, settings: parameters, policy });
  expect(plan).toMatchObject({ ok: false, refusals: [{ code: "burn/no-clock" }] });
  expect(await drift(connection)).toBe(-5);
  await close();
});

test("another time step than the token's is refused: its codes would change", async () => {
  const { connection, close } = await open();
  const plan = planClockSync({
    token: connection.token,
    settings: { ...parameters, period: 60 },
    policy,
  });
  expect(plan).toMatchObject({ ok: false, refusals: [{ code: "burn/period" }] });
  await close();
});

test("a clock whose answer was lost is set again", async () => {
  const { token, connection, close } = await open();
  const plan = planClockSync({ token: connection.token, settings: parameters, policy });
  if (!plan.ok) throw new Error("refused");
  token.faults.schedule({ kind: "lose-after", at: token.faults.exchanges + 1 });
  const outcome = await runPlan(connection, plan, { time: new ManualTime(NOW) });
  expect(outcome).toMatchObject({ status: "done" });
  expect(await drift(connection)).toBe(0);
  await close();
});

test("cards with contacts are never asked", async () => {
  const token = createVirtualToken({ model: "oath:yubikey5" });
  const station = createStation({
    transports: [memoryTransport({ readers: [{ name: "Reader", token }] })],
    drivers: [protectimusSlim()],
  });
  const [endpoint] = await station.endpoints();
  await expect(station.connect(endpoint!)).rejects.toMatchObject({ code: "token/unsupported" });
  expect(token.faults.exchanges).toBe(2); // the two applications of security keys, and no frame
  await station[Symbol.asyncDispose]();
});
