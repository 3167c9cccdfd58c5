import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { TYPESCRIPT } from "./bench_process.ts";

/** How long a client may take to end after it has nothing left to do, on a busy machine. */
const PATIENCE_MS = 15_000;

/** What a client runs: see client.ts. */
export interface ClientOptions {
  readonly socket: string;
  readonly binding: string;
  readonly program: string;
  readonly reader?: string | undefined;
  /** Npm packages that shall look as if they were not installed. */
  readonly without?: readonly string[] | undefined;
}

/** A program that uses the transport, in another process. */
export class Client {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<unknown[]>;
  #errors = "";

  /** Starts it. */
  constructor({ socket, binding, program, reader = "", without = [] }: ClientOptions) {
    const path = fileURLToPath(new URL("./client.ts", import.meta.url));
    const hide = fileURLToPath(new URL("./without_modules.cjs", import.meta.url));
    const options = [...TYPESCRIPT, "--require", hide];
    this.#child = spawn(process.execPath, [...options, path, binding, program, reader], {
      env: {
        ...process.env,
        PCSCLITE_CSOCK_NAME: socket,
        WITHOUT_MODULES: without.join(),
      },
    });
    this.#child.stderr.on("data", (text) => this.#errors += text);
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.#exit = once(this.#child, "exit");
  }

  /** The next thing that it says. */
  async next(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the client has ended: ${this.#errors}`);
    return JSON.parse(value);
  }

  /** Reads on until it says that. */
  async until(expected: unknown): Promise<void> {
    while (JSON.stringify(await this.next()) !== JSON.stringify(expected));
  }

  /** Waits until it ends by itself; a client that hangs is killed. */
  async ended(): Promise<"ended" | "hung" | "failed" | NodeJS.Signals> {
    let hung = false;
    const patience = setTimeout(() => {
      hung = true;
      this.#child.kill("SIGKILL");
    }, PATIENCE_MS);
    const [code, signal] = await this.#exit as [number | null, NodeJS.Signals | null];
    clearTimeout(patience);
    return hung ? "hung" : signal ?? (code === 0 ? "ended" : "failed");
  }

  /** Lets it go on from where it waits for the end of its input. */
  goOn(): void {
    this.#child.stdin.end();
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }
}

/** Runs a client to its end and gives all that it said first. */
export async function askClient(options: ClientOptions): Promise<unknown> {
  const client = new Client(options);
  try {
    const said = await client.next();
    const end = await client.ended();
    if (end !== "ended") throw new Error(`the client ${end}`);
    return said;
  } finally {
    await client.kill();
  }
}
