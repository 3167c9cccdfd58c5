import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  createStation,
  type Station,
  systemTime,
  type Token,
  type TokenConnection,
  type TokenDriver,
} from "@otpsmith/core";
import { pcsc } from "@otpsmith/transport-pcsc";
import { type SimulatorProcess, startSimulator } from "../cli_process.ts";

const run = promisify(execFile);

/** One simulated key, the maker's own client, and a driver of ours beside it. */
export interface WitnessedKey {
  /** What its reader is called. */
  readonly reader: string;
  /** Runs the maker's client (Debian's yubikey-manager) on the key; gives what it prints. */
  ykman(...args: readonly string[]): Promise<string>;
  /** Opens the key with a driver of ours, which shares nothing with that client. */
  withToken<T>(use: (token: Token, connection: TokenConnection) => Promise<T>): Promise<T>;
}

/** Simulated keys behind one real pcscd: a process finds one daemon and no other in its life. */
export interface YkmanBench {
  /** The key of that model. */
  key(model: string): WitnessedKey;
  stop(): Promise<void>;
}

/** Starts a key of each model. */
export async function startYkmanBench(
  models: readonly string[],
  options: { readonly drivers: readonly TokenDriver[] },
): Promise<YkmanBench> {
  const folder = await mkdtemp(join(tmpdir(), "otp-yk-"));
  const args = models.flatMap((model, i) => ["--token", model, "--reader", `Witness ${i}`]);
  const simulator: SimulatorProcess = await startSimulator(args);
  // libpcsclite reads it at the first call of a process and never again.
  process.env["PCSCLITE_CSOCK_NAME"] = simulator.socket;
  const station: Station = createStation({
    transports: [pcsc({ binding: "koffi" })],
    drivers: options.drivers,
  });
  const key = (model: string): WitnessedKey => {
    const { name } = simulator.readers.find(({ token }) => token?.model === model)!;
    return {
      reader: name,
      ykman: async (...words) => {
        // Its own settings stay in the folder. Its -r takes a part of a name, which must fit one reader.
        const env = {
          ...process.env,
          HOME: folder,
          XDG_DATA_HOME: folder,
          XDG_CONFIG_HOME: folder,
        };
        const { stdout } = await run("ykman", ["-r", name, ...words], { env, timeout: 50_000 });
        return stdout.trim();
      },
      withToken: async (use) => {
        const endpoints = await station.endpoints();
        const connection = await station.connect(
          endpoints.find(({ facts }) => facts.reader === name)!,
        );
        try {
          return await use(connection.token, connection);
        } finally {
          await connection[Symbol.asyncDispose]();
        }
      },
    };
  };
  return {
    key,
    stop: async () => {
      await station[Symbol.asyncDispose]();
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Asks until both answers were given in one time step. */
export async function inOneStep<T>(
  period: number,
  ask: (seconds: number) => Promise<T>,
): Promise<T> {
  for (;;) {
    const seconds = Math.floor(systemTime.now() / 1000);
    const answer = await ask(seconds);
    const now = Math.floor(systemTime.now() / 1000);
    if (Math.floor(seconds / period) === Math.floor(now / period)) return answer;
  }
}
