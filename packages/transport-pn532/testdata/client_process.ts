import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Options of Node for running TypeScript sources in a child process. */
export const TYPESCRIPT = [
  "--conditions=@otpsmith/source",
  "--import",
  fileURLToPath(new URL("./typescript_hook.mjs", import.meta.url)),
  "--require",
  fileURLToPath(new URL("./without_modules.cjs", import.meta.url)),
];

/** How long a client may take to end after it has nothing left to do, on a busy machine. */
const PATIENCE_MS = 15_000;

/** What a client runs: see client.ts. */
export interface ClientOptions {
  readonly program: string;
  readonly ports: readonly string[];
  /** Npm packages that shall look as if they were not installed. */
  readonly without?: readonly string[] | undefined;
  /** Runs it as this account; only the superuser may. */
  readonly uid?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** How a client went. */
export interface ClientEnd {
  readonly said: readonly unknown[];
  readonly end: "ended" | "hung" | "failed";
  readonly errors: string;
}

/** Runs a program that uses this transport to its end; one that hangs is killed. */
export async function runClient(options: ClientOptions): Promise<ClientEnd> {
  const { program, ports, without = [], uid, env = {} } = options;
  const path = fileURLToPath(new URL("./client.ts", import.meta.url));
  const child = spawn(process.execPath, [...TYPESCRIPT, path, program, ...ports], {
    env: { ...process.env, WITHOUT_MODULES: without.join(), ...env },
    ...uid === undefined ? {} : { uid },
  });
  const [output, errors] = [[] as Buffer[], [] as Buffer[]];
  child.stdout.on("data", (chunk) => output.push(chunk));
  child.stderr.on("data", (chunk) => errors.push(chunk));
  let hung = false;
  const patience = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, PATIENCE_MS);
  const [code] = await once(child, "close");
  clearTimeout(patience);
  const lines = Buffer.concat(output).toString().split("\n").filter(Boolean);
  return {
    said: lines.map((line) => JSON.parse(line)),
    end: hung ? "hung" : code === 0 ? "ended" : "failed",
    errors: Buffer.concat(errors).toString(),
  };
}
