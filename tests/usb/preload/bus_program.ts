import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PreloadParts } from "./parts.ts";

const HOOK = join(
  import.meta.dirname,
  "../../../packages/transport-pcsc/testdata/typescript_hook.mjs",
);
/** The addon whose raw system calls are routed through libc. */
const ADDON = "usb.linux-x64-gnu.node";
const TIMEOUT_MS = 120_000;

/** How a program on a bus is started. */
export interface ProgramOptions {
  /** Its arguments. */
  readonly args?: readonly string[] | undefined;
  /** Whether it is built already: started as a user does, without what reads the sources. */
  readonly built?: boolean | undefined;
  /** Further environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** How it ended. */
export interface ProgramEnd {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program under the preload library: what it says arrives here message by message. */
export class BusProgram {
  /** Resolves when it has ended. */
  readonly ended: Promise<ProgramEnd>;
  readonly #child: ChildProcess;
  readonly #messages: unknown[] = [];
  readonly #waiting: { resolve(message: unknown): void; reject(error: Error): void }[] = [];
  #end: ProgramEnd | undefined;

  constructor(
    directory: string,
    options: ProgramOptions & { readonly script: URL; readonly parts: PreloadParts },
  ) {
    const { script, parts, args = [], env, built } = options;
    const node = built ? [] : ["--conditions=@otpsmith/source", "--import", HOOK];
    const child = this.#child = spawn(process.execPath, [...node, fileURLToPath(script), ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: {
        ...process.env,
        NODE_OPTIONS: "",
        UMOCKDEV_DIR: directory,
        LD_PRELOAD: `${parts.library}:${parts.shim}`,
        RAWTRAP_MATCH: ADDON,
        ...env,
      },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout!.setEncoding("utf8").on("data", (text: string) => stdout += text);
    child.stderr!.setEncoding("utf8").on("data", (text: string) => stderr += text);
    child.on("message", (message) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting.resolve(message);
      else this.#messages.push(message);
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    this.ended = new Promise((resolve) => {
      child.once("close", (exit, signal) => {
        clearTimeout(timer);
        this.#end = { exit, signal, stdout, stderr };
        for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#gone());
        resolve(this.#end);
      });
    });
  }

  /** The next message that it sends. */
  next(): Promise<unknown> {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift());
    if (this.#end) return Promise.reject(this.#gone());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Sends it a message. */
  say(message: unknown): void {
    this.#child.send(message as object);
  }

  /** Ends it. */
  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  #gone(): Error {
    const { exit, signal, stdout, stderr } = this.#end!;
    return new Error(`The program ended (${exit ?? signal}):\n${stderr}${stdout}`);
  }
}
