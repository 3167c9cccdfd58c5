import { describe, expect, test } from "vitest";
import { LinkError } from "@otpsmith/core/errors";
import type { ApduLink } from "@otpsmith/core/link";
import { ManualTime } from "@otpsmith/core/time";
import { pn532 } from "@otpsmith/transport-pn532";
import { FakeSerial, type Script } from "./testdata/fake_serial.ts";

const ACK = "00 00 FF 00 FF 00";
/** A whole conversation with firmware 1.6. */
const WAKE = `55 55 ${"00 ".repeat(14)}`;
const OPENING: Script = [
  ["00 00 FF 05 FB D4 14 01 14 01 02 00", ACK, "00 00 FF 02 FE D5 15 16 00"],
  ["00 00 FF 02 FE D4 02 2A 00", ACK, "00 00 FF 06 FA D5 03 32 01 06 07 E8 00"],
  ["00 00 FF 03 FD D4 12 14 06 00", ACK, "00 00 FF 02 FE D5 13 18 00"],
  ["00 00 FF 06 FA D4 32 05 FF 01 01 F4 00", ACK, "00 00 FF 02 FE D5 33 F8 00"],
  ["00 00 FF 04 FC D4 32 01 01 F8 00", ACK, "00 00 FF 02 FE D5 33 F8 00"],
];
const FOUND: Script = [[
  "00 00 FF 04 FC D4 4A 01 00 E1 00",
  ACK,
  // One target: 00 04, SEL_RES 20, a UID of 4 bytes, an ATS of 5.
  "00 00 FF 11 EF D5 4B 01 01 00 04 20 04 08 01 02 03 05 78 80 70 02 39 00",
]];
const CLOSING: Script = [
  ["00 00 FF 03 FD D4 52 00 DA 00", ACK, "00 00 FF 03 FD D5 53 00 D8 00"],
  ["00 00 FF 04 FC D4 32 01 00 F9 00", ACK, "00 00 FF 02 FE D5 33 F8 00"],
];
const sent = (...scripts: Script[]): string[] =>
  [WAKE, ACK, ...scripts.flat().map(([host]) => host)].map((text) => text.replaceAll(" ", ""));

async function open(serial: FakeSerial, time?: ManualTime): Promise<ApduLink> {
  const [endpoint] = await list(serial, time);
  const link = await endpoint!.open();
  if (link.kind !== "apdu") throw new Error(link.kind);
  return link;
}

function list(serial: FakeSerial, time?: ManualTime) {
  serial.listed = [{ path: "COM3" }];
  return pn532({ ports: ["COM3"], serial: () => Promise.resolve(serial), time, searchMs: 0 })
    .list();
}

async function failure(call: Promise<unknown>): Promise<LinkError> {
  const error = await call.then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(LinkError);
  return error as LinkError;
}

describe("a conversation byte by byte", () => {
  test("opening, one exchange, closing", async () => {
    const exchange: Script = [[
      "00 00 FF 08 F8 D4 40 01 00 84 00 00 08 5F 00",
      ACK,
      "00 00 FF 05 FB D5 41 00 90 00 5A 00",
    ]];
    const serial = new FakeSerial([...OPENING, ...FOUND, ...exchange, ...CLOSING]);
    const link = await open(serial);
    expect(serial.opened).toEqual([{ path: "COM3", baudRate: 115_200, lock: true }]);
    expect(link.medium).toBe("contactless");
    expect(await link.transceive(Uint8Array.of(0, 0x84, 0, 0, 8))).toEqual(Uint8Array.of(0x90, 0));
    await link[Symbol.asyncDispose]();
    expect(serial.written).toEqual(sent(OPENING, FOUND, exchange, CLOSING));
    expect(serial.closed).toBe(1);
  });

  test("no token: one clear error, and the field is off again", async () => {
    const nobody: Script = [[FOUND[0]![0], ACK, "00 00 FF 03 FD D5 4B 00 E0 00"]];
    const serial = new FakeSerial([...OPENING, ...nobody, ...CLOSING]);
    const error = await failure(open(serial));
    expect(error).toMatchObject({
      code: "link/absent",
      delivery: "not-sent",
      message: 'Cannot open "PN532 COM3": no token is in the field',
      next: "Switch the token on and lay it flat on the antenna.",
    });
    expect(serial.written.slice(-2)).toEqual(sent(CLOSING).slice(2));
    expect(serial.closed).toBe(1);
  });

  test("a card that does not speak ISO 14443-4, such as MIFARE Classic, is told as such", async () => {
    const mifare = "00 00 FF 0C F4 D5 4B 01 01 00 04 08 04 9E B3 6E 66 A9 00";
    const serial = new FakeSerial([...OPENING, [FOUND[0]![0], ACK, mifare], ...CLOSING]);
    expect(await failure(open(serial))).toMatchObject({
      code: "link/unsupported",
      message: 'Cannot open "PN532 COM3": the card in the field does not speak ISO 14443-4',
    });
  });
});

describe("what is written", () => {
  test("is overwritten as soon as it has gone out", async () => {
    const serial = new FakeSerial([...OPENING, ...FOUND, ...CLOSING]);
    const link = await open(serial);
    const call = failure(link.transceive(Uint8Array.of(0x80, 1, 0, 0, 3, 0xaa, 0xbb, 0xcc)));
    await expect.poll(() => serial.written.at(-1)).toContain("AABBCC");
    serial.fail();
    expect(await call).toMatchObject({ code: "link/lost", delivery: "unknown" });
    await link[Symbol.asyncDispose]();
    expect(serial.buffers.every((buffer) => buffer.every((byte) => byte === 0))).toBe(true);
  });
});

