import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type CliRun, otpsmith, type SimulatorProcess, startSimulator } from "../cli_process.ts";

const ACCOUNT = "otpauth://totp/Acme:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme";

vi.setConfig({ testTimeout: 300_000 }); // many whole processes, on a machine that may be busy

let folder: string;
let simulator: SimulatorProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  simulator = await startSimulator(["--token", "token2-molto2:Molto2"]);
});
afterAll(async () => {
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], env = {}): Promise<CliRun> =>
  otpsmith([...args, "--json"], {
    input: ACCOUNT,
    env: { OTPSMITH_STATE_DIR: folder, PCSCLITE_CSOCK_NAME: simulator.socket, ...env },
  });

test("what wants a button pressed is refused where nobody is there, before anything is sent", async () => {
  const burned = await run(["burn", "-", "--slot", "1", "--yes"]);
  expect(burned.result["slots"], burned.stderr).toMatchObject([{ proof: { match: true } }]);
  const refused = {
    exit: 4,
    error: {
      code: "needs-person/touch",
      next: expect.stringContaining("Nothing was sent") as string,
    },
  };
  const key = await run(["key"], { OTPSMITH_NEW_TOKEN_KEY: "a key of my own" });
  expect(key.result).toMatchObject(refused);
  const serial = String(burned.result["serial"]);
  expect((await run(["reset", "--erase-all", serial])).result).toMatchObject(refused);
  expect((await run(["slots"])).result).toMatchObject({ occupied: 1 });
  const again = await run(["erase", "--slot", "1", "--yes"]); // the factory key counts still
  expect(again.result, again.stderr).toMatchObject({ exit: 0 });
});
