import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { ManualTime } from "@otpsmith/core/time";
import { createCcidReader, type VirtualCcidReader } from "../../usb/mod.ts";
import { type EchoCard, echoCard } from "../testdata/echo_card.ts";
import { UsbipClient } from "./testdata/usbip_client.ts";
import { exposeThroughUsbip, isLoopback, type UsbipExposure } from "./usbip.ts";

const open: UsbipExposure[] = [];
afterEach(async () => {
  for (const exposure of open.splice(0)) await exposure.stop();
});

async function offer(count = 1): Promise<{
  readonly port: number;
  readonly readers: readonly VirtualCcidReader[];
  readonly cards: readonly EchoCard[];
  readonly time: ManualTime;
}> {
  const time = new ManualTime(0);
  const cards = Array.from({ length: count }, (_, i) => echoCard(i));
  const readers = cards.map((card) => createCcidReader({ cards: [card], time }));
  const devices = readers.map(({ device }) => device);
  const exposure = await exposeThroughUsbip({ devices, port: 0, time });
  open.push(exposure);
  return { port: exposure.port, readers, cards, time };
}

const POWER_ON = Uint8Array.of(0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0);

describe("a client", () => {
  test("lists what is plugged in", async () => {
    const { port, readers } = await offer(3);
    readers[1]!.device.unplug();
    const client = await UsbipClient.connect(port);
    client.write("0111 8005 00000000");
    await client.closed();
    const list = await client.read(10_000);
    expect(list.readUInt32BE(8)).toBe(2);
    expect(list).toHaveLength(12 + 2 * (312 + 4));
    expect(list.toString("latin1", 12 + 256, 12 + 259)).toBe("1-1");
    expect(list.toString("latin1", 12 + 316 + 256, 12 + 316 + 259)).toBe("1-3");
  });

  test("imports a device and talks to it", async () => {
    const { port, cards: [card] } = await offer();
    const client = await UsbipClient.connect(port);
    expect(await client.import("1-1")).toBe(0);
    client.submit({ endpoint: 0, length: 18, setup: "8006000100001200" });
    expect(await client.answer(true)).toMatchObject({
      command: 3,
      sequence: 1,
      status: 0,
      data: expect.stringMatching(/^12010002000000406b0727540001010200/),
    });
    client.submit({ endpoint: 2, length: 10, data: POWER_ON });
    expect(await client.answer()).toMatchObject({ sequence: 2, status: 0 });
    client.submit({ endpoint: 1, length: 512 });
    const atr = Buffer.from(card!.atr).toString("hex");
    expect((await client.answer(true)).data).toBe(`80060000000001000000${atr}`);
    client.submit({ endpoint: 0, length: 18, setup: "8006000700001200" });
    expect(await client.answer()).toMatchObject({ status: -32 }); // stalls
  });

  test("takes a transfer back, and one that is over already", async () => {
    const { port } = await offer();
    const client = await UsbipClient.connect(port);
    await client.import("1-1");
    const pending = client.submit({ endpoint: 1, length: 512 });
    client.unlink(pending);
    expect(await client.answer()).toMatchObject({ command: 4, status: -104 });
    client.unlink(pending);
    expect(await client.answer()).toMatchObject({ command: 4, status: 0 });
  });

  test("has the device for itself; when it goes, the device is reset", async () => {
    const { port, cards: [card] } = await offer();
    const first = await UsbipClient.connect(port);
    await first.import("1-1");
    first.submit({ endpoint: 2, length: 10, data: POWER_ON });
    await first.answer();
    const second = await UsbipClient.connect(port);
    expect(await second.import("1-1")).toBe(2);
    first.socket.destroy();
    let status = 2;
    while (status === 2) status = await (await UsbipClient.connect(port)).import("1-1");
    expect(status).toBe(0);
    expect(card!.events).toEqual(["on", "off"]);
  });

  test("sees the device pulled out, and finds it again", async () => {
    const { port, readers: [reader] } = await offer();
    const client = await UsbipClient.connect(port);
    await client.import("1-1");
    client.submit({ endpoint: 1, length: 512 });
    reader!.device.unplug();
    await client.closed();
    expect(await (await UsbipClient.connect(port)).import("1-1")).toBe(4);
    reader!.device.plug();
    expect(await (await UsbipClient.connect(port)).import("1-1")).toBe(0);
  });

  test("asks for a device that is not there", async () => {
    const { port } = await offer();
    expect(await (await UsbipClient.connect(port)).import("1-9")).toBe(4);
  });
});

describe("a hostile client", () => {
  test.each([
    ["a transfer of 2 GiB", { endpoint: 2, length: 0x7fff_ffff, direction: 0 }],
    ["a negative length", { endpoint: 1, length: -1 }],
    ["isochronous packets", { endpoint: 1, length: 64, packets: 8 }],
  ])("%s: it is cut off", async (_, submit) => {
    const { port } = await offer();
    const client = await UsbipClient.connect(port);
    await client.import("1-1");
    client.submit(submit);
    await client.closed();
    expect(await (await UsbipClient.connect(port)).import("1-1")).toBe(0);
  });

  test("more transfers than any host begins", async () => {
    const { port } = await offer();
    const client = await UsbipClient.connect(port);
    await client.import("1-1");
    for (let i = 0; i < 300; i++) client.submit({ endpoint: 1, length: 64 });
    await client.closed();
  });

  test("one that says nothing is cut off after a while", async () => {
    const { port, time } = await offer();
    const client = await UsbipClient.connect(port);
    client.write("0111"); // begins, and does not go on
    client.socket.setNoDelay(true);
    const listing = await UsbipClient.connect(port);
    listing.write("0111 8005 00000000");
    await listing.closed(); // by now the server has seen the first one, too
    time.advance(30_000);
    await client.closed();
  });

  test("any bytes, before and after an import: the server goes on", async () => {
    const { port } = await offer();
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 5 }),
        async (imported, chunks) => {
          const client = await UsbipClient.connect(port);
          if (imported) await client.import("1-1");
          for (const chunk of chunks) client.socket.write(chunk);
          client.socket.destroy();
        },
      ),
      { numRuns: 60 },
    );
    let status = 2;
    while (status === 2) status = await (await UsbipClient.connect(port)).import("1-1");
    expect(status).toBe(0);
  });
});

describe("where it listens", () => {
  test("others are kept out unless it is opened", async () => {
    await expect(exposeThroughUsbip({ devices: [], host: "0.0.0.0", port: 0 })).rejects
      .toMatchObject({ reason: "denied", next: expect.stringContaining("no authentication") });
    const exposure = await exposeThroughUsbip({
      devices: [],
      host: "0.0.0.0",
      port: 0,
      open: true,
    });
    open.push(exposure);
    expect(exposure.host).toBe("0.0.0.0");
  });

  test("a port that is taken", async () => {
    const { port } = await offer();
    await expect(exposeThroughUsbip({ devices: [], port })).rejects.toMatchObject({
      reason: "busy",
    });
  });

  test("what is loopback", () => {
    const hosts = ["127.0.0.1", "127.9.9.9", "::1", "localhost", "0.0.0.0", "::", "192.0.2.1"];
    expect(hosts.filter(isLoopback)).toEqual(hosts.slice(0, 4));
  });

  test("a signal takes it away", async () => {
    const end = new AbortController();
    const { port } = await exposeThroughUsbip({ devices: [], port: 0, signal: end.signal });
    end.abort();
    const socket = connect({ host: "127.0.0.1", port });
    const [error] = await once(socket, "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
  });
});