describe("opening fails", () => {
  // Word for word what serialport's bindings say on Linux, macOS and Windows.
  test.each([
    ["Error Resource temporarily unavailable Cannot lock port", "busy"],
    ["Error: Device or resource busy, cannot open COM3", "busy"],
    ["Opening COM3: Access denied", "busy"],
    ["Error: Permission denied, cannot open COM3", "denied"],
    ["Error: No such file or directory, cannot open COM3", "absent"],
    ["Opening COM3: File not found", "absent"],
  ])("%s: %s", async (text, reason) => {
    const serial = new FakeSerial();
    serial.openError = new Error(text);
    const error = await failure(open(serial));
    expect(error).toMatchObject({ reason, delivery: "not-sent" });
    expect(error.next).toMatch(/\.$/);
  });

  test("given up before and given up under way: nothing stays open", async () => {
    const serial = new FakeSerial();
    const [endpoint] = await list(serial);
    const before = await failure(endpoint!.open({ signal: AbortSignal.abort() }));
    expect(before).toMatchObject({ code: "link/aborted", delivery: "not-sent" });
    expect(serial.opened).toEqual([]);
    const stop = new AbortController();
    const under = failure(endpoint!.open({ signal: stop.signal }));
    await expect.poll(() => serial.written.length).toBeGreaterThan(2);
    stop.abort();
    expect(await under).toMatchObject({ code: "link/aborted", delivery: "not-sent" });
    expect(serial.closed).toBe(1);
  });

  test("a transport that is closed while it opens something leaves nothing open", async () => {
    const serial = new FakeSerial();
    serial.listed = [{ path: "COM3" }];
    const transport = pn532({ ports: ["COM3"], serial: () => Promise.resolve(serial) });
    const [endpoint] = await transport.list();
    const opening = failure(endpoint!.open());
    await expect.poll(() => serial.written.length).toBeGreaterThan(2);
    await transport[Symbol.asyncDispose]();
    expect(await opening).toMatchObject({ code: "link/lost", delivery: "not-sent" });
    expect(serial.closed).toBe(1);
  });

  test("a module that answers too slowly is given up after timeoutMs", async () => {
    const serial = new FakeSerial(OPENING.slice(0, 2)); // it identifies itself, then falls silent
    const time = new ManualTime(0);
    const [endpoint] = await list(serial, time);
    const call = failure(endpoint!.open({ timeoutMs: 300 }));
    await expect.poll(() => serial.written.at(-1)).toBe("0000FF03FDD412140600");
    time.advance(300);
    expect(await call).toMatchObject({
      code: "link/timeout",
      message: 'Cannot open "PN532 COM3": the PN532 was not ready in time',
    });
    expect(time.sleeping).toBe(0); // no timer is left behind
  });
});

describe("which ports", () => {
  const adapter = { path: "COM5", vendorId: "1A86", productId: "7523", serialNumber: "77" };
  const other = { path: "COM6", vendorId: "2341", productId: "0043" };
  const transport = (serial: FakeSerial, options: { ports?: string[]; discover?: boolean }) =>
    pn532({ ...options, serial: () => Promise.resolve(serial) });

  test("none unless named: what else hangs on serial ports is left alone", async () => {
    const serial = new FakeSerial();
    serial.listed = [adapter, other];
    expect(await transport(serial, {}).list()).toEqual([]);
    expect(await transport(serial, {}).probe()).toMatchObject({ code: "no-reader" });
    expect((await transport(serial, { ports: ["com6"] }).list()).map(({ id }) => id))
      .toEqual(["pn532:com6"]);
  });

  test("on demand those behind the adapters that modules carry, with their facts", async () => {
    const serial = new FakeSerial();
    serial.listed = [adapter, other];
    const endpoints = await transport(serial, { ports: ["COM6"], discover: true }).list();
    expect(endpoints.map(({ label }) => label)).toEqual(["PN532 COM6", "PN532 COM5"]);
    expect(endpoints[1]!.facts).toEqual({
      reader: "COM5",
      usb: { vendorId: 0x1a86, productId: 0x7523 },
      usbSerial: "77",
    });
    expect(serial.opened).toEqual([]);
    serial.listed = [other];
    expect(await transport(serial, { discover: true }).probe()).toMatchObject({
      code: "no-reader",
    });
  });

  test("a system that does not list its ports: name them", async () => {
    const serial = new FakeSerial();
    serial.listed = new Error("spawn udevadm ENOENT");
    const blind = transport(serial, { discover: true });
    expect(await blind.probe()).toMatchObject({ usable: false, code: "failed" });
    expect(await failure(blind.list())).toMatchObject({
      code: "link/absent",
      next: "Name the port of the module, such as /dev/ttyUSB0.",
    });
  });

  test("a file that is not a port is none", async () => {
    const file = transport(new FakeSerial(), { ports: [import.meta.filename] });
    expect(await file.list()).toEqual([]);
  });

  test("a transport that was closed lists nothing and says so", async () => {
    const closed = pn532({ ports: ["COM3"] });
    await closed[Symbol.asyncDispose]();
    expect(await failure(closed.list())).toMatchObject({ delivery: "not-sent" });
  });
});
