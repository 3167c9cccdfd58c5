// The command with a PN532 module: the real serialport and a real tty, a virtual chip and token behind it.
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createVirtualToken, type VirtualToken } from "@otpsmith/simulator";
import {
  exposeThroughPn532,
  openVirtualPort,
  type Pn532Exposure,
  type Pn532Fault,
  type VirtualPort,
} from "@otpsmith/simulator/expose";
import { type CliRun, otpsmith } from "./cli_process.ts";

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const URI = `otpauth://totp/Aliyun:alice?secret=${SEED}&issuer=Aliyun`;
/** The chip's command that sends something to the token. */
const EXCHANGE = 0x40;

let folder: string;
let token: VirtualToken;
let module: Pn532Exposure;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-pn532-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  token = createVirtualToken({ model: "token2-single:C302-i" });
  module = await exposeThroughPn532({ card: token.card });
});
afterEach(() => module.stop());

function run(args: readonly string[], { port = module.path, input = "" } = {}): Promise<CliRun> {
  const env = { OTPSMITH_STATE_DIR: folder };
  return otpsmith([...args, "--transport", `pn532:${port}`, "--json"], { input, env });
}

test("devices, info, doctor, clock and burn find the token on the module that is named", async () => {
  const reader = `PN532 ${module.path}`;
  const devices = await run(["devices"]);
  expect(devices.result).toMatchObject({
    exit: 0,
    readers: [{ reader, transport: "pn532", card: "present", token: { serial: token.serial } }],
    obstacles: [],
  });
  const info = await run(["info"]);
  expect(info.result).toMatchObject({ exit: 0, serial: token.serial, model: "C302-i", reader });
  const doctor = await run(["doctor"]);
  expect(doctor.exit, doctor.stdout).toBe(0);
  expect((await run(["clock"])).result).toMatchObject({ exit: 0, serial: token.serial });

  const burn = await run(["burn", "-", "--yes"], { input: URI });
  expect(burn.result).toMatchObject({ exit: 4, error: { code: "needs-person/code" } });
  token.hands.powerCycle();
  const oathtool = ["--totp=sha1", "--base32", "--window=1", "-"];
  const codes = execFileSync("oathtool", oathtool, { input: SEED, encoding: "utf8" }).split("\n");
  expect(codes).toContain(token.display().code);
});

test("several transports are looked at as one", async () => {
  const other = createVirtualToken({ model: "token2-single:OTPC-P2-i", serial: "86596220000007" });
  const second = await exposeThroughPn532({ card: other.card });
  try {
    const args = ["info", "--transport", `pn532:${second.path}`];
    const both = await run(args);
    expect(both.result).toMatchObject({ exit: 4, error: { code: "needs-person/several-tokens" } });
    expect((await run([...args, "--serial", other.serial])).result).toMatchObject({
      exit: 0,
      reader: `PN532 ${second.path}`,
    });
  } finally {
    await second.stop();
  }
});

describe("trouble gets one clear message, the next step and the right exit code", () => {
  async function ends(run: Promise<CliRun>): Promise<Record<string, unknown>> {
    const { result, stderr, stdout } = await run;
    expect(stderr + stdout).not.toMatch(/\n\s+at |defect/);
    const { error, exit } = result as { error: Record<string, unknown>; exit: number };
    expect(error["next"], JSON.stringify(result)).toMatch(/\.$/);
    return { exit, code: error["code"], message: error["message"] };
  }

  test.each<readonly [string, (bytes: Uint8Array) => Uint8Array]>([
    ["a login prompt", () => new TextEncoder().encode("\r\nlogin: ")],
    ["silence", () => new Uint8Array()],
    ["garbage", () => Uint8Array.from({ length: 300 }, (_, i) => i * 7 + (i >> 3))],
  ])("a port with %s on it is no PN532", async (_, answer) => {
    const port: VirtualPort = await openVirtualPort({
      onData: (bytes) => port.write(answer(bytes)),
    });
    try {
      expect(await ends(run(["info"], { port: port.path }))).toEqual({
        exit: 4,
        code: "link/absent",
        message: `Cannot open "PN532 ${port.path}": no PN532 answers on this port`,
      });
    } finally {
      await port.stop();
    }
  });

  test("a port that is not there", async () => {
    expect(await ends(run(["burn", "-", "--yes"], { port: "/dev/ttyNONE0", input: URI }))).toEqual({
      exit: 4,
      code: "transport/no-reader",
      message: "Cannot use PN532 modules: there is no serial port /dev/ttyNONE0",
    });
  });

  test("a module that is unplugged in mid-frame", async () => {
    module.strike({ kind: "unplug", on: EXCHANGE });
    expect(await ends(run(["info"]))).toEqual({
      exit: 1,
      code: "link/lost",
      message: `Cannot send to "PN532 ${module.path}": the module was unplugged`,
    });
  });

  test("an empty field", async () => {
    token.hands.switchOff();
    expect(await ends(run(["info"]))).toMatchObject({ exit: 4, code: "link/absent" });
  });

  test.each<Pn532Fault>([
    { kind: "noise", on: EXCHANGE },
    { kind: "noise", bytes: Uint8Array.of(0x00, 0xff, 0x10, 0xf0, 0x01), on: EXCHANGE },
    { kind: "cut", on: EXCHANGE },
  ])("noise between frames is passed over: %o", async (fault) => {
    module.strike(fault);
    const { result } = await run(["info", "--trace"]);
    expect(result, JSON.stringify(result)).toMatchObject({ exit: 0, serial: token.serial });
  });
});
