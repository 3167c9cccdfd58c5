import { describe, expect, test } from "vitest";
import { encodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import type { Fault } from "../faults.ts";
import { createVirtualToken } from "../virtual_token.ts";
import { interfacesOf, type UsbResult, type VirtualUsbDevice } from "./device/mod.ts";
import { createUsbToken } from "./usb_token.ts";

const STATUS = "0005040300000000";

function plug(model: string, fault?: Fault) {
  const time = new ManualTime(1_700_000_000_000);
  const token = createVirtualToken({ model, time });
  if (fault) token.reportFaults.schedule(fault);
  return { time, token, device: createUsbToken({ ...token, time }) };
}

/** Reads a feature report of the first interface. */
function get(device: VirtualUsbDevice): Promise<UsbResult> {
  const setup = { requestType: 0xa1, request: 1, value: 0x0300, index: 0, length: 8 };
  return device.control(setup).result;
}

/** Writes one. */
function set(device: VirtualUsbDevice, report: Uint8Array): Promise<UsbResult> {
  const setup = { requestType: 0x21, request: 9, value: 0x0300, index: 0, length: 8 };
  return device.control(setup, report).result;
}

test.each(
  [
    ["oath:yubikey5", "1050:407 Yubico, YubiKey OTP+FIDO+CCID", ["3,1,1", "255,0,0", "11,0,0"]],
    ["oath:nitrokey3", "20a0:42b2 Nitrokey, Nitrokey 3", ["11,0,0", "3,0,0"]],
    ["nitrokey:pro", "20a0:4108 Nitrokey, Nitrokey Pro", ["3,1,1", "255,0,0"]],
    ["onlykey:onlykey", "1d50:60fc CRYPTOTRUST, ONLYKEY", ["255,0,0", "3,0,0"]],
  ],
)("%s: %s", (model, name, interfaces) => {
  const { token, device } = plug(model);
  const { device: own, strings: [maker, product, serial] } = device.descriptors;
  const ids = [own[9]! * 256 + own[8]!, own[11]! * 256 + own[10]!].map((id) => id.toString(16));
  expect(`${ids.join(":")} ${maker}, ${product}`).toBe(name);
  expect(serial).toBe(token.serial);
  const kinds = interfacesOf(device.descriptors.configuration);
  expect(kinds.map(({ kind }) => kind.join())).toEqual(interfaces);
});

test("its card and its HID interface are one token's", async () => {
  const { device } = plug("oath:yubikey5");
  expect(await get(device)).toMatchObject({ status: "done" });
  device.out(0x02, Uint8Array.of(0x62, 0, 0, 0, 0, 0, 0, 0, 0, 0)); // IccPowerOn
  const { data } = await device.in(0x82, 512).result;
  expect(encodeHex(data.subarray(10))).toMatch(/^3BF?.*597562694B6579/); // "YubiKey"
});

test("hands that take it away pull it out, and plug it in again", async () => {
  const { token, device } = plug("nitrokey:pro");
  token.hands.takeAway();
  expect(device.plugged).toBe(false);
  expect(await get(device)).toMatchObject({ status: "gone" });
  token.hands.place();
  expect(await get(device)).toMatchObject({ status: "done" });
  token.hands.switchOff();
  expect(device.plugged).toBe(false);
});

test("a token that is off, or in the drawer, is not plugged in to begin with", () => {
  const token = createVirtualToken({ model: "nitrokey:pro" });
  token.hands.takeAway();
  expect(createUsbToken(token).plugged).toBe(false);
});

test("a token that has no plug is refused", () => {
  const token = createVirtualToken({ model: "token2-single:C302-i" });
  expect(() => createUsbToken(token)).toThrow(/token2-single:C302-i: it has no USB plug/);
});

describe("faults", () => {
  test.each(["lose-before", "lose-after"] as const)("%s pulls it out", async (kind) => {
    const { token, device } = plug("oath:yubikey5", { kind, at: 1, returns: false });
    expect(await get(device)).toMatchObject({ status: "gone" });
    expect(device.plugged).toBe(false);
    token.hands.place();
    expect(encodeHex((await get(device)).data)).toBe(STATUS);
  });

  test("pulled out and put back at once: the transfer is gone, and whoever holds it is told", async () => {
    const { device } = plug("oath:yubikey5", { kind: "lose-before" });
    const told: boolean[] = [];
    device.onPlugged((plugged) => told.push(plugged));
    expect(await get(device)).toMatchObject({ status: "gone" });
    expect(told).toEqual([false, true]);
    expect(encodeHex((await get(device)).data)).toBe(STATUS);
  });

  test("refuse stalls, garble inverts", async () => {
    const { token, device } = plug("oath:yubikey5", { kind: "refuse" });
    expect(await get(device)).toMatchObject({ status: "stall" });
    token.reportFaults.schedule({ kind: "garble" });
    expect(encodeHex((await get(device)).data)).toBe("FFFAFBFCFFFFFFFF");
    expect(encodeHex((await get(device)).data)).toBe(STATUS);
  });

  test("a delay, and a report that never comes until the host resets the port", async () => {
    const { time, token, device } = plug("oath:yubikey5", { kind: "delay", milliseconds: 500 });
    const late = get(device);
    time.advance(500);
    expect(encodeHex((await late).data)).toBe(STATUS);
    token.reportFaults.schedule({ kind: "hang" });
    const never = get(device);
    device.reset();
    expect(await never).toMatchObject({ status: "aborted" });
    expect(encodeHex((await get(device)).data)).toBe(STATUS);
  });

  test("a host that gives a report up: the transfer is over, the token goes on later", async () => {
    const { token, device } = plug("oath:yubikey5", { kind: "hang" });
    const setup = { requestType: 0xa1, request: 1, value: 0x0300, index: 0, length: 8 };
    const transfer = device.control(setup);
    transfer.abort();
    expect(await transfer.result).toMatchObject({ status: "aborted" });
    token.reportFaults.release();
    expect(encodeHex((await get(device)).data)).toBe(STATUS);
  });

  test("a report to the token that is lost on its way", async () => {
    const { token, device } = plug("nitrokey:pro", { kind: "lose-before", returns: false });
    expect(await set(device, new Uint8Array(64))).toMatchObject({ status: "gone" });
    expect(token.reportFaults.struck).toHaveLength(1);
  });

  test("a keyboard's lights are no exchange: the system sets them when it likes", async () => {
    const { token, device } = plug("oath:yubikey5", { kind: "refuse", at: 1 });
    const lights = { requestType: 0x21, request: 9, value: 0x0200, index: 0, length: 1 };
    expect(await device.control(lights, Uint8Array.of(1)).result).toMatchObject({ status: "done" });
    expect(token.reportFaults.exchanges).toBe(0);
    expect(await get(device)).toMatchObject({ status: "stall" });
  });

  test("input reports keep their order behind one that is late", async () => {
    const { time, token, device } = plug("onlykey:onlykey");
    const labels = new Uint8Array(64);
    labels.set([0xff, 0xff, 0xff, 0xff, 0xe5]);
    token.reportFaults.schedule({ kind: "delay", milliseconds: 500, at: 2 });
    expect(await device.out(0x01, labels).result).toMatchObject({ status: "done" });
    time.advance(500);
    const slots: number[] = [];
    for (let slot = 1; slot <= 12; slot++) slots.push((await device.in(0x81, 64).result).data[0]!);
    expect(slots).toEqual([...slots].sort((a, b) => a - b));
    expect(new Set(slots).size).toBe(12);
  });
});
