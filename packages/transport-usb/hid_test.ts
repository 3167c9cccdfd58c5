import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { LinkError } from "@otpsmith/core/errors";
import type { FeatureLink, ReportLink, Transport } from "@otpsmith/core/link";
import { ManualTime } from "@otpsmith/core/time";
import { hid, type HidOptions } from "./hid.ts";
import type { HidDeviceInfo } from "./hid_port.ts";
import { hidError } from "./_node_hid.ts";
import { FakeHid } from "./testdata/fake_hid.ts";
import { fuzzRuns } from "./testdata/fuzz_runs.ts";

const YUBIKEY: HidDeviceInfo = {
  path: "hidraw0",
  vendorId: 0x1050,
  productId: 0x0407,
  manufacturer: "Yubico",
  product: "YubiKey OTP+FIDO+CCID",
  serialNumber: "",
  usagePage: 1,
  usage: 6,
  interface: 0,
};
const FIDO = { ...YUBIKEY, path: "hidraw1", usagePage: 0xf1d0, usage: 1, interface: 1 };
const NITROKEY = {
  ...YUBIKEY,
  path: "hidraw2",
  vendorId: 0x20a0,
  productId: 0x4108,
  manufacturer: "Nitrokey",
  product: "Nitrokey Pro",
  serialNumber: "77",
};
const ONLYKEY = {
  ...YUBIKEY,
  path: "hidraw3",
  vendorId: 0x1d50,
  productId: 0x60fc,
  usagePage: 0xffab,
  usage: 0x200,
};
const KEYBOARD = { ...YUBIKEY, path: "hidraw4", vendorId: 0x046d };
const transports: Transport[] = [];
afterEach(async () => {
  for (const each of transports.splice(0)) await each[Symbol.asyncDispose]();
});

function begin(devices: HidDeviceInfo[], options: HidOptions = {}) {
  const system = new FakeHid();
  system.devices = devices;
  const time = new ManualTime(0);
  const transport = hid({ time, system: () => Promise.resolve(system), ...options });
  transports.push(transport);
  return { system, time, transport };
}

async function failure(call: Promise<unknown>): Promise<LinkError> {
  const error = await call.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "LinkError" });
  return error as LinkError;
}

async function connect(device: HidDeviceInfo, options?: HidOptions) {
  const all = begin([device], options);
  const [endpoint] = await all.transport.list();
  const link = await endpoint!.open();
  return { ...all, endpoint: endpoint!, link, port: all.system.opened[0]!.port };
}

describe("what is plugged in", () => {
  test("is told by usage pages, without opening anything; keyboards of others are none", async () => {
    const { transport, system } = begin([KEYBOARD, ONLYKEY, NITROKEY, FIDO, YUBIKEY]);
    expect((await transport.list()).map(({ id, kind, label }) => [id, kind, label])).toEqual([
      ["hid:hidraw0", "feature", "Yubico YubiKey OTP+FIDO+CCID OTP"],
      ["hid:hidraw1", "report", "Yubico YubiKey OTP+FIDO+CCID FIDO"],
      ["hid:hidraw2", "feature", "Nitrokey Pro OTP (77)"],
      ["hid:hidraw3", "report", "Yubico YubiKey OTP+FIDO+CCID HID"],
    ]);
    expect(await transport.probe()).toMatchObject({ usable: true });
    expect(system.opened).toEqual([]);
  });

  test("facts are what the system says", async () => {
    const { transport } = begin([NITROKEY]);
    expect((await transport.list())[0]?.facts).toEqual({
      usb: { vendorId: 0x20a0, productId: 0x4108 },
      usbSerial: "77",
      usage: { page: 1, id: 6 },
    });
  });

  test("an interface with several collections is one endpoint; what has no path is none", async () => {
    const consumer = { ...YUBIKEY, usagePage: 0x0c, usage: 1 };
    const { transport } = begin([consumer, YUBIKEY, YUBIKEY, { ...FIDO, path: undefined }]);
    expect(await transport.list()).toHaveLength(1);
  });

  test("devices that are alike are told apart", async () => {
    const { transport } = begin([FIDO, { ...FIDO, path: "hidraw9" }]);
    expect((await transport.list()).map(({ label }) => label)).toEqual([
      "Yubico YubiKey OTP+FIDO+CCID FIDO [hidraw1]",
      "Yubico YubiKey OTP+FIDO+CCID FIDO [hidraw9]",
    ]);
  });

  test("more can be named", async () => {
    const devices = [{ kind: "feature", usage: { page: 1, id: 6 }, reportBytes: 16 }] as const;
    const { transport } = begin([KEYBOARD], { devices });
    expect(await transport.list()).toHaveLength(1);
  });

  test("nothing, and a system that does not tell", async () => {
    expect(await begin([]).transport.probe()).toMatchObject({ code: "no-reader" });
    const { transport, system } = begin([]);
    system.listError = new Error("could not enumerate");
    expect(await transport.probe()).toMatchObject({ usable: false, code: "failed" });
    expect(await failure(transport.list())).toMatchObject({ delivery: "not-sent" });
  });

  test("watched: comes and goes", async () => {
    const { transport, system, time } = begin([YUBIKEY]);
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const endpoints of transport.watch({ signal: stop.signal })) {
      seen.push(endpoints.length);
      system.devices = seen.length === 1 ? [YUBIKEY, FIDO] : [];
      if (seen.length === 3) stop.abort();
      else queueMicrotask(() => void later(time));
    }
    expect(seen).toEqual([1, 2, 0]);
  });

  const later = async (time: ManualTime): Promise<void> => {
    await expect.poll(() => time.sleeping).toBeGreaterThan(0);
    time.advance(500);
  };
});

