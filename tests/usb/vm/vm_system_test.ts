import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createVirtualToken, type VirtualToken } from "@otpsmith/simulator";
import {
  exposeThroughUsbip,
  type UsbipExposure,
  type UsbipReady,
} from "@otpsmith/simulator/expose";
import {
  createCcidReader,
  createHidToken,
  type VirtualCcidReader,
  type VirtualHidToken,
} from "@otpsmith/simulator/usb";
import { echoReports, featureReports } from "../../../packages/simulator/usb/testdata/reports.ts";
import { GuestBus } from "./guest_bus.ts";
import { BOOT_LIMIT_MS, type GuestEnd, GuestMachine } from "./guest_machine.ts";

const GUEST = join(import.meta.dirname, "guest");
const RULES = join(import.meta.dirname, "../../../packages/transport-usb/udev/70-otpsmith.rules");
const OTPSMITH = join(import.meta.dirname, "../../../packages/cli/bin/otpsmith.cjs");
const NOBODY = 65_534;
/** Everything in here waits for an emulated processor on a computer that does other things. */
const PATIENCE = 240_000;
const READER = 0x5427;
const HID_TOKEN = 0x0403;

let guest: GuestMachine;
let exposure: UsbipExposure;
let bus: GuestBus;
let token: VirtualToken;
let reader: VirtualCcidReader;
let tpdu: VirtualCcidReader;
let hid: VirtualHidToken;

const node = (program: string, ...args: readonly unknown[]): string =>
  [process.execPath, join(GUEST, `${program}.mjs`), ...args].join(" ");

/** Attaches devices; udev has done with them then. */
async function attach(...busIds: readonly string[]): Promise<void> {
  for (const busId of busIds) await bus.attach(busId);
  await bus.shown({ devices: busIds.length });
  await guest.ask("/run/guest/udev/udevadm settle --timeout=100");
}

beforeAll(async () => {
  token = createVirtualToken({ model: "token2-single:C302-i" });
  reader = createCcidReader({ profile: "OMNIKEY 5427 CK", serial: "SIM0001", cards: [token.card] });
  const other = createVirtualToken({ model: "token2-single:C301-i" });
  tpdu = createCcidReader({ profile: "Nitrokey Pro", serial: "SIM0002", cards: [other.card] });
  hid = createHidToken({
    profile: "YubiKey OTP+FIDO",
    reports: [featureReports(8), echoReports({ page: 0xf1d0, usage: 1 })],
  });
  const devices = [reader.device, hid.device, tpdu.device];
  exposure = await exposeThroughUsbip({ devices, port: 0 });
  guest = await GuestMachine.boot();
  bus = new GuestBus(guest, exposure);
  // udev of the distribution, which the host may lack, and a person who sits at the computer, as logind
  // would tell it: nobody.
  await guest.ask(`
    set -e
    mkdir -p /lib/udev/rules.d /etc/udev/rules.d /run/systemd/seats /run/systemd/sessions
    cp /run/guest/udev/rules.d/* /lib/udev/rules.d/
    rm /lib/udev/rules.d/70-uaccess.rules # systemd's own list of what such a person may use: ours is tested
    printf 'ACTIVE=1\\nACTIVE_UID=${NOBODY}\\nUIDS=${NOBODY}\\n' > /run/systemd/seats/seat0
    printf 'UID=${NOBODY}\\nACTIVE=1\\nSTATE=active\\nSEAT=seat0\\n' > /run/systemd/sessions/1
    rm -f /etc/udev/rules.d/70-otpsmith.rules
    for folder in ${GUEST} ${dirname(process.execPath)}; do # what is tested is /dev, not these
      while [ $folder != / ]; do chmod o+rx $folder; folder=$(dirname $folder); done
    done
    /run/guest/udev/systemd-udevd --daemon
    /run/guest/udev/udevadm trigger --subsystem-match=usb
    /run/guest/udev/udevadm settle --timeout=100`);
}, BOOT_LIMIT_MS + PATIENCE);

