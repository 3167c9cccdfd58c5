import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeHex } from "@otpsmith/core/bytes";
import { echoCard } from "../../expose/testdata/echo_card.ts";
import { createCcidReader } from "../ccid/mod.ts";
import { interfacesOf } from "./interfaces.ts";
import { withTransferFaults } from "./transfer_faults.ts";
import type { SetupPacket, VirtualUsbDevice } from "./usb_device.ts";

const GET_DESCRIPTOR: SetupPacket = {
  requestType: 0x80,
  request: 6,
  value: 0,
  index: 0,
  length: 255,
};

const reader = (): VirtualUsbDevice =>
  createCcidReader({ profile: "Token2 Molto2", serial: "S1", cards: [echoCard()] }).device;

async function descriptor(device: VirtualUsbDevice, value: number): Promise<string> {
  const { status, data } = await device.control({ ...GET_DESCRIPTOR, value }).result;
  return status === "done" ? encodeHex(data) : status;
}

describe("descriptors", () => {
  test("of the device, its configuration, its strings", async () => {
    const device = reader();
    expect(await descriptor(device, 0x0100)).toBe("12010002000000409E340003000101020301");
    expect(await descriptor(device, 0x0200)).toBe(encodeHex(device.descriptors.configuration));
    expect(await descriptor(device, 0x0300)).toBe("04030904");
    expect(await descriptor(device, 0x0303)).toBe("060353003100");
    expect(await descriptor(device, 0x0304)).toBe("stall");
    const { data } = await device.control({ ...GET_DESCRIPTOR, value: 0x0200, length: 9 }).result;
    expect(encodeHex(data)).toBe(encodeHex(device.descriptors.configuration.subarray(0, 9)));
  });

  test("the interfaces in a configuration", () => {
    const [other, ccid] = interfacesOf(reader().descriptors.configuration);
    expect(other).toMatchObject({ number: 0, kind: [0xff, 0, 0], endpoints: [] });
    expect(ccid).toEqual({
      number: 1,
      alternate: 0,
      kind: [0x0b, 0, 0],
      endpoints: [
        { address: 0x02, attributes: 2, packet: 64, interval: 0 },
        { address: 0x81, attributes: 2, packet: 64, interval: 0 },
        { address: 0x83, attributes: 3, packet: 8, interval: 16 },
      ],
    });
  });

  test("any bytes give a list of interfaces", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(interfacesOf(bytes).length).toBeLessThanOrEqual(bytes.length / 9);
    }));
  });

  test("they lie when they are made to", async () => {
    const { device } = createCcidReader({
      lie: (truth) => ({ ...truth, device: truth.device.with(8, 0xaa) }),
    });
    expect((await descriptor(device, 0x0100)).slice(16, 18)).toBe("AA");
  });
});

describe("transfers", () => {
  test("one that waits is aborted, or ends when the device goes", async () => {
    const device = reader();
    const first = device.in(0x81, 64);
    first.abort();
    expect(await first.result).toMatchObject({ status: "aborted" });
    const second = device.in(0x81, 64);
    device.unplug();
    expect(await second.result).toMatchObject({ status: "gone" });
    expect(await device.in(0x81, 64).result).toMatchObject({ status: "gone" });
    expect(await device.out(0x02, new Uint8Array(10)).result).toMatchObject({ status: "gone" });
    expect(await descriptor(device, 0x0100)).toBe("gone");
  });

  test("room for whole packets takes some of a message, other room overflows", async () => {
    const device = createCcidReader({ cards: [echoCard()] }).device;
    const say = (type: number, apdu: number): void =>
      void device.out(
        0x02,
        Uint8Array.of(type, apdu, 0, 0, 0, 0, 0, 0, 0, 0, ...new Uint8Array(apdu)),
      );
    say(0x62, 0);
    await device.in(0x81, 512).result;
    say(0x6f, 200);
    const parts = [await device.in(0x81, 64).result, await device.in(0x81, 512).result];
    expect(parts.map(({ status }) => status)).toEqual(["done", "done"]);
    expect(parts.map(({ data }) => data.length)).toEqual([64, 148]);
    say(0x6f, 200);
    expect(await device.in(0x81, 20).result).toMatchObject({ status: "overflow" });
  });

  test("endpoints that are not there stall", async () => {
    const device = reader();
    expect(await device.in(0x8a, 64).result).toMatchObject({ status: "stall" });
    expect(await device.out(0x0a, new Uint8Array()).result).toMatchObject({ status: "stall" });
  });
});

test("a device that comes and goes tells it", () => {
  const device = reader();
  const heard: boolean[] = [];
  const stop = device.onPlugged((plugged) => heard.push(plugged));
  device.unplug();
  device.unplug();
  device.plug();
  stop();
  device.unplug();
  expect(heard).toEqual([false, true]);
});

describe("faults of the bus", () => {
  test("at any transfer the device can be pulled out", async () => {
    for (let at = 1; at <= 4; at++) {
      const { device, faults } = withTransferFaults(reader());
      faults.schedule({ kind: "remove", at });
      const ends: string[] = [];
      for (let i = 1; i <= 4; i++) ends.push((await device.control(GET_DESCRIPTOR).result).status);
      expect(ends.indexOf("gone")).toBe(at - 1);
      expect(faults).toMatchObject({ transfers: 4, struck: [{ kind: "remove", at }] });
    }
  });

  test("a transfer hangs until it is given up, the device is reset, or goes", async () => {
    const { device, faults } = withTransferFaults(reader());
    for (const [end, status] of [["reset", "aborted"], ["unplug", "gone"]] as const) {
      faults.schedule({ kind: "hang", on: "out" });
      const transfer = device.out(0x02, new Uint8Array(10));
      device[end]();
      expect(await transfer.result).toMatchObject({ status });
      device.plug();
    }
    faults.schedule({ kind: "stall", on: "control" });
    expect(await descriptor(device, 0x0100)).toBe("stall");
  });
});