describe("feature reports", () => {
  test.each([[YUBIKEY, 8], [NITROKEY, 64]])(
    "their id is put on and taken off: %o",
    async (device, bytes) => {
      const { link, port } = await connect(device) as unknown as
        & { link: FeatureLink }
        & Awaited<
          ReturnType<typeof connect>
        >;
      expect(link).toMatchObject({ kind: "feature", reportBytes: bytes });
      await link.set(Uint8Array.of(9));
      expect(port.written[0]).toMatchObject({
        how: "feature",
        bytes: [0, 9, ...new Uint8Array(bytes - 1)],
      });
      expect(port.written[0]!.array.every((byte) => byte === 0)).toBe(true); // overwritten
      expect(await link.get()).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
      expect(port.listening).toEqual(["error"]); // keystrokes are not for us
    },
  );

  test("a device that is unplugged is missed", async () => {
    const { link, system, time, port } = await connect(YUBIKEY);
    system.devices = [];
    await expect.poll(() => time.sleeping).toBeGreaterThan(0);
    time.advance(500);
    await expect.poll(() => link.closed.aborted).toBe(true);
    expect(link.closed.reason).toMatchObject({ code: "link/lost" });
    await link[Symbol.asyncDispose]();
    expect(port.closed).toBe(1);
  });

  test.each([
    [new Error("could not get feature report: ioctl (GFEATURE): Broken pipe"), "link/lost"],
    [new Error("could not get feature report: ioctl (GFEATURE): No such device"), "link/lost"],
  ])("cannot be read: %s", async (thrown, code) => {
    const { link, port } = await connect(YUBIKEY);
    port.error = thrown;
    const error = await failure((link as FeatureLink).get());
    expect(error).toMatchObject({ code, delivery: "unknown" });
    expect(error.message).toMatch(/^Cannot read from "Yubico YubiKey/);
  });
});

describe("input and output reports", () => {
  test("go out with an id and come in without one", async () => {
    const { link, port } = await connect(FIDO) as unknown as
      & { link: ReportLink }
      & Awaited<
        ReturnType<typeof connect>
      >;
    await link.send(Uint8Array.of(7, 8));
    expect(port.written[0]).toMatchObject({
      how: "write",
      bytes: [0, 7, 8, ...new Uint8Array(62)],
    });
    port.emit("data", Buffer.from([1, 2]));
    port.emit("data", Buffer.alloc(0)); // "nothing came in time", as some versions say it
    const [first, second] = [link.receive(), link.receive()];
    expect(await first).toEqual(Uint8Array.of(1, 2));
    port.emit("data", Buffer.from([3]));
    expect(await second).toEqual(Uint8Array.of(3));
  });

  test("numbered reports", async () => {
    const rule = { kind: "report", usage: { page: 0xf1d0 }, reportBytes: 2, reportId: 5 } as const;
    const { link, port } = await connect(FIDO, { devices: [rule] });
    const report = link as ReportLink;
    await report.send(Uint8Array.of(7));
    expect(port.written[0]?.bytes).toEqual([5, 7, 0]);
    port.emit("data", Buffer.from([4, 1, 1])); // another report
    port.emit("data", Buffer.from([5, 2, 2]));
    expect(await report.receive()).toEqual(Uint8Array.of(2, 2));
  });

  test("a device that talks all the time fills no memory: the newest 256 are kept", async () => {
    const { link, port } = await connect(FIDO);
    for (let n = 0; n < 1000; n++) port.emit("data", Buffer.from([n >> 8, n & 255]));
    expect(await (link as ReportLink).receive()).toEqual(Uint8Array.of(2, 232));
  });

  test.each(["No such device", { noMessage: true }, new Error("could not read from HID device")])(
    "unplugged, told as %o",
    async (reason) => {
      const { link, port } = await connect(FIDO);
      const waiting = failure((link as ReportLink).receive());
      port.emit("error", reason);
      expect(await waiting).toMatchObject({ code: "link/lost" });
      await link[Symbol.asyncDispose]();
      expect(port.closed).toBe(1);
    },
  );

  test("closing ends whoever waits", async () => {
    const { link, port } = await connect(FIDO);
    const waiting = failure((link as ReportLink).receive());
    await link[Symbol.asyncDispose]();
    expect(await waiting).toMatchObject({ code: "link/lost" });
    expect(port.closed).toBe(1);
  });

  test("any reports come through as they are", async () => {
    const { link, port } = await connect(FIDO);
    let inputs = 0;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (report) => {
        inputs++;
        port.emit("data", Buffer.from(report));
        expect(await (link as ReportLink).receive()).toEqual(report);
      }),
      fuzzRuns(1000),
    );
    console.info(`HID reports: ${inputs} inputs`);
  });
});