beforeEach(async () => {
  for (const { device } of [reader, tpdu, hid]) device.plug();
  await bus.detachAll();
}, PATIENCE);

afterAll(async () => {
  await guest?.stop();
  await exposure?.stop();
});

test("a reader that comes and goes: the usb module is told both", async () => {
  const watch = guest.start(node("usb_watch"));
  await watch.line(/^watching$/);
  await attach("1-1");
  expect(await watch.line(/^connect/)).toBe("connect 76b 5427");
  reader.device.unplug();
  expect(await watch.line(/^disconnect/)).toBe("disconnect 76b 5427");
  watch.kill("SIGKILL");
}, PATIENCE);

test.each([
  ["ccid", ["HID OMNIKEY 5427 CK (SIM0001)"]],
  ["hid", ["Yubico YubiKey OTP+FIDO OTP", "Yubico YubiKey OTP+FIDO FIDO"]],
])(
  "%s().watch() sees a device come, go under open links, and come again",
  async (transport, labels) => {
    const [busId, { device }] = transport === "ccid" ? ["1-1", reader] : ["1-2", hid];
    const watch = guest.start(node("watch", transport, labels.length));
    await watch.line(/^watching$/);
    await attach(busId);
    await watch.line(/^came/);
    device.unplug();
    await watch.line(/^gone came$/);
    device.plug();
    await attach(busId);
    await watch.line(/^again/);
    device.unplug();
    const { exit, text } = await watch.ended;
    expect(exit).toBe(0);
    const round = (name: string): string[] => [
      ...labels.map((label) => `${name} ${label}`),
      ...labels.map((label) =>
        `closed Cannot send to "${label}": the token or the reader went away`
      ),
      `gone ${name}`,
    ];
    expect(text.split("\n")).toEqual(["watching", ...round("came"), ...round("again")]);
  },
  PATIENCE,
);

test("a reader that is pulled out while a transfer waits", async () => {
  await attach("1-1");
  const pending = guest.start(node("usb_pending", READER));
  await pending.line(/^waiting$/);
  reader.device.unplug();
  expect(await pending.line(/error/)).toMatch(/Disconnected/);
  expect((await pending.ended).exit).toBe(0);
}, PATIENCE);

test("the kernel's driver holds a HID interface, lets go of it, and takes it again", async () => {
  await attach("1-2");
  expect((await guest.ask(node("usb_driver", HID_TOKEN))).split("\n")).toEqual([
    "hidraw 2",
    expect.stringMatching(/interface is busy/),
    "hidraw 1",
    "feature 0000000000000000",
    "hidraw 2",
  ]);
}, PATIENCE);

test(
  "without the udev rule devices belong to root alone, with it to who sits at the computer",
  async () => {
    await attach("1-1", "1-2");
    const asNobody = { user: NOBODY, env: { HOME: "/tmp" } };
    const before = [
      await guest.ask(node("ccid_open"), asNobody),
      await guest.ask(node("hid_feature", HID_TOKEN), asNobody),
    ];
    expect(before[0]).toMatch(/^refused .* link\/denied .*udev rules/m);
    expect(before[1]).toMatch(/^refused:/m);
    await guest.ask(`
    set -e
    cp ${RULES} /etc/udev/rules.d/
    /run/guest/udev/udevadm control --reload
    /run/guest/udev/udevadm trigger --action=add
    /run/guest/udev/udevadm settle --timeout=100`);
    const after = [
      await guest.ask(node("ccid_open"), asNobody),
      await guest.ask(node("hid_feature", HID_TOKEN), asNobody),
    ];
    expect(after[0]).toMatch(/^answer .* [0-9A-F]+9000$/m);
    expect(after[1]).toMatch(/^feature 000102030405060708$/m);
  },
  PATIENCE,
);

