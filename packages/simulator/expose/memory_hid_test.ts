import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { Endpoint, FeatureLink, ReportLink } from "@otpsmith/core/link";
import { ManualTime } from "@otpsmith/core/time";
import type { Fault } from "../faults.ts";
import { createVirtualToken } from "../virtual_token.ts";
import { memoryHid } from "./memory_hid.ts";

const STATUS = "0005040300000000";
const LABELS = decodeHex("FFFFFFFFE5");

function key(fault?: Fault) {
  const token = createVirtualToken({ model: "oath:yubikey5" });
  if (fault) token.reportFaults.schedule(fault);
  return { token, transport: memoryHid({ devices: [{ name: "Key", token }], timeoutMs: 30 }) };
}

async function openFeature({ transport }: ReturnType<typeof key>): Promise<FeatureLink> {
  const [endpoint] = await transport.list();
  return await (endpoint as Endpoint<"feature">).open();
}

const read = async (link: FeatureLink): Promise<string> => encodeHex(await link.get());

test("what is plugged in says who it is, and is opened once", async () => {
  const { token, transport } = key();
  const [endpoint] = await transport.list();
  expect(endpoint).toMatchObject({
    kind: "feature",
    label: "Key",
    facts: {
      usb: { vendorId: 0x1050, productId: 0x0407 },
      usage: { page: 1, id: 6 },
      usbSerial: token.serial,
      inUse: false,
    },
  });
  const link = await endpoint!.open();
  await expect(endpoint!.open()).rejects.toMatchObject({ reason: "busy", delivery: "not-sent" });
  await link[Symbol.asyncDispose]();
  await (await endpoint!.open())[Symbol.asyncDispose]();
  token.hands.takeAway();
  expect(await transport.list()).toEqual([]);
  await expect(endpoint!.open()).rejects.toMatchObject({ reason: "absent" });
});

test("a watch tells that a token was pulled out", async () => {
  const { token, transport } = key();
  const seen: number[] = [];
  for await (const list of transport.watch()) {
    seen.push(list.length);
    if (seen.length === 1) token.hands.takeAway();
    else break;
  }
  expect(seen).toEqual([1, 0]);
});

test("reports go both ways, in order, and wait for who reads them", async () => {
  const token = createVirtualToken({ model: "onlykey:onlykey" });
  const transport = memoryHid({ devices: [{ name: "OnlyKey", token }] });
  const [endpoint] = await transport.list() as readonly Endpoint<"report">[];
  const link: ReportLink = await endpoint!.open();
  await link.send(LABELS);
  for (let slot = 1; slot <= 12; slot++) {
    expect((await link.receive())[1]).toBe(0x7c);
  }
  const waiting = expect(link.receive()).rejects.toMatchObject({ reason: "lost" });
  token.hands.takeAway();
  await waiting;
});

describe("faults", () => {
  test.each(["lose-before", "lose-after"] as const)("%s pulls the token out", async (kind) => {
    const bench = key({ kind, at: 1, returns: false });
    const link = await openFeature(bench);
    await expect(link.get()).rejects.toMatchObject({ reason: "lost", delivery: "unknown" });
    expect(await bench.transport.list()).toEqual([]);
    bench.token.hands.place();
    expect(await read(await openFeature(bench))).toBe(STATUS);
  });

  test("one that returns is there at once, and the link is lost all the same", async () => {
    const bench = key({ kind: "lose-after" });
    const link = await openFeature(bench);
    await expect(link.get()).rejects.toMatchObject({ reason: "lost" });
    expect(await read(await openFeature(bench))).toBe(STATUS);
    expect(bench.token.reportFaults.struck).toHaveLength(1);
  });

  test("garble spoils the next report from the token, whichever report it struck", async () => {
    const bench = key({ kind: "garble", at: 1 });
    const link = await openFeature(bench);
    await link.set(decodeHex("00000000000000FF"));
    expect(await read(link)).toBe("FFFAFBFCFFFFFFFF");
    expect(await read(link)).toBe(STATUS);
    bench.token.reportFaults.schedule({ kind: "garble", answer: Uint8Array.of(1, 2) });
    expect(await read(link)).toBe("0102");
    expect(bench.token.reportFaults.exchanges).toBe(4);
  });

  test("a stall loses the link", async () => {
    const bench = key({ kind: "refuse" });
    const link = await openFeature(bench);
    await expect(link.get()).rejects.toMatchObject({ reason: "lost" });
    expect(await read(await openFeature(bench))).toBe(STATUS);
  });

  test("what hangs is released, or given up after a while", async () => {
    const bench = key({ kind: "hang" });
    const link = await openFeature(bench);
    await expect(link.get()).rejects.toMatchObject({ reason: "timeout", delivery: "unknown" });
    const patient = memoryHid({ devices: [{ name: "Key", token: bench.token }] });
    const [endpoint] = await patient.list() as readonly Endpoint<"feature">[];
    const other = await endpoint!.open();
    bench.token.reportFaults.schedule({ kind: "hang" });
    const waiting = read(other);
    await expect.poll(() => bench.token.reportFaults.struck.length).toBe(2);
    bench.token.reportFaults.release();
    expect(await waiting).toBe(STATUS);
  });

  test("a report is late", async () => {
    const time = new ManualTime(0);
    const token = createVirtualToken({ model: "oath:yubikey5", time });
    token.reportFaults.schedule({ kind: "delay", milliseconds: 1_000 });
    const [endpoint] = await memoryHid({ devices: [{ name: "Key", token }] }).list();
    const waiting = read(await (endpoint as Endpoint<"feature">).open());
    await expect.poll(() => time.sleeping).toBe(1);
    time.advance(1_000);
    expect(await waiting).toBe(STATUS);
  });

  test("a torn write takes the token with it, and leaves what it had written", async () => {
    const token = createVirtualToken({ model: "onlykey:onlykey" });
    const transport = memoryHid({ devices: [{ name: "OnlyKey", token }] });
    const [endpoint] = await transport.list() as readonly Endpoint<"report">[];
    const link = await endpoint!.open();
    token.reportFaults.schedule({ kind: "torn-write", steps: 1 });
    await expect(link.send(decodeHex("FFFFFFFFE46553F100"))).rejects.toMatchObject({
      reason: "lost",
    });
    expect(await transport.list()).toEqual([]);
    token.hands.switchOn();
    expect(await transport.list()).toHaveLength(1);
  });
});
