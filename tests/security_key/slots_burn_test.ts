import {
  createStation,
  ManualTime,
  planErase,
  proveByToken,
  runPlan,
  Secret,
  systemTime,
  type TokenConnection,
  type TouchWanted,
} from "@otpsmith/core";
import { oath } from "@otpsmith/core/drivers/oath";
import {
  yubikeySlots,
  yubikeySlotsHid,
  type YubiKeySlotsToken,
} from "@otpsmith/core/drivers/yubikey_slots";
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

/** A key's slots, reached one way or the other. */
async function open(
  way: (typeof WAYS)[number],
  { drivers, ...options }: VirtualTokenOptions & { drivers?: [] } = {},
): Promise<{ token: VirtualToken; connection: TokenConnection; close: () => Promise<void> }> {
  const token = createVirtualToken({ model: "oath:yubikey5", ...options });
  const facts = { usb: { vendorId: 0x1050, productId: 0x0407 }, usage: { page: 1, id: 6 } };
  const station = createStation(
    way === "PC/SC"
      ? {
        transports: [memoryTransport({ readers: [{ name: "Reader", token }] })],
        drivers: drivers ?? [yubikeySlots()],
      }
      : {
        transports: [
          reportTransport({ kind: "feature", reports: token.reports[0]!, reportBytes: 8, facts }),
        ],
        drivers: drivers ?? [yubikeySlotsHid()],
      },
  );
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

const wish = (changes: Parameters<typeof request>[0] = {}) => {
  const { title: _, ...rest } = request({ slot: 2, ...changes });
  return rest;
};

describe.each(WAYS)("over %s", (way) => {
  test("a burn is proven by the token, replaced with consent, and erased", async () => {
    const key = await open(way, { serial: "00012345" });
    const { connection } = key;
    expect(connection.token.identity).toMatchObject({ serial: "12345", model: "YubiKey (5.4.3)" });
    const burn = await agreedPlan(key, [wish({ digits: 8 })]);
    expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
    expect(await proveByToken(connection.token, burn)).toMatchObject([{
      level: "computed",
      match: true,
    }]);
    expect(await connection.token.slots!.list()).toEqual([
      { slot: 1, occupied: false },
      { slot: 2, occupied: true },
    ]);
    expect(await refusals(key, [wish()])).toEqual(["burn/slot-occupied"]);
    const next = await agreedPlan(key, [wish({ slot: "next", seed: SEED.map((b) => b ^ 1) })]);
    expect(next.entries[0]!.slot).toBe(1);
    expect(await runPlan(connection, next)).toMatchObject({ status: "done" });
    expect(await proveByToken(connection.token, next)).toMatchObject([{ match: true }]);
    expect(await refusals(key, [wish({ slot: "next" })])).toEqual(["burn/full"]);
    const again = await agreedPlan(key, [wish({ seed: SEED.map((b) => b ^ 2) })], { replace: [2] });
    expect(await runPlan(connection, again)).toMatchObject({ status: "done" });
    expect(await proveByToken(connection.token, again)).toMatchObject([{ match: true }]);
    const policy = { now: systemTime.now() };
    const slots = await connection.token.slots!.list();
    const erase = planErase({ token: connection.token, slots, policy });
    if (!erase.ok) throw new Error("refused");
    expect(await runPlan(connection, erase)).toMatchObject({ status: "done" });
    expect((await connection.token.slots!.list()).map(({ occupied }) => occupied)).toEqual([
      false,
      false,
    ]);
    await key.close();
  });

  test("what it cannot do is refused before anything is sent", async () => {
    const key = await open(way);
    expect(await refusals(key, [wish({ seed: new Uint8Array(21).fill(1) })])).toEqual([
      "burn/seed-too-long",
    ]);
    expect(await refusals(key, [wish({ algorithm: "SHA256" })])).toEqual(["burn/algorithm"]);
    expect(await refusals(key, [wish({ digits: 7 })])).toEqual(["burn/digits"]);
    expect(await refusals(key, [wish({ period: 60 })])).toEqual(["burn/period"]);
    expect(await refusals(key, [wish({ slot: 3 })])).toEqual(["burn/no-such-slot"]);
    expect(await refusals(key, [wish({ seed: new Uint8Array(65).fill(1) })])).toEqual([]); // its digest fits
    await key.close();
  });

  test("an access code is needed for each write, and stays", async () => {
    const key = await open(way);
    const { connection } = key;
    const token = connection.token as YubiKeySlotsToken;
    const code = (byte: number): Secret => Secret.take(new Uint8Array(6).fill(byte));
    await token.protect(2, { seed: Secret.copyOf(SEED), next: code(9) });
    const replace = { replace: [2] };
    const plain = await agreedPlan(key, [wish()], replace);
    expect(await runPlan(connection, plain)).toMatchObject({
      status: "stopped",
      error: { code: "token/refused" },
    });
    const wrong = await agreedPlan(key, [wish()], replace);
    expect(await runPlan(connection, wrong, { secret: code(8) })).toMatchObject({
      status: "stopped",
    });
    const long = await agreedPlan(key, [wish()], replace);
    const seven = Secret.take(new Uint8Array(7).fill(9));
    expect(await runPlan(connection, long, { secret: seven })).toMatchObject({
      status: "stopped", // found out before a write begins
      holds: ["old-seed"],
      error: { message: expect.stringMatching(/it has 7 bytes/) as string },
    });
    for (let i = 0; i < 2; i++) {
      const right = await agreedPlan(key, [wish()], replace);
      expect(await runPlan(connection, right, { secret: code(9) })).toMatchObject({
        status: "done",
      });
    }
    await key.close();
  });

  test.each(["late", "never"] as const)("a touch that comes %s", async (when) => {
    const presser = when === "late" ? { byHand: true } : { never: true };
    const time = new ManualTime(systemTime.now());
    const key = await open(way, { personality: { presser }, time });
    const burn = await agreedPlan(key, [wish({ touch: true })]);
    expect(await runPlan(key.connection, burn)).toMatchObject({ status: "done" });
    const wanted: TouchWanted[] = [];
    const onTouch = (one: TouchWanted): void => void wanted.push(one);
    const proof = proveByToken(key.connection.token, burn, { onTouch })
      .then(([one]) => `${one!.match}`, (error: { code: string }) => error.code);
    await vi.waitUntil(() =>
      key.token.hands.button.blinking && (way !== "HID" || wanted.length > 0)
    );
    if (when === "late") key.token.hands.press();
    else time.advance(15_000);
    expect(await proof).toBe(when === "late" ? "true" : "token/wants-touch");
    if (way === "HID") expect(wanted).toMatchObject([{ hand: "tap", tells: true }]);
    await key.close();
  });
});

test("a key is taken for its OATH application first, and strangers are never asked", async () => {
  const token = createVirtualToken({ model: "oath:yubikey5" });
  const station = createStation({
    transports: [memoryTransport({ readers: [{ name: "Reader", token }] })],
    drivers: [oath(), yubikeySlots()],
  });
  const [endpoint] = await station.endpoints();
  const connection = await station.connect(endpoint!);
  expect(connection.token.identity.driver).toBe("oath");
  await connection[Symbol.asyncDispose]();

  const slots = await station.connect(endpoint!, { application: "slots" });
  expect(slots.token.identity).toMatchObject({ driver: "yubikey_slots", application: "slots" });
  expect((await slots.applications()).map(({ application }) => application)).toEqual([
    "oath",
    "slots",
  ]);
  expect(() => slots.token).toThrow(TypeError); // another application is selected now
  await slots.reopen();
  expect(slots.token.identity.application).toBe("slots");
  expect(await slots.token.slots!.list()).toHaveLength(2);
  await slots[Symbol.asyncDispose]();
  await expect(slots.applications()).rejects.toThrow(TypeError);
  await expect(station.connect(endpoint!, { application: "piv" })).rejects.toMatchObject({
    code: "token/unsupported",
    message: "Cannot use application piv: it does not answer",
  });
  await station[Symbol.asyncDispose]();

  let asked = 0;
  const reports = {
    descriptor: new Uint8Array(),
    power: () => {},
    getFeature: () => (asked++, new Uint8Array(8)),
    setFeature: () => (asked++, true),
  };
  for (
    const facts of [{}, { usb: { vendorId: 0x046d, productId: 0x0407 } }, {
      usb: { vendorId: 0x1050, productId: 0x0402 },
    }]
  ) {
    const strange = createStation({
      transports: [reportTransport({ kind: "feature", reports, reportBytes: 8, facts })],
      drivers: [yubikeySlotsHid()],
    });
    const [plugged] = await strange.endpoints();
    await expect(strange.connect(plugged!)).rejects.toMatchObject({ code: "token/unsupported" });
    await strange[Symbol.asyncDispose]();
  }
  expect(asked).toBe(0);
});
