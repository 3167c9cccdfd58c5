import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Programs and folders of one test, taken away in reverse order at its end. */
export class Bench {
  readonly #undo: (() => PromiseLike<void> | void)[] = [];

  /** A folder that goes with the test. */
  folder(): string {
    const path = mkdtempSync(join(tmpdir(), "otpsmith-capture-"));
    // Services that a bus has started end a moment after it, and clean up.
    this.#undo.push(() => until(() => rmSync(path, { recursive: true, force: true })));
    return path;
  }

  /** Starts a program that is ended with the test. Its standard output is collected in `output()`. */
  start(command: string, args: readonly string[], options: SpawnOptions = {}): Program {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    const program = new Program(command, child);
    this.#undo.push(() => program.end());
    return program;
  }

  /** Runs a program to its end; throws if it fails. */
  async run(
    command: string,
    args: readonly string[],
    options: SpawnOptions & { readonly input?: Uint8Array } = {},
  ): Promise<string> {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
    const program = new Program(command, child);
    child.stdin?.end(options.input);
    const code = await program.ended;
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${program.output()}`);
    return program.output();
  }

  /** Has something undone at the end of the test. */
  defer(undo: () => PromiseLike<void> | void): void {
    this.#undo.push(undo);
  }

  /** Ends a test. */
  async clear(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }
}

/** A running program. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  #output = "";

  constructor(command: string, child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => this.#output += text);
    }
    this.ended = new Promise((resolve, reject) => {
      child.once("error", (cause) => reject(new Error(`${command} does not start`, { cause })));
      child.once("close", resolve);
    });
    this.ended.catch(() => undefined);
  }

  /** What it has said so far. */
  output(): string {
    return this.#output;
  }

  /** Waits until it has said something that fits. */
  async says(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const found = this.#output.match(pattern);
      if (found) return found;
      if (this.child.exitCode !== null) throw new Error(`It has ended: ${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends it, in earnest if it does not listen. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.pid === undefined) return;
    const kill = (signal: NodeJS.Signals): void => {
      try {
        process.kill(this.child.pid!, signal);
      } catch { /* it has ended meanwhile */ }
    };
    kill("SIGTERM");
    const hard = setTimeout(() => kill("SIGKILL"), 3000);
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await once(this.child, "exit");
    }
    clearTimeout(hard);
  }
}

/** Tries again until it does not throw any more. */
export async function until<T>(work: () => Promise<T> | T, milliseconds = 30_000): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
