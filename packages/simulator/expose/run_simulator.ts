import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FormatError, LinkError } from "@otpsmith/core/errors";
import type { TimeSource } from "@otpsmith/core/time";
import { type BenchReader, createBench } from "../bench.ts";
import { fileFlash } from "../parts/file_flash.ts";
import { loadScenario } from "../scenario.ts";
import { interfacesOfToken } from "../usb/usb_token.ts";
import { createVirtualToken } from "../virtual_token.ts";
import type { ReaderSetup } from "./exposure.ts";
import { exposeThroughPcscd } from "./pcscd.ts";
import { type ListenAddress, showOverUsbip, type UsbipReady } from "./usb_bench.ts";
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
  /**
   * How the readers are shown: `pcscd`, through our own driver and the default; `vpcd`; or `usbip`, as
   * USB devices that Linux machines can attach.
   */
  readonly expose?: SimulatorDriver | undefined;
  /** Where `usbip` listens; on 127.0.0.1, port 3240, unless given. */
  readonly listen?: ListenAddress | undefined;
  /** Time source of tokens and waits. */
  readonly time?: TimeSource | undefined;
}

/** How virtual readers can be shown. */
export type SimulatorDriver = "pcscd" | "vpcd" | "usbip";

/** The token that lies on a reader. */
export interface ReadyToken {
  /** Family and model. */
  readonly model: string;
  /** Serial number. */
  readonly serial: string;
}

/** What {@linkcode runSimulator} tells when readers are up behind a pcscd. */
export interface PcscdReady {
  /** What other programs need in `PCSCLITE_CSOCK_NAME`. */
  readonly socket: string;
  /** Process id of the private pcscd. */
  readonly daemonPid: number;
  /** The readers with their exact PC/SC names, and the token that belongs to each. */
  readonly readers: readonly {
    readonly name: string;
    readonly token?: ReadyToken | undefined;
  }[];
}

/** What {@linkcode runSimulator} tells when readers are up. */
export type SimulatorReady = PcscdReady | UsbipReady;

/** Options of {@linkcode runSimulator}. */
export interface RunSimulatorOptions extends SimulatorOptions {
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** Called once, when other programs can begin. */
  onReady(ready: SimulatorReady): void;
  /** Called when a token broke down in a way that is no simulated fault. */
  onProblem?(error: unknown): void;
}

/** How virtual readers can be shown, the default first. */
export const SIMULATOR_DRIVERS: readonly SimulatorDriver[] = ["pcscd", "vpcd", "usbip"];

/**
 * Shows virtual tokens behind a private pcscd, or as USB devices, until the signal fires; then nothing is
 * left but the state files. Resolves when it was ended by the signal.
 *
 * @throws {FormatError} When a model, serial number, scenario or state file is not usable.
 * @throws {LinkError} When pcscd cannot be started, or ends on its own, or the port is taken.
 *
 * @example One token for as long as it is needed
 * ```ts no-eval
 * import { runSimulator } from "@otpsmith/simulator/expose";
 *
 * const enough = new AbortController();
 * await runSimulator({
 *   tokens: [{ model: "token2-single:C302-i", state: "token.json" }],
 *   signal: enough.signal,
 *   onReady(ready) {
 *     if (!("socket" in ready)) return; // with `expose: "usbip"`
 *     // start a PC/SC program with PCSCLITE_CSOCK_NAME=ready.socket, and when it has ended:
 *     enough.abort();
 *   },
 * });
 * ```
 */
export async function runSimulator(options: RunSimulatorOptions): Promise<void> {
  const { signal, expose = "pcscd" } = options;
  const bench = await makeBench(options);
  let shown: Shown;
  try {
    shown = expose === "usbip"
      ? await showOverUsbip(bench, options)
      : await showBehindPcscd(expose, { ...options, bench });
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  try {
    options.onReady(shown.ready);
    await Promise.race([shown.failed, aborted(signal)]);
  } finally {
    await shown.stop(); // throws what `failed` tells
  }
}

/** Readers that are up. */
interface Shown {
  readonly ready: SimulatorReady;
  /** Resolves when they have gone without having been asked to. */
  readonly failed: Promise<unknown>;
  stop(): Promise<void>;
}

async function showBehindPcscd(
  driver: Exclude<SimulatorDriver, "usbip">,
  options: RunSimulatorOptions & { readonly bench: readonly NamedReader[] },
): Promise<Shown> {
  const { bench, signal, time } = options;
  const stray = bench.find(({ token }) => token && !interfacesOfToken(token).includes("card"));
  if (stray) {
    const { model } = stray.token!;
    throw new FormatError("arguments", `Cannot show ${model} behind pcscd: it has no smart card`, {
      source: "command line",
      next: "Add --expose usbip: it is shown as a USB device then.",
    });
  }
  const exposeThrough = driver === "pcscd" ? exposeThroughPcscd : exposeThroughVpcd;
  const exposure = await exposeThrough({
    readers: bench.map(({ name, token }) => ({ name, card: token?.card })),
    signal,
    time,
    onError: (error) => {
      if (!(error instanceof LinkError)) options.onProblem?.(error); // a token that left the field
    },
  });
  const readers = bench.map(({ token }, i) => ({
    name: exposure.readers[i]!,
    token: token && { model: token.model, serial: token.serial },
  }));
  const { socket, daemonPid, failed } = exposure;
  return { ready: { socket, daemonPid, readers }, failed, stop: () => exposure.stop() };
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
