import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The C program of pcsc_client.c, compiled. */
export interface PcscClient {
  /** Runs one task against the daemon behind the socket; its output in lines, whatever its exit code. */
  run(socket: string, ...task: string[]): Promise<string[]>;
  /** Lists the names of all readers. */
  list(socket: string): Promise<string[]>;
  /** Starts to watch a reader; resolves with a function that gives the next change. */
  watch(socket: string, reader: string): Watch;
  /** Removes the program. */
  remove(): Promise<void>;
}

/** A watch on one reader. */
export interface Watch {
  /** The next change, "present" or "absent". The first is the state at the start. */
  next(): Promise<string | undefined>;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Compiles the client with the system's compiler. */
export async function buildPcscClient(): Promise<PcscClient> {
  const source = fileURLToPath(new URL("./pcsc_client.c", import.meta.url));
  const directory = mkdtempSync(join(tmpdir(), "pcsc-client-"));
  const program = join(directory, "client");
  await run("cc", ["-O2", "-I/usr/include/PCSC", "-o", program, source, "-lpcsclite"]);
  const env = (socket: string): NodeJS.ProcessEnv => ({
    ...process.env,
    PCSCLITE_CSOCK_NAME: socket,
  });
  const client: PcscClient = {
    async run(socket, ...task) {
      const options = { env: env(socket), timeout: 15_000, killSignal: "SIGKILL" as const };
      const { stdout } = await run(program, task, options).catch((error: unknown) => {
        const ended = error as { killed: boolean; stdout: string };
        return { stdout: ended.stdout + (ended.killed ? "hung" : "") };
      });
      return stdout.split("\n").filter((line) => line !== "");
    },
    list: (socket) => client.run(socket, "list"),
    watch(socket, reader) {
      const child = spawn(program, ["watch", reader], { env: env(socket) });
      const exit = once(child, "exit");
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      return {
        next: async () => (await lines.next()).value as string | undefined,
        stop: async () => {
          child.stdin.end();
          await exit;
        },
      };
    },
    remove: () => rm(directory, { recursive: true }),
  };
  return client;
}
