import {
  createStation,
  encodeHex,
  ManualTime,
  planErase,
  proveByToken,
  runPlan,
  Secret,
  systemTime,
  type TokenConnection,
} from "@otpsmith/core";
import { token2PinPlus, token2PinPlusHid } from "@otpsmith/core/drivers/token2_pinplus";
import { createVirtualToken, type VirtualReportDevice } from "@otpsmith/simulator";
import { describe, expect, test, vi } from "vitest";
import { agreedPlan, plan, refusals, request, SEED } from "./key_bench.ts";
import { FIDO, openPinPlus, type Way, WAYS } from "./pinplus_bench.ts";
import { reportTransport } from "./report_transport.ts";

const pin = (text: string): Secret => Secret.take(new TextEncoder().encode(text));
const titles = async ({ token }: TokenConnection): Promise<readonly (string | undefined)[]> =>
  (await token.slots!.list()).map(({ title }) => title);

describe.each(Object.keys(WAYS) as readonly Way[])("a PIN+ key over %s", (way) => {
  test("a burn is proven by the token, replaced with consent, and erased", async () => {
    const key = await openPinPlus(way);
    const { connection } = key;
    expect(connection.token.identity.serial).toBe(key.token.serial);
    const burn = await agreedPlan(key, [request({ digits: 8, period: 60, algorithm: "SHA256" })]);
    expect(await runPlan(connection, burn)).toMatchObject({ status: "done", holds: ["new-seed"] });
    expect(await proveByToken(connection.token, burn)).toMatchObject([{
      level: "computed",
      match: true,
    }]);
    expect(await connection.token.slots!.list()).toEqual([{
      slot: 0,
      title: "Acme:alice",
      occupied: true,
      type: "totp",
      touch: false,
      settings: { algorithm: "SHA256", digits: 8, period: 60 },
    }]);
    const again = request({ seed: SEED.map((byte) => byte ^ 1) });
    expect(await refusals(key, [again])).toEqual(["burn/slot-occupied"]);
    const next = await agreedPlan(key, [again], { replace: ["Acme:alice"] });
    expect(next.destroys).toHaveLength(1);
    expect(await runPlan(connection, next)).toMatchObject({ status: "done" });
    expect(key.memory().entries).toHaveLength(1); // one of the same name is overwritten
    expect(await proveByToken(connection.token, next)).toMatchObject([{ match: true }]);
    const slots = await connection.token.slots!.list();
    const erase = planErase({ token: connection.token, slots, policy: { now: systemTime.now() } });
    if (!erase.ok) throw new Error("refused");
    expect(await runPlan(connection, erase)).toMatchObject({ status: "done" });
    expect(await titles(connection)).toEqual([]);
    expect(await connection.token.slots!.read({ slot: 0, title: "Acme:alice" })).toMatchObject({
      occupied: false,
    });
    await key.close();
  });

  test("a full key: a long list comes whole, and one more is refused before anything is sent", async () => {
    const key = await openPinPlus(way);
    const { connection } = key;
    const { count } = connection.token.traits!.slots;
    const names = Array.from({ length: count }, (_, i) => `Issuer ${i}:${"n".repeat(64)}`);
    const burn = await agreedPlan(key, names.map((title) => request({ title })));
    expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
    expect(await titles(connection)).toEqual(names);
    expect(await refusals(key, [request()])).toEqual(["burn/full"]);
    await key.close();
  });

  test("a touch is told while it is waited for, and told to be missing", async () => {
    const time = new ManualTime(systemTime.now());
    const personality = { presser: { byHand: true } };
    const key = await openPinPlus(way, { time, personality });
    const { connection } = key;
    const burn = await agreedPlan(key, [request({ touch: true })]);
    expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
    const onTouch = vi.fn();
    const late = proveByToken(connection.token, burn, { onTouch })
      .catch((error: { code: string }) => error.code);
    await vi.waitUntil(() => key.token.hands.button.blinking);
    await expect.poll(() => onTouch.mock.calls.length).toBe(1);
    expect(onTouch).toHaveBeenCalledWith(expect.objectContaining({ hand: "tap", tells: true }));
    time.advance(15_000);
    expect(await late).toBe("token/wants-touch");
    const proof = proveByToken(connection.token, burn, { onTouch });
    await vi.waitUntil(() => key.token.hands.button.blinking);
    key.token.hands.press();
    expect(await proof).toMatchObject([{ level: "computed", match: true }]);
    expect(await connection.token.slots!.list()).toMatchObject([{ touch: true }]);
    await key.close();
  });

  test("a reset wants a touch, and erases everything", async () => {
    const time = new ManualTime(systemTime.now());
    const key = await openPinPlus(way, { time, personality: { presser: { byHand: true } } });
    const { connection } = key;
    expect(await runPlan(connection, await agreedPlan(key, [request()]))).toMatchObject({
      status: "done",
    });
    const { reset } = connection.token;
    const refused = reset!.run().catch((error: { code: string }) => error.code);
    await vi.waitUntil(() => key.token.hands.button.blinking);
    time.advance(15_000);
    expect(await refused).toBe("token/wants-touch");
    expect(await titles(connection)).toEqual(["Acme:alice"]);
    const done = reset!.run();
    await vi.waitUntil(() => key.token.hands.button.blinking);
    key.token.hands.press();
    await done;
    expect(await titles(connection)).toEqual([]);
    await key.close();
  });
});

