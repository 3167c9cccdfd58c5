import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a bench is told. */
export interface BenchCommand {
  readonly number: number;
  readonly do: "insert" | "remove" | "swap" | "serial" | "display" | "restart" | "kill" | "stop";
  readonly reader?: string | undefined;
  readonly signal?: NodeJS.Signals | undefined;
}

/** What a bench says: first where it is, then which command is done. */
export type BenchReply =
  | { readonly socket: string; readonly readers: readonly string[] }
  | { readonly done: number; readonly said: string; readonly error?: string | undefined };

/** Options of Node for running TypeScript sources in a child process. */
export const TYPESCRIPT = [
  "--conditions=@otpsmith/source",
  "--import",
  fileURLToPath(new URL("./typescript_hook.mjs", import.meta.url)),
];

/** A running bench: a private pcscd with echo cards, in another process. */
export class Bench {
  /** Where its daemon listens. */
  readonly socket: string;
  /** Exact names of its readers, in the order of asking. */
  readonly readers: readonly string[];
  readonly #child: ChildProcess;
  #number = 0;

  private constructor(child: ChildProcess, socket: string, readers: readonly string[]) {
    this.#child = child;
    this.socket = socket;
    this.readers = readers;
  }

  /** Starts one. A name that ends in "empty" gives a reader without a card, "Token" one with a token. */
  static async start(driver: "ifd" | "vpcd", names: readonly string[]): Promise<Bench> {
    const program = fileURLToPath(new URL("./bench.ts", import.meta.url));
    const child = fork(program, [driver, ...names], { execArgv: TYPESCRIPT });
    const first = once(child, "message") as Promise<[BenchReply]>;
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`the bench ended with ${code}`);
    });
    ended.catch(() => undefined);
    const [hello] = await Promise.race([first, ended]);
    if (!("socket" in hello)) throw new Error("the bench did not say where it is");
    return new Bench(child, hello.socket, hello.readers);
  }

  /** Has something done, and waits until it is; gives what the bench says to it. */
  async tell(
    what: Exclude<BenchCommand["do"], "stop">,
    options: Omit<BenchCommand, "do" | "number"> = {},
  ): Promise<string> {
    const number = ++this.#number;
    const done = new Promise<BenchReply>((resolve) => {
      const listen = (reply: BenchReply): void => {
        if (!("done" in reply) || reply.done !== number) return;
        this.#child.off("message", listen);
        resolve(reply);
      };
      this.#child.on("message", listen);
    });
    this.#child.send({ do: what, number, ...options });
    const reply = await done;
    if (!("done" in reply)) throw new Error("the bench said something else");
    if (reply.error) throw new Error(reply.error);
    return reply.said;
  }

  /** Ends it; rejects if its daemon had crashed. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.send({ do: "stop", number: ++this.#number });
    const [code] = await exit;
    if (code !== 0) throw new Error(`the bench ended with ${code}`);
  }
}
