import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The built command. */
export const BIN: string = fileURLToPath(
  new URL("../packages/cli/bin/otpsmith.cjs", import.meta.url),
);

/** How one run of the command ended. */
export interface CliRun {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of `--json`, the last one apart. */
  readonly events: readonly Record<string, unknown>[];
  /** The last line of `--json`. */
  readonly result: Record<string, unknown>;
}

/** Options of {@linkcode otpsmith}. */
export interface CliOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process as soon as it runs: to send it signals. */
  readonly onStart?: (process: ChildProcess) => void;
}

/** Runs the built command in a process of its own, as a user does. */
export function otpsmith(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  options.onStart?.(child);
  child.stdin.on("error", () => undefined); // it may end without reading its input
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit, signal) => {
      const lines = args.includes("--json") ? stdout.split("\n").filter((line) => line !== "") : [];
      const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      resolve({
        exit,
        signal,
        stdout,
        stderr,
        events: events.slice(0, -1),
        result: events.at(-1) ?? {},
      });
    });
  });
}

/** One of its readers. */
export interface SimulatedReader {
  readonly name: string;
  readonly token?: { readonly model: string; readonly serial: string };
}

interface ReadyEvent extends Pick<SimulatorProcess, "socket" | "readers" | "daemonPid"> {
  readonly event: string;
}

/** A running `otpsmith sim run`. */
export interface SimulatorProcess {
  /** What its clients find in PCSCLITE_CSOCK_NAME. */
  readonly socket: string;
  readonly readers: readonly SimulatedReader[];
  readonly daemonPid: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts simulated tokens on readers of a private daemon, in a process of their own. */
export async function startSimulator(args: readonly string[]): Promise<SimulatorProcess> {
  const child = spawn(process.execPath, [BIN, "sim", "run", "--json", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  const ready = new Promise<ReadyEvent>(
    (resolve, reject) => {
      let stdout = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        for (const line of stdout.split("\n").slice(0, -1)) {
          const event = JSON.parse(line) as ReadyEvent;
          if (event.event === "ready") resolve(event);
        }
      });
      void ended.then((exit) =>
        reject(new Error(`The simulator ended (${exit}): ${stderr}${stdout}`))
      );
    },
  );
  const { socket, readers, daemonPid } = await ready;
  return {
    socket,
    readers,
    daemonPid,
    process: child,
    stop: async () => {
      child.kill("SIGTERM");
      const exit = await ended;
      if (exit !== 0) throw new Error(`The simulator ended with ${exit}: ${stderr}`);
    },
  };
}
