import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVirtualToken, fileFlash } from "@otpsmith/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SimulatorProcess, startSimulator } from "../cli_process.ts";
import { atTerminal } from "../terminal.ts";

const URI = "otpauth://totp/Aliyun:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Aliyun";

let folder: string;
let state: string;
let picture: string;
let simulator: SimulatorProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  state = join(folder, "token.json");
  picture = join(folder, "qr.png");
  execFileSync("qrencode", ["-o", picture], { input: URI });
  simulator = await startSimulator(["--state", state, "--reader", "OMNIKEY 5427 CK"]);
});
afterAll(async () => {
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
});

function switchedOffAndOn(): string {
  const token = createVirtualToken({ storage: fileFlash(state) });
  token.hands.powerCycle();
  return token.display().code ?? "";
}

test("the whole job at a terminal, with a reader of the real pcscd", async () => {
  const env = { PCSCLITE_CSOCK_NAME: simulator.socket, OTPSMITH_STATE_DIR: folder };
  const { exit, screen } = await atTerminal(["burn", picture], [
    {
      sees: /Destroys:.*the seed that is in the token now[^]*Write to token 86596320000001\? /,
      types: "y\r",
    },
    { sees: /switch it off and on, and type the code[^]*Code on the display/, types: "123456\r" },
    { sees: /Code does not match[^]*Code on the display/, types: () => `${switchedOffAndOn()}\r` },
  ], env);
  expect(screen).toContain("Proven:");
  expect(exit).toBe(0);
});

test("a person who does not agree has lost nothing", async () => {
  const before = fileFlash(state).read();
  const env = { PCSCLITE_CSOCK_NAME: simulator.socket, OTPSMITH_STATE_DIR: folder };
  const { exit, screen } = await atTerminal(["burn", picture], [
    { sees: /Write to token 86596320000001\? /, types: "\r" },
  ], env);
  expect(screen).toContain("Nothing was written");
  expect(exit).toBe(3);
  expect(fileFlash(state).read()?.clock).toEqual(before?.clock);
});