describe.each(["PC/SC", "frames in reports", "frames in feature reports"] as const)(
  "an OTP PIN over %s",
  (way) => {
    test("is set, and then asked for; entries go through the session", async () => {
      const key = await openPinPlus(way);
      const { connection } = key;
      expect(connection.token.access!.secret).toMatchObject({ kind: "pin", required: false });
      await connection.token.access!.rotation!.rotate(pin("135792"));
      expect(key.memory().pin).toMatchObject({ length: 6, most: 100, left: 100 });
      key.token.reports[0]!.power("reset"); // unlike a card, it keeps its session while it is plugged in
      await connection.reopen();
      const { secret } = connection.token.access!;
      expect(secret).toMatchObject({ required: true, attemptsLeft: 100 });
      await expect(connection.token.slots!.list()).rejects.toMatchObject({ status: 0x6985 });
      await expect(connection.token.access!.authenticate()).rejects.toMatchObject({
        code: "token/bad-key",
      });
      await connection.token.access!.authenticate({ secret: pin("135792") });
      expect(await refusals(key, [request()])).toEqual(["burn/needs-secret"]);
      const burn = await agreedPlan(key, [request()], { secretGiven: true });
      expect(await runPlan(connection, burn, { secret: pin("135792") })).toMatchObject({
        status: "done",
      });
      expect(await proveByToken(connection.token, burn)).toMatchObject([{ match: true }]);
      expect(key.memory().entries).toMatchObject([{ seed: encodeHex(SEED) }]);
      await connection.token.slots!.erase!({ slot: 0, title: "Acme:alice" });
      expect(key.memory().entries).toEqual([]);
      const text = JSON.stringify(key.trace);
      for (
        const hidden of ["135792", encodeHex(SEED), encodeHex(new TextEncoder().encode("135792"))]
      ) {
        expect(text).not.toContain(hidden);
      }
      await key.close();
    });

    test("is counted, changed, taken away, and never tried twice", async () => {
      const key = await openPinPlus(way);
      const { connection } = key;
      const { rotation } = connection.token.access!;
      await expect(rotation!.rotate(pin("123456"))).rejects.toMatchObject({
        code: "token/refused",
        message: "Cannot set OTP PIN: its digits follow each other",
      });
      await rotation!.rotate(pin("135792"));
      await connection.reopen();
      const access = connection.token.access!;
      const before = key.token.faults.exchanges;
      await expect(access.authenticate({ secret: pin("000000") })).rejects.toMatchObject({
        code: "token/bad-key",
        attemptsLeft: 99,
      });
      // Agreement, challenge, the try, and the question how many are left.
      if (way === "PC/SC") expect(key.token.faults.exchanges - before).toBe(4);
      expect(key.memory().pin).toMatchObject({ left: 99 });
      await expect(access.rotation!.rotate(pin("864209"))).rejects.toMatchObject({
        code: "token/bad-key",
      });
      await expect(access.rotation!.rotate(pin("864209"), { secret: pin("000000") })).rejects
        .toMatchObject({ attemptsLeft: 98 });
      await access.rotation!.rotate(pin("864209"), { secret: pin("135792") });
      await connection.reopen();
      await expect(connection.token.access!.authenticate({ secret: pin("135792") })).rejects
        .toMatchObject({ attemptsLeft: 99 });
      await connection.token.access!.rotation!.rotate(undefined, { secret: pin("864209") });
      expect(key.memory().pin).toBeNull();
      await connection.reopen();
      expect(connection.token.access!.secret).toMatchObject({ required: false });
      expect(await titles(connection)).toEqual([]);
      await key.close();
    });

    test("of which no tries are left says so, and what helps", async () => {
      const key = await openPinPlus(way);
      const { connection } = key;
      await connection.token.access!.rotation!.rotate(pin("135792"));
      await connection.reopen();
      const access = connection.token.access!;
      for (let left = 99; left >= 0; left--) {
        await expect(access.authenticate({ secret: pin("000000") })).rejects.toMatchObject({
          attemptsLeft: left,
        });
      }
      await expect(access.authenticate({ secret: pin("135792") })).rejects.toMatchObject({
        code: "token/locked",
        next: expect.stringContaining("reset") as string,
      });
      await connection.reopen();
      expect(connection.token.access!.secret!.attemptsLeft).toBe(0);
      await key.close();
    });
  },
);

