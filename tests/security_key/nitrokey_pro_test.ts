import {
  createStation,
  decodeHex,
  encodeHex,
  planErase,
  proveByToken,
  runPlan,
  Secret,
  systemTime,
  type TokenConnection,
  totp,
} from "@otpsmith/core";
import { nitrokeyPro } from "@otpsmith/core/drivers/nitrokey_pro";
import { createVirtualToken, type VirtualToken } from "@otpsmith/simulator";
import { describe, expect, test } from "vitest";
import { nitrokeyPro as golden } from "../golden/nitrokey_pro.ts";
import { agreedPlan, refusals, request, SEED } from "./key_bench.ts";
import { reportTransport } from "./report_transport.ts";

const pin = (text = "12345678"): Secret => Secret.take(new TextEncoder().encode(text));

async function open(): Promise<
  { token: VirtualToken; connection: TokenConnection; close: () => Promise<void> }
> {
  const token = createVirtualToken({ model: "nitrokey:pro", serial: "00012345" });
  const facts = { usb: { vendorId: 0x20a0, productId: 0x4108 } };
  const [reports] = token.reports;
  const station = createStation({
    transports: [reportTransport({ kind: "feature", reports: reports!, reportBytes: 64, facts })],
    drivers: [nitrokeyPro()],
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

test("the simulated token takes the golden reports, and shows the code of their seed", () => {
  const { reports: [keyboard] } = createVirtualToken({
    model: "nitrokey:pro",
    time: { ...systemTime, now: () => golden.time * 1000 },
  });
  const say = (report: string): string => {
    expect(keyboard!.setFeature!(decodeHex(report), 0)).toBe(true);
    for (;;) {
      const answer = encodeHex(keyboard!.getFeature!(0)!);
      if (!answer.startsWith("01")) {
        expect(answer.slice(4, 12)).toBe(report.slice(-8));
        return answer.slice(12, 24);
      }
    }
  };
  expect(say(golden.status)).toBe("000800010000");
  expect(say(golden.seedPart)).toBe("050000000000"); // not authenticated
  expect(say(golden.authenticate)).toBe("000000000000");
  expect(say(golden.name)).toBe("000000000000");
  expect(say(golden.seedPart)).toBe("000000000000");
  expect(say(golden.readCode)).toBe("030000000000"); // an empty slot
  expect(say(golden.writeSlot)).toBe("000000000000");
  expect(say(golden.readCode)).toBe("060000000000"); // its clock was never set
  expect(say(golden.setTime)).toBe("000000000000");
  const code = totp(Secret.take(decodeHex(golden.seed)), {
    algorithm: "SHA1",
    digits: 8,
    period: 30,
    time: golden.time,
  });
  const [a, b, c, d, e] = decodeHex(say(golden.readCode).slice(2));
  expect(String(a! | (b! << 8) | (c! << 16) | (d! << 24)).padStart(8, "0")).toBe(code);
  expect(e).toBe(1);
  const wrong = golden.status.slice(0, -2) + "00";
  expect(say(wrong)).toBe("010000000000"); // its checksum
});

describe("a Nitrokey Pro", () => {
  test("a burn is proven by the token, replaced with consent, and erased", async () => {
    const key = await open();
    const { connection } = key;
    expect(connection.token.identity).toMatchObject({
      model: "Nitrokey Pro (0.8)",
      serial: "00003039",
    });
    expect(connection.token.access!.secret).toMatchObject({
      kind: "pin",
      required: true,
      attemptsLeft: 3,
    });
    const wish = request({
      slot: "next",
      title: "Acme:alice",
      digits: 8,
      period: 60,
      seed: new Uint8Array(40).fill(7),
    });
    expect(await refusals(key, [wish])).toEqual(["burn/needs-secret"]);
    const policy = { secretGiven: true };
    const burn = await agreedPlan(key, [wish], policy);
    expect(await runPlan(connection, burn, { secret: pin() })).toMatchObject({ status: "done" });
    expect(await proveByToken(connection.token, burn)).toMatchObject([{
      level: "computed",
      match: true,
    }]);
    expect(await refusals(key, [request({ slot: 1 })], policy)).toEqual(["burn/slot-occupied"]);
    const next = await agreedPlan(key, [request({ slot: 1, title: "b" })], {
      ...policy,
      replace: [1],
    });
    expect(await runPlan(connection, next, { secret: pin() })).toMatchObject({ status: "done" });
    expect(await proveByToken(connection.token, next)).toMatchObject([{ match: true }]);
    const slots = await connection.token.slots!.list();
    expect(slots.filter(({ occupied }) => occupied)).toMatchObject([{ slot: 1, title: "b" }]);
    const erase = planErase({
      token: connection.token,
      slots,
      policy: { now: systemTime.now(), ...policy },
    });
    if (!erase.ok) throw new Error("refused");
    expect(await runPlan(connection, erase, { secret: pin() })).toMatchObject({ status: "done" });
    expect((await connection.token.slots!.list()).some(({ occupied }) => occupied)).toBe(false);
    await key.close();
  });

  test("what it cannot do is refused before anything is sent", async () => {
    const key = await open();
    const policy = { secretGiven: true };
    const refuse = (changes: Parameters<typeof request>[0]) =>
      refusals(key, [request({ slot: 1, title: "a", ...changes })], policy);
    expect(await refuse({ seed: new Uint8Array(41).fill(1) })).toEqual(["burn/seed-too-long"]);
    expect(await refuse({ title: "sixteen letters!" })).toEqual(["burn/title"]);
    expect(await refuse({ algorithm: "SHA256" })).toEqual(["burn/algorithm"]);
    expect(await refuse({ digits: 7 })).toEqual(["burn/digits"]);
    expect(await refuse({ slot: 16 })).toEqual(["burn/no-such-slot"]);
    await key.close();
  });

  test("a PIN that is too long is not shown, so it costs no try", async () => {
    const key = await open();
    const { access } = key.connection.token;
    await expect(access!.authenticate({ secret: pin("1".repeat(26)) })).rejects.toMatchObject({
      code: "token/refused",
    });
    await key.connection.reopen();
    expect(key.connection.token.access!.secret!.attemptsLeft).toBe(3);
    await key.close();
  });

  test("a wrong PIN is counted and never tried twice; the third one locks", async () => {
    const key = await open();
    const { connection } = key;
    for (
      const [left, code] of [[2, "token/bad-key"], [1, "token/bad-key"], [
        0,
        "token/locked",
      ]] as const
    ) {
      const burn = await agreedPlan(key, [request({ slot: 1, title: "a", seed: SEED })], {
        secretGiven: true,
      });
      expect(await runPlan(connection, burn, { secret: pin("0") })).toMatchObject({
        status: "stopped",
        error: { code, attemptsLeft: left },
      });
    }
    await connection.reopen();
    expect(connection.token.access!.secret).toMatchObject({ attemptsLeft: 0 });
    await key.close();
  });
});
