import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "@otpsmith/core";
import { createVirtualToken, fileFlash } from "@otpsmith/simulator";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type CliRun, otpsmith, type SimulatorProcess, startSimulator } from "../cli_process.ts";

// The seed of RFC 6238.
const ACCOUNT = "otpauth://totp/Acme:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme";
const SEED = new TextEncoder().encode("12345678901234567890");

vi.setConfig({ testTimeout: 300_000 }); // many whole processes, on a machine that may be busy

let folder: string;
let simulator: SimulatorProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  const state = join(folder, "slim.json");
  createVirtualToken({
    model: "protectimus-slim:SLIM-NFC",
    storage: fileFlash(state),
    seed: Secret.copyOf(SEED),
    clockOffsetSeconds: 300,
  });
  simulator = await startSimulator(["--state", state]);
});
afterAll(async () => {
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The whole command; its frames, which are no APDUs, go through the real pcscd. */
const run = (args: readonly string[], input = ""): Promise<CliRun> =>
  otpsmith([...args, "--json"], {
    input,
    env: { OTPSMITH_STATE_DIR: folder, PCSCLITE_CSOCK_NAME: simulator.socket },
  });

test.each(["pcsclite", "koffi"])(
  "frames that are no APDUs pass through the real pcscd and %s",
  async (binding) => {
    const { result, stderr } = await run(["info", "--binding", binding]);
    expect(result, stderr).toMatchObject({
      exit: 0,
      family: "Protectimus SLIM NFC",
      model: "SLIM NFC (hardware 70, firmware 10)",
      clock: null,
      traits: { seedRefused: "how its seed is written is not public", periods: [30] },
    });
  },
);

test("its code says how far it is off, its clock is set, and its seed stays", async () => {
  const off = await run(["verify", "-", "--from-token"], ACCOUNT);
  expect(off.result, off.stderr).toMatchObject({
    match: true,
    level: "display",
    acceptable: false,
  });
  expect(off.result["driftSeconds"]).toBeGreaterThanOrEqual(270);
  const set = await run(["clock", "--sync"]);
  expect(set.result, set.stderr).toMatchObject({ exit: 0, synced: true });
  const after = await run(["verify", "-", "--from-token"], ACCOUNT);
  expect(after.result, after.stderr).toMatchObject({ exit: 0, match: true, acceptable: true });
});

test("a seed is refused with the reason; the code of a trace is no code", async () => {
  const { result, stderr } = await run(["burn", "-", "--yes"], ACCOUNT);
  expect(result, stderr).toMatchObject({ exit: 3, error: { code: "burn/read-only" } });
  const traced = await run(["verify", "-", "--from-token", "--trace"], ACCOUNT);
  const sent = traced.events.filter(({ what }) => what === "sent").map(({ command }) => command);
  expect(sent.at(-1)).toBe("read code");
  expect(JSON.stringify(traced.events)).toContain("[secret 6 bytes]");
});