describe("the maker's open applet on a card", () => {
  const open = () => openPinPlus("PC/SC", { model: "token2-pinplus:applet" });

  test("is burned like a key, without a touch", async () => {
    const key = await open();
    const { connection } = key;
    expect(connection.token.identity.model).toBe("Token2 OTP applet on a card");
    const burn = await agreedPlan(key, [request()]);
    expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
    expect(await proveByToken(connection.token, burn)).toMatchObject([{ match: true }]);
    expect(await refusals(key, [request({ title: "b", touch: true })])).toEqual(["burn/touch"]);
    await connection.token.reset!.run();
    expect(key.memory().entries).toEqual([]);
    await key.close();
  });

  test("with a PIN takes what is encrypted to its key, and lets nothing be read at today's time", async () => {
    const key = await open();
    const { connection } = key;
    await connection.token.access!.rotation!.rotate(pin("135792"));
    await connection.reopen();
    await connection.token.access!.authenticate({ secret: pin("135792") });
    await expect(connection.token.slots!.list()).rejects.toMatchObject({
      code: "token/refused",
      status: 0x6985,
    });
    const settings = { algorithm: "SHA1", digits: 6, period: 30 } as const;
    await connection.token.seeds!.write(Secret.copyOf(SEED), { title: "Acme:alice", settings });
    expect(key.memory().entries).toMatchObject([{ seed: encodeHex(SEED) }]);
    await key.close();
  });
});

test("a key that tells its serial number at the FIDO application, and knows of no PIN", async () => {
  const key = await openPinPlus("PC/SC", { model: "token2-pinplus:pin-plus-without-pin" });
  const { connection } = key;
  expect(connection.token.identity).toMatchObject({
    serial: key.token.serial,
    model: "PIN+ Dual NFC (R3.3)",
  });
  expect(connection.token.access).toBeUndefined();
  const burn = await agreedPlan(key, [request()]);
  expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
  await key.close();
});

