import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { LinkError } from "@otpsmith/core/errors";
import { createPrivateDirectory, type PrivateDirectory } from "./private_directory.ts";
import { buildPtyRelay, type PtyBuildOptions } from "./pty_build.ts";

/** Options of {@linkcode openVirtualPort}. */
export interface VirtualPortOptions {
  /** What comes in. The array is overwritten when this has returned. */
  onData(bytes: Uint8Array): void;
  /** How the program behind it is built. */
  readonly build?: PtyBuildOptions | undefined;
  /** Takes it away. */
  readonly signal?: AbortSignal | undefined;
}

/** A serial port with nothing but software behind it. */
export interface VirtualPort {
  /** Where programs open it; the same after it was unplugged and plugged in again. */
  readonly path: string;
  /** Sends bytes to whoever has it open, and overwrites them. Unplugged, they are lost. */
  write(bytes: Uint8Array): void;
  /** Pulls it out: programs that have it open see it hang up, and the path is gone. */
  unplug(): Promise<void>;
  /** Plugs it in again. */
  plug(): Promise<void>;
  /** Takes it away for good. */
  stop(): Promise<void>;
}

/**
 * Makes a serial port out of a pseudo-terminal of the system, plugged in. Linux and other Unix only.
 *
 * @throws {LinkError} `absent` without a C compiler or without pseudo-terminals.
 *
 * @example A port that gives back what it gets
 * ```ts no-eval
 * import { openVirtualPort, type VirtualPort } from "@otpsmith/simulator/expose";
 *
 * const port: VirtualPort = await openVirtualPort({
 *   onData: (bytes) => port.write(bytes.slice()),
 * });
 * port.path; // open it with any program
 * await port.stop();
 * ```
 */
export async function openVirtualPort(options: VirtualPortOptions): Promise<VirtualPort> {
  const { signal, build } = options;
  const program = await buildPtyRelay({ signal, ...build });
  const port = new PtyPort({ program, directory: await createPrivateDirectory(), ...options });
  try {
    await port.plug();
    signal?.throwIfAborted();
  } catch (error) {
    await port.stop();
    throw error;
  }
  signal?.addEventListener("abort", () => void port.stop(), { once: true });
  return port;
}

type Relay = ChildProcessByStdio<Writable, Readable, Readable>;

class PtyPort implements VirtualPort {
  readonly path: string;
  readonly #program: string;
  readonly #directory: PrivateDirectory;
  readonly #onData: (bytes: Uint8Array) => void;
  #relay: Relay | undefined;
  #stopped: Promise<void> | undefined;

  constructor({ program, directory, onData }: VirtualPortOptions & {
    readonly program: string;
    readonly directory: PrivateDirectory;
  }) {
    this.#program = program;
    this.#directory = directory;
    this.#onData = onData;
    this.path = join(directory.path, "ttyPN532");
  }

  write(bytes: Uint8Array): void {
    if (!this.#relay?.stdin.writable) return void bytes.fill(0);
    this.#relay.stdin.write(bytes, () => bytes.fill(0));
  }

  async plug(): Promise<void> {
    if (this.#relay || this.#stopped) return;
    const relay = this.#relay = spawn(this.#program, { stdio: ["pipe", "pipe", "pipe"] });
    relay.stdin.on("error", () => {}); // what is written while it is pulled out is lost
    const terminal = await this.#firstLine(relay);
    // A link of one's own: the system gives terminals any number, and programs know ports by their path.
    await symlink(terminal, `${this.path}.new`);
    await rename(`${this.path}.new`, this.path);
  }

  async unplug(): Promise<void> {
    const relay = this.#relay;
    if (!relay) return;
    this.#relay = undefined;
    await rm(this.path, { force: true });
    const closed = once(relay, "close");
    relay.stdin.end();
    await closed;
  }

  stop(): Promise<void> {
    return this.#stopped ??= this.#remove();
  }

  async #remove(): Promise<void> {
    await this.unplug();
    await this.#directory.remove();
  }

  /** The path of the terminal; what comes behind it are data. */
  async #firstLine(relay: Relay): Promise<string> {
    return await new Promise((resolve, reject) => {
      let line: string | undefined = "";
      let errors = "";
      relay.stdout.on("data", (chunk: Buffer) => {
        let data: Uint8Array = chunk;
        if (line !== undefined) {
          const end = chunk.indexOf("\n");
          line += chunk.toString("utf8", 0, end < 0 ? chunk.length : end);
          if (end < 0) return;
          resolve(line);
          line = undefined;
          data = chunk.subarray(end + 1);
        }
        if (data.length > 0) this.#onData(data);
        chunk.fill(0); // Node gives every chunk its own memory; it may hold a seed
      });
      relay.stderr.on("data", (text) => errors += text);
      const failed = (cause: unknown): void =>
        reject(
          new LinkError("absent", `Cannot make a virtual serial port: ${errors.trim() || cause}`, {
            delivery: "not-sent",
            next: "Check that /dev/ptmx can be used here.",
            cause,
          }),
        );
      relay.once("error", failed);
      relay.once("close", (code) => failed(new Error(`it ended with ${code}`)));
    });
  }
}
