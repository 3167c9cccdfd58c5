import {
  createStation,
  decodeHex,
  runPlan,
  systemTime,
  type TokenConnection,
} from "@otpsmith/core";
import { onlykey } from "@otpsmith/core/drivers/onlykey";
import { createVirtualToken, memoryFlash } from "@otpsmith/simulator";
import { expect, test } from "vitest";
import { onlykey as golden } from "../golden/onlykey.ts";
import { agreedPlan, refusals, request } from "./key_bench.ts";
import { reportTransport } from "./report_transport.ts";

interface Memory {
  readonly slots: Record<string, { label: string; codeType: number; seed: string }>;
  readonly ahead: number | null;
}

async function open(model = "onlykey"): Promise<{
  connection: TokenConnection;
  memory: () => Memory;
  close: () => Promise<void>;
}> {
  const storage = memoryFlash();
  const token = createVirtualToken({ model: `onlykey:${model}`, storage });
  const facts = {
    usb: { vendorId: 0x1d50, productId: 0x60fc },
    usbSerial: "1000000000",
    usage: { page: 0xffab, id: 0x200 },
  };
  const [reports] = token.reports;
  const station = createStation({
    transports: [reportTransport({ kind: "report", reports: reports!, reportBytes: 64, facts })],
    drivers: [onlykey()],
  });
  const [endpoint] = await station.endpoints();
  const connection = await station.connect(endpoint!);
  return {
    connection,
    memory: () =>
      storage.read()!.cells!.use((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Memory),
    close: async () => {
      await connection[Symbol.asyncDispose]();
      await station[Symbol.asyncDispose]();
    },
  };
}

test("the simulated token takes the golden reports", () => {
  const storage = memoryFlash();
  const { reports: [hid] } = createVirtualToken({
    model: "onlykey:onlykey",
    storage,
    time: { ...systemTime, now: () => golden.time * 1000 },
  });
  const said: string[] = [];
  hid!.onInput!((report) => said.push(new TextDecoder().decode(report).replace(/\0+$/, "")));
  for (const report of [golden.setTime, golden.codeType, golden.seedOfSlot1]) {
    expect(hid!.output!(decodeHex(report), 0)).toBe(true);
  }
  expect(said).toEqual([
    "UNLOCKEDv2.1.0-prodc",
    "Successfully set 2FA Type",
    "Successfully set TOTP Key",
  ]);
  const memory = storage.read()!.cells!.use((b) =>
    JSON.parse(new TextDecoder().decode(b)) as Memory
  );
  expect(memory.slots["1"]).toEqual({ label: "", codeType: 0x67, seed: golden.seed });
  expect(memory.ahead).toBe(0);
});

test("a burn writes clock, label, type and seed, and asks before it replaces", async () => {
  const key = await open();
  const { connection } = key;
  expect(connection.token.identity).toMatchObject({ model: "OnlyKey", serial: "1000000000" });
  const burn = await agreedPlan(key, [request({ slot: "next" })]);
  expect(burn.proof).toEqual(["display"]);
  expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
  expect(key.memory().slots["1"]).toEqual({
    label: "Acme:alice",
    codeType: 0x67,
    seed: golden.seed,
  });
  expect(Math.abs(key.memory().ahead!)).toBeLessThanOrEqual(1);
  expect(await refusals(key, [request({ slot: 1 })])).toEqual(["burn/slot-occupied"]);
  const next = await agreedPlan(key, [request({ slot: "next" })]);
  expect(next.entries[0]!.slot).toBe(2);
  expect(await refusals(key, [request({ slot: 10 })])).toEqual(["burn/no-such-slot"]);
  expect(await refusals(key, [request({ slot: 2, title: "seventeen letters" })])).toEqual([
    "burn/title",
  ]);
  expect(await refusals(key, [request({ slot: 2, digits: 8 })])).toEqual(["burn/digits"]);
  expect(await refusals(key, [request({ slot: 2, seed: new Uint8Array(58).fill(1) })])).toEqual([
    "burn/seed-too-long",
  ]);
  await key.close();
});

test("one that is locked, new, or not in configuration mode says so, and keeps what it has", async () => {
  await expect(open("locked")).rejects.toMatchObject({ code: "token/bad-key" });
  await expect(open("new")).rejects.toMatchObject({
    code: "token/refused",
    next: "Set a PIN on it first.",
  });
  const key = await open("in-use");
  const burn = await agreedPlan(key, [request({ slot: 1 })]);
  expect(await runPlan(key.connection, burn)).toMatchObject({
    status: "stopped",
    error: { code: "token/refused" },
  });
  expect(key.memory().slots).toEqual({});
  await key.close();
});