describe("opening", () => {
  test.each(
    [
      [YUBIKEY, undefined, true],
      [FIDO, undefined, false],
      [FIDO, "shared", true],
    ] as const,
  )("%o, %s: others may use it: %s", async (device, share, nonExclusive) => {
    const { transport, system } = begin([device]);
    await (await transport.list())[0]!.open({ share });
    expect(system.opened).toMatchObject([{ nonExclusive }]);
  });

  // Word for word what hidapi 0.15 says on Linux, macOS and Windows.
  test.each([
    [
      "cannot open device with path /dev/hidraw0: Failed to open a device with path '/dev/hidraw0': Permission denied",
      "denied",
    ],
    [
      "hid_open_path: failed to open IOHIDDevice from mach entry: (0xE00002E2) (iokit/common) not permitted",
      "denied",
    ],
    ["CreateFile: (0x00000005) Access is denied.", "denied"],
    [
      "hid_open_path: failed to open IOHIDDevice from mach entry: (0xE00002C5) (iokit/common) exclusive access and device already open",
      "busy",
    ],
    [
      "cannot open device with path /dev/hidraw0: Failed to open a device with path '/dev/hidraw0': No such file or directory",
      "absent",
    ],
    ["something else", "lost"],
  ])("%s: %s", async (message, reason) => {
    const { transport, system } = begin([YUBIKEY]);
    system.openError = new Error(message);
    const error = await failure((await transport.list())[0]!.open());
    expect(error).toMatchObject({ reason, delivery: "not-sent" });
    expect(error.message).toMatch(/^Cannot open "Yubico YubiKey/);
    expect(error.next).toMatch(/[a-z]/);
  });

  test("another device has taken its place: nothing is sent to it", async () => {
    const { transport, system } = begin([YUBIKEY]);
    const [endpoint] = await transport.list();
    system.devices = [{ ...KEYBOARD, path: "hidraw0" }];
    expect(await failure(endpoint!.open())).toMatchObject({ code: "link/absent" });
    expect(system.opened[0]!.port).toMatchObject({ closed: 1, written: [] });
  });

  test("given up before and under way: what was opened for nobody is closed", async () => {
    const { transport, system } = begin([YUBIKEY]);
    const [endpoint] = await transport.list();
    const before = await failure(endpoint!.open({ signal: AbortSignal.abort() }));
    expect(before).toMatchObject({ code: "link/aborted", delivery: "not-sent" });
    let letGo = (): void => {};
    system.gate = new Promise((resolve) => letGo = resolve);
    const stop = new AbortController();
    const under = failure(endpoint!.open({ signal: stop.signal }));
    stop.abort();
    expect(await under).toMatchObject({ code: "link/aborted", delivery: "not-sent" });
    letGo();
    await transport[Symbol.asyncDispose]();
    expect(system.opened[0]?.port.closed).toBe(1);
  });

  test("takes too long", async () => {
    const { transport, system, time } = begin([YUBIKEY]);
    const [endpoint] = await transport.list();
    let letGo = (): void => {};
    system.gate = new Promise((resolve) => letGo = resolve);
    const call = failure(endpoint!.open({ timeoutMs: 100 }));
    time.advance(100);
    const error = await call;
    expect(error).toMatchObject({ code: "link/timeout", delivery: "not-sent" });
    expect(error.message).toMatch(/does not open in time$/);
    letGo();
  });

  test("a transport that is closed opens and lists nothing", async () => {
    const { transport, endpoint, link } = await connect(YUBIKEY);
    await transport[Symbol.asyncDispose]();
    expect(link.closed.aborted).toBe(true);
    expect(await failure(endpoint.open())).toMatchObject({ delivery: "not-sent" });
    expect(await failure(transport.list())).toMatchObject({ delivery: "not-sent" });
  });
});

test("an error that is none still means something", () => {
  expect(hidError(undefined).meaning.reason).toBe("lost");
  expect(hidError(hidError("busy")).meaning.reason).toBe("busy");
});