test("a token is burned through ccid(), and its display shows what oathtool computes", async () => {
  await attach("1-1");
  const seed = Buffer.from("seed of a test, only").toString("hex");
  const burned = await guest.ask(node("ccid_burn"), { env: { TEST_SEED: seed } });
  expect(burned).toBe("burned done new-seed");
  for (;;) {
    token.hands.powerCycle();
    const before = Math.floor(Date.now() / 1000);
    const { code } = token.display();
    const now = ["--totp", "--digits=6", `--now=@${before}`, seed];
    const step = (seconds: number): number => Math.floor(seconds / 30);
    // The guest's clock set the token's: it may be a second off, so a code near a change of step says little.
    if (step(before - 3) !== step(before + 3)) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      continue;
    }
    expect(code).toBe(execFileSync("oathtool", now, { encoding: "utf8" }).trim());
    break;
  }
}, PATIENCE);

test(
  "otpsmith sim run offers HID tokens, and its scenario pulls one out of a real kernel",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "otpsmith-vm-"));
    const scenario = join(folder, "bench.json");
    const tokens = [
      { model: "nitrokey:pro", serial: "00012345", reader: "A" },
      { model: "oath:yubikey5", reader: "B", reportFaults: [{ kind: "lose-before", at: 1 }] },
    ];
    writeFileSync(scenario, JSON.stringify({ schemaVersion: 1, tokens }));
    const args = ["sim", "run", "--scenario", scenario, "--expose", "usbip", "--listen", "0"];
    const sim = spawn(process.execPath, [OTPSMITH, ...args, "--json"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [line] = await once(createInterface(sim.stdout), "line") as [string];
      const { port, readers } = JSON.parse(line) as UsbipReady;
      expect(readers.map(({ name }) => name)).toEqual(["Nitrokey Pro", "YubiKey OTP+FIDO+CCID"]);
      const offered = new GuestBus(guest, { port });
      const info = (name: string): Promise<GuestEnd> =>
        guest.run(`${process.execPath} ${OTPSMITH} info --transport hid --reader ${name} --wait 0`);
      for (const busId of ["1-1", "1-2"]) await offered.attach(busId);
      await offered.shown({ devices: 2, hidraws: 2 });
      expect(await info("Nitrokey")).toMatchObject({
        exit: 0,
        text: expect.stringMatching(/00003039/),
      });
      expect((await info("YubiKey")).exit).not.toBe(0);
      await offered.shown({ devices: 1, hidraws: 1 });
      await offered.attach("1-2"); // the token has been put back
      await offered.shown({ devices: 2, hidraws: 2 });
      expect(await info("YubiKey")).toMatchObject({
        exit: 0,
        text: expect.stringMatching(/YubiKey/),
      });
    } finally {
      process.kill(sim.pid!, "SIGTERM");
      await once(sim, "exit");
      rmSync(folder, { recursive: true });
    }
  },
  2 * PATIENCE,
);

test("pcscd and libccid use our readers; meanwhile ccid() says who holds them", async () => {
  await attach("1-1", "1-3");
  const daemon = guest.start("mkdir -p /run/pcscd; exec pcscd --foreground");
  const list =
    "for i in $(seq 60); do opensc-tool --list-readers | grep -c Yes | grep -q 2 && break; done; opensc-tool --list-readers";
  const readers = await guest.ask(list);
  expect(readers).toMatch(/OMNIKEY 5427 CK/);
  expect(readers).toMatch(/Nitrokey Pro/);
  const number = (name: string): string =>
    readers.split("\n").find((line) => line.includes(name))!.trim().split(/\s+/)[0]!;
  for (const name of ["OMNIKEY 5427 CK", "Nitrokey Pro"]) {
    const info = await guest.ask(
      `opensc-tool --reader ${number(name)} --send-apdu 80:41:00:00:02:02:11`,
    );
    expect(info).toMatch(/SW1=0x90, SW2=0x00/);
  }
  const refused = await guest.ask(node("ccid_open"));
  expect(refused.match(/^refused .* link\/busy .*pcscd is using this reader.*$/gm)).toHaveLength(2);
  expect(refused).toMatch(/systemctl stop pcscd/);
  daemon.kill("SIGTERM");
  await daemon.ended;
  const free = await guest.ask(node("ccid_open"));
  expect(free.match(/^answer .*9000$/gm)).toHaveLength(2);
}, PATIENCE);
