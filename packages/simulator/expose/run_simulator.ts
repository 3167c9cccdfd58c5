import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FormatError, LinkError } from "@otpsmith/core/errors";
import type { TimeSource } from "@otpsmith/core/time";
import { type BenchReader, createBench } from "../bench.ts";
import { fileFlash } from "../parts/file_flash.ts";
import { loadScenario } from "../scenario.ts";
import { createVirtualToken } from "../virtual_token.ts";
import type { Exposure, ReaderSetup } from "./exposure.ts";
import { exposeThroughPcscd } from "./pcscd.ts";
import { exposeThroughVpcd } from "./vpcd.ts";

/** One token to simulate. */
export interface SimulatedTokenOptions {
  /** Family and model, such as `token2-single:C302-i`; else what the state file holds, else a C302-i. */
  readonly model?: string | undefined;
  /** Its serial number, 14 digits; made up unless given. */
  readonly serial?: string | undefined;
  /** File that keeps what it stores; made when missing. In memory unless given. */
  readonly state?: string | undefined;
  /** Name of its reader. */
  readonly reader?: string | undefined;
}

/** What a simulator shows. */
export interface SimulatorOptions {
  /** Tokens, each on its own reader. One C302-i when there are none and no scenario. */
  readonly tokens?: readonly SimulatedTokenOptions[] | undefined;
  /** A scenario file that describes readers and tokens, instead of `tokens`. */
  readonly scenario?: string | undefined;
  /** Which driver shows the readers: `pcscd`, our own and the default, or `vpcd`. */
  readonly expose?: SimulatorDriver | undefined;
  /** Time source of tokens and waits. */
  readonly time?: TimeSource | undefined;
}

/** The drivers that can show virtual readers to the real pcscd. */
export type SimulatorDriver = "pcscd" | "vpcd";

/** What {@linkcode runSimulator} tells when everything is up. */
export interface SimulatorReady {
  /** What other programs need in `PCSCLITE_CSOCK_NAME`. */
  readonly socket: string;
  /** Process id of the private pcscd. */
  readonly daemonPid: number;
  /** The readers with their exact PC/SC names, and the token that belongs to each. */
  readonly readers: readonly {
    readonly name: string;
    readonly token?: { readonly model: string; readonly serial: string } | undefined;
  }[];
}

/** Options of {@linkcode runSimulator}. */
export interface RunSimulatorOptions extends SimulatorOptions {
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** Called once, when other programs can begin. */
  onReady(ready: SimulatorReady): void;
  /** Called when a token broke down in a way that is no simulated fault. */
  onProblem?(error: unknown): void;
}

const DRIVERS = { pcscd: exposeThroughPcscd, vpcd: exposeThroughVpcd };

/** Names of the drivers, the default first. */
export const SIMULATOR_DRIVERS: readonly SimulatorDriver[] = ["pcscd", "vpcd"];

/**
 * Shows virtual tokens behind a private pcscd until the signal fires; then nothing is left but the
 * state files. Resolves when it was ended by the signal.
 *
 * @throws {FormatError} When a model, serial number, scenario or state file is not usable.
 * @throws {LinkError} When pcscd cannot be started, or ends on its own.
 *
 * @example One token for as long as it is needed
 * ```ts no-eval
 * import { runSimulator } from "@otpsmith/simulator/expose";
 *
 * const enough = new AbortController();
 * await runSimulator({
 *   tokens: [{ model: "token2-single:C302-i", state: "token.json" }],
 *   signal: enough.signal,
 *   onReady({ socket, readers }) {
 *     // start a PC/SC program with PCSCLITE_CSOCK_NAME=socket, and when it has ended:
 *     enough.abort();
 *   },
 * });
 * ```
 */
export async function runSimulator(options: RunSimulatorOptions): Promise<void> {
  const { signal, time } = options;
  const bench = await makeBench(options);
  let exposure: Exposure;
  try {
    exposure = await DRIVERS[options.expose ?? "pcscd"]({
      readers: bench.map(({ name, token }) => ({ name, card: token?.card })),
      signal,
      time,
      onError: (error) => {
        if (!(error instanceof LinkError)) options.onProblem?.(error); // a token that left the field
      },
    });
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  try {
    options.onReady({
      socket: exposure.socket,
      daemonPid: exposure.daemonPid,
      readers: bench.map(({ token }, i) => ({
        name: exposure.readers[i]!,
        token: token && { model: token.model, serial: token.serial },
      })),
    });
    await Promise.race([exposure.failed, aborted(signal)]);
  } finally {
    await exposure.stop(); // throws what `failed` tells
  }
}

type NamedReader = Omit<BenchReader, "name"> & Pick<ReaderSetup, "name">;

async function makeBench(options: SimulatorOptions): Promise<readonly NamedReader[]> {
  const { tokens = [], scenario, time } = options;
  if (scenario !== undefined) {
    const loaded = loadScenario(await readScenario(scenario), { source: scenario });
    return createBench(loaded, { folder: dirname(scenario), time }).readers;
  }
  const made = new Map<string | undefined, number>();
  return (tokens.length > 0 ? tokens : [{}]).map((wanted: SimulatedTokenOptions, i) => {
    const { model, serial, state, reader } = wanted;
    const file = state && resolve(state);
    if (file && tokens.findIndex((other) => other.state && resolve(other.state) === file) < i) {
      throw new FormatError("state", "Cannot simulate: two tokens have one state file", {
        source: state,
        next: "Give every token a state file of its own.",
      });
    }
    const ordinal = (made.get(model) ?? 0) + 1;
    made.set(model, ordinal);
    const storage = file === undefined ? undefined : fileFlash(file);
    return { name: reader, token: createVirtualToken({ model, serial, ordinal, storage, time }) };
  });
}

async function readScenario(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new FormatError("scenario", `Cannot read scenario "${path}": it is not a readable file`, {
      source: path,
      next: "Check the name of the file.",
      cause: error,
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
