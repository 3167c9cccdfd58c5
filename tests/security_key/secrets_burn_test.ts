import {
  createStation,
  ManualTime,
  planErase,
  proveByToken,
  runPlan,
  Secret,
  systemTime,
  type TokenConnection,
} from "@otpsmith/core";
import { oath, oathHid } from "@otpsmith/core/drivers/oath";
import {
  createVirtualToken,
  memoryTransport,
  type VirtualToken,
  type VirtualTokenOptions,
} from "@otpsmith/simulator";
import { describe, expect, test, vi } from "vitest";
import { agreedPlan, refusals, request, SEED } from "./key_bench.ts";
import { reportTransport } from "./report_transport.ts";

const WAYS = ["PC/SC", "HID"] as const;
const pin = (text: string): Secret => Secret.take(new TextEncoder().encode(text));

async function open(
  way: (typeof WAYS)[number],
  options: VirtualTokenOptions = {},
): Promise<{ token: VirtualToken; connection: TokenConnection; close: () => Promise<void> }> {
  const token = createVirtualToken({ model: "oath:nitrokey3", serial: "00012345", ...options });
  const facts = { usb: { vendorId: 0x20a0, productId: 0x42b2 }, usage: { page: 0xf1d0, id: 1 } };
  const [reports] = token.reports;
  const station = createStation({
    transports: [
      way === "PC/SC"
        ? memoryTransport({ readers: [{ name: "Reader", token }] })
        : reportTransport({ kind: "report", reports: reports!, reportBytes: 64, facts }),
    ],
    drivers: [oath(), oathHid()],
  });
  const [endpoint] = await station.endpoints();
  const connection = await station.connect(endpoint!);
  return {
    token,
    connection,
    close: async () => {
      await connection[Symbol.asyncDispose]();
      await station[Symbol.asyncDispose]();
    },
  };
}

describe.each(WAYS)("a Nitrokey 3 over %s", (way) => {
  test("a burn is proven by the token, replaced with consent, and erased", async () => {
    const key = await open(way);
    const { connection } = key;
    expect(connection.token.identity).toMatchObject({
      serial: "00003039",
      model: "Nitrokey 3 (4.13.0)",
    });
    const burn = await agreedPlan(key, [request({ digits: 8, period: 60, algorithm: "SHA256" })]);
    expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
    expect(await proveByToken(connection.token, burn)).toMatchObject([{
      level: "computed",
      match: true,
    }]);
    const again = request({ seed: SEED.map((byte) => byte ^ 1) });
    expect(await refusals(key, [again])).toEqual(["burn/slot-occupied"]);
    const next = await agreedPlan(key, [again], { replace: ["Acme:alice"] });
    expect(await runPlan(connection, next)).toMatchObject({ status: "done" });
    expect(await proveByToken(connection.token, next)).toMatchObject([{ match: true }]);
    const slots = await connection.token.slots!.list();
    expect(slots).toMatchObject([{ title: "Acme:alice", settings: { period: 30 } }]);
    const erase = planErase({ token: connection.token, slots, policy: { now: systemTime.now() } });
    if (!erase.ok) throw new Error("refused");
    expect(await runPlan(connection, erase)).toMatchObject({ status: "done" });
    expect(await connection.token.slots!.list()).toEqual([]);
    expect(await refusals(key, [request({ algorithm: "SHA512" })])).toEqual(["burn/algorithm"]);
    await key.close();
  });

  test("a long list comes whole", async () => {
    const key = await open(way);
    const { connection } = key;
    const { count } = connection.token.traits!.slots;
    const titles = Array.from({ length: count }, (_, i) => `${i}:${"n".repeat(60)}`.slice(0, 64));
    const burn = await agreedPlan(key, titles.map((title) => request({ title })));
    expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
    expect((await connection.token.slots!.list()).map(({ title }) => title)).toEqual(titles);
    await key.close();
  });

  test("a PIN is set, counted, changed, and never tried twice", async () => {
    const key = await open(way);
    const { connection } = key;
    expect(connection.token.access!.secret).toMatchObject({ kind: "pin", required: false });
    await connection.token.access!.rotation!.rotate(pin("123456"));
    await connection.reopen();
    const access = connection.token.access!;
    expect(access.secret!.attemptsLeft).toBe(8);
    const before = key.token.faults.exchanges;
    await expect(access.authenticate({ secret: pin("000000") })).rejects.toMatchObject({
      code: "token/bad-key",
      attemptsLeft: 7,
    });
    if (way === "PC/SC") expect(key.token.faults.exchanges - before).toBe(2); // the try, and the question
    await expect(access.rotation!.rotate(pin("9"), { secret: pin("1") })).rejects.toMatchObject({
      attemptsLeft: 6,
    });
    await expect(access.rotation!.rotate(undefined, { secret: pin("123456") })).rejects
      .toMatchObject({
        code: "token/unsupported",
      });
    await access.rotation!.rotate(pin("654321"), { secret: pin("123456") });
    for (let left = 7; left >= 0; left--) {
      await expect(access.authenticate({ secret: pin("0") })).rejects.toMatchObject({
        attemptsLeft: left,
      });
    }
    await expect(access.authenticate({ secret: pin("654321") })).rejects.toMatchObject({
      code: "token/locked",
    });
    await key.close();
  });

  test("a touch is waited for; a reset wants one", async () => {
    const time = new ManualTime(systemTime.now());
    const key = await open(way, { time, personality: { presser: { byHand: true } } });
    const { connection } = key;
    const burn = await agreedPlan(key, [request({ touch: true })]);
    expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
    const proof = proveByToken(connection.token, burn);
    await vi.waitUntil(() => key.token.hands.button.blinking);
    key.token.hands.press();
    expect(await proof).toMatchObject([{ match: true }]);
    const refused = connection.token.reset!.run().catch((error: { code: string }) => error.code);
    await vi.waitUntil(() => key.token.hands.button.blinking);
    time.advance(15_000);
    expect(await refused).toBe("token/wants-touch");
    const reset = connection.token.reset!.run();
    await vi.waitUntil(() => key.token.hands.button.blinking);
    key.token.hands.press();
    await reset;
    expect(await connection.token.slots!.list()).toEqual([]);
    await key.close();
  });
});
