import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createStation,
  type OtpAlgorithm,
  planBurn,
  proveByDisplay,
  runPlan,
  Secret,
  type Station,
  systemTime,
} from "@otpsmith/core";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { createVirtualToken, fileFlash } from "@otpsmith/simulator";
import { pcsc } from "@otpsmith/transport-pcsc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliRun, otpsmith, type SimulatorProcess, startSimulator } from "../cli_process.ts";

const SEED_LENGTHS = [1, 10, 16, 20, 32, 48, 63, 65, 80];
const ALGORITHMS: readonly OtpAlgorithm[] = ["SHA1", "SHA256"];
const PERIODS = [30, 60];
const BINDINGS = ["pcsclite", "koffi"] as const;

/**
 * Burns through the real pcscd into a simulator that runs in a process of its own, and compares what its
 * display shows with what `oathtool`, which shares nothing with us, computes.
 */
export function describeBurns(expose: "pcscd" | "vpcd"): void {
  describe(`burns through the real pcscd (${expose})`, () => {
    let folder: string;
    let state: string;
    let simulator: SimulatorProcess;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "otp-"));
      state = join(folder, "token.json");
      simulator = await startSimulator(["--state", state, "--expose", expose]);
      // libpcsclite reads it at the first call of a process and never again.
      process.env["PCSCLITE_CSOCK_NAME"] = simulator.socket;
    });
    afterAll(async () => {
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    });

    for (const binding of BINDINGS) {
      describe(binding, () => {
        let station: Station;
        beforeAll(() => {
          station = createStation({ transports: [pcsc({ binding })], drivers: [token2Single()] });
        });
        afterAll(() => station[Symbol.asyncDispose]());

        const combinations = ALGORITHMS.flatMap((algorithm) =>
          PERIODS.flatMap((period) => SEED_LENGTHS.map((bytes) => ({ algorithm, period, bytes })))
        );
        test.each(combinations)("$bytes bytes, $algorithm, $period s", async (parameters) => {
          const seed = seedOf(parameters.bytes);
          const outcome = await burnOnce(station, { seed, ...parameters });
          expect(outcome).toMatchObject({ status: "done", holds: ["new-seed"] });
          const shown = await displayInStep(state, parameters.period);
          expect(shown.code).toBe(oathtool(seed, { ...parameters, seconds: shown.seconds }));
          const proof = proveByDisplay(Secret.copyOf(seed), {
            parameters: { ...parameters, digits: 6 },
            code: shown.code,
            now: shown.seconds * 1000,
          });
          expect(proof).toMatchObject({ level: "display", match: true });
        });

        test("64 bytes are refused before the first byte is sent", async () => {
          const before = readFileSync(state, "utf8");
          await expect(burnOnce(station, { seed: seedOf(64), algorithm: "SHA1", period: 30 }))
            .rejects.toThrow("burn/seed-too-long");
          expect(readFileSync(state, "utf8")).toBe(before);
        });

        test("the command does it from the picture to the proof", async () => {
          const seed = seedOf(40);
          const picture = join(folder, "qr.png");
          drawQr(picture, seed);
          const burned = await cli(binding, ["burn", picture, "--json", "--yes"]);
          expect(burned.result).toMatchObject({
            exit: 4, // nobody has typed the code yet
            serial: "86596320000001",
            model: "C302-i",
            account: "alice@1234567890123456",
            clock: { synced: true },
            proof: { level: "none", match: false },
          });
          const shown = await displayInStep(state, 30);
          const verified = await cli(binding, ["verify", picture, "--code", shown.code, "--json"]);
          expect(verified).toMatchObject({ exit: 0, result: { match: true } });
        });
      });
    }

    async function cli(binding: string, args: readonly string[]): Promise<CliRun> {
      const options = args[0] === "burn" ? ["--binding", binding] : [];
      return await otpsmith([...args, ...options], {
        env: { PCSCLITE_CSOCK_NAME: simulator.socket },
      });
    }
  });
}

interface Burn {
  readonly seed: Uint8Array;
  readonly algorithm: OtpAlgorithm;
  readonly period: number;
}

async function burnOnce(
  station: Station,
  { seed, algorithm, period }: Burn,
): ReturnType<typeof runPlan> {
  const [endpoint, ...others] = (await station.endpoints())
    .filter(({ facts }) => facts.card === "present");
  expect(others).toEqual([]);
  const connection = await station.connect(endpoint!);
  try {
    const plan = planBurn({
      token: connection.token,
      request: { seed: Secret.copyOf(seed), algorithm, digits: 6, period, syncClock: true },
      policy: { now: systemTime.now() },
    });
    if (!plan.ok) throw new Error(plan.refusals.map(({ code }) => code).join());
    return await runPlan(connection, plan);
  } finally {
    await connection[Symbol.asyncDispose]();
  }
}

/** Switches the token off and on and reads its display; again where a time step has passed meanwhile. */
async function displayInStep(
  state: string,
  period: number,
): Promise<{ readonly code: string; readonly seconds: number }> {
  for (;;) {
    const token = createVirtualToken({ storage: fileFlash(state) });
    const before = Math.floor(Date.now() / 1000);
    token.hands.powerCycle();
    const { code } = token.display();
    const after = Math.floor(Date.now() / 1000);
    // The token's clock was set to whole seconds: it may be one behind.
    if (
      code &&
      [before - 1, after + 1].every((t) => Math.floor(t / period) === Math.floor(before / period))
    ) {
      return { code, seconds: before };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function oathtool(
  seed: Uint8Array,
  { algorithm, period, seconds }: { algorithm: OtpAlgorithm; period: number; seconds: number },
): string {
  const args = [
    `--totp=${algorithm}`,
    "--digits=6",
    `--time-step-size=${period}s`,
    `--now=@${seconds}`,
    "-",
  ];
  return execFileSync("oathtool", args, {
    input: Buffer.from(seed).toString("hex"),
    encoding: "utf8",
  })
    .trim();
}

function drawQr(file: string, seed: Uint8Array): void {
  const secret = encodeBase32(seed);
  const uri = `otpauth://totp/Aliyun:alice@1234567890123456?secret=${secret}&issuer=Aliyun`;
  execFileSync("qrencode", ["-o", file], { input: uri });
}

function encodeBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[parseInt(group.padEnd(5, "0"), 2)]
  ).join("");
}

function seedOf(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 37 + bytes) & 0xff);
}