test("what does not fit is refused before anything is sent", async () => {
  const key = await openPinPlus("PC/SC");
  const before = key.token.faults.exchanges;
  const slots = 1; // what a plan reads
  const cases: readonly (readonly [Parameters<typeof request>[0], readonly string[]])[] = [
    [{ title: `${"a".repeat(65)}:b` }, ["burn/title"]],
    [{ title: `a:${"b".repeat(65)}` }, ["burn/title"]],
    [{ title: "a:" }, ["burn/title"]],
    [{ title: "Ümit" }, ["burn/title"]],
    [{ title: "a".repeat(130) }, ["burn/title", "burn/title"]],
    [{ title: `${"a".repeat(64)}:${"b".repeat(64)}`, seed: new Uint8Array(40).fill(1) }, [
      "burn/title",
    ]],
    [{ algorithm: "SHA512" }, ["burn/algorithm"]],
    [{ digits: 11 }, ["burn/digits"]],
    [{ period: 7 }, ["burn/period"]],
    [{ seed: new Uint8Array(0) }, ["burn/seed-too-short"]],
  ];
  for (const [changes, codes] of cases) {
    expect(await refusals(key, [request(changes)]), JSON.stringify(changes)).toEqual(codes);
  }
  expect(key.token.faults.exchanges - before).toBe(cases.length * slots);
  // What just fits does fit.
  const title = `${"a".repeat(64)}:${"b".repeat(64)}`;
  const burn = await agreedPlan(key, [request({ title, seed: new Uint8Array(38).fill(1) })]);
  expect(await runPlan(key.connection, burn)).toMatchObject({ status: "done" });
  await key.close();
});

test("an entry whose name another program has parted elsewhere is replaced and erased as it is", async () => {
  const key = await openPinPlus("PC/SC");
  const { connection } = key;
  await runPlan(connection, await agreedPlan(key, [request({ title: "a:b:c" })]));
  const [entry] = key.memory().entries;
  expect(entry).toMatchObject({ app: "61", account: "623A63" });
  expect((await plan(key, [request({ title: "a:b:c" })], { replace: ["a:b:c"] })).ok).toBe(true);
  await connection.token.slots!.erase!({ slot: 0, title: "a:b:c" });
  await connection.token.slots!.erase!({ slot: 0, title: "a:b:c" }); // one that is not there counts as erased
  expect(key.memory().entries).toEqual([]);
  await key.close();
});

describe("what is not reached over HID", () => {
  const identify = async (model: string, vendorId: number): Promise<unknown> => {
    const token = createVirtualToken({ model });
    const [real] = token.reports;
    let sent = 0;
    const reports: VirtualReportDevice = {
      descriptor: real!.descriptor,
      power: (event) => real!.power(event),
      onInput: (listener) => real!.onInput!(listener),
      output: (report, id) => {
        sent++;
        return real!.output!(report, id);
      },
    };
    const facts = { ...FIDO, usb: { vendorId, productId: 0x26 } };
    const station = createStation({
      transports: [reportTransport({ kind: "report", reports, reportBytes: 64, facts })],
      drivers: [token2PinPlus(), token2PinPlusHid()],
    });
    const [endpoint] = await station.endpoints();
    const error = await station.connect(endpoint!).catch((thrown: unknown) => thrown);
    await station[Symbol.asyncDispose]();
    return { error, sent };
  };

  test("a key with OTP over HID switched off was asked for its serial number, and nothing else", async () => {
    expect(await identify("token2-pinplus:pin-plus-without-pin", 0x349e)).toMatchObject({
      error: { code: "token/unsupported" },
      sent: 3, // a frame, INIT, vendor command 41; the feature report stalls
    });
  });

  test("another maker's key is sent nothing", async () => {
    expect(await identify("oath:nitrokey3", 0x20a0)).toMatchObject({
      error: { code: "token/unsupported" },
      sent: 0,
    });
  });
});
