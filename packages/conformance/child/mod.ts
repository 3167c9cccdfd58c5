/**
 * A program that uses a transport in a process of its own, for the case `transport/echo/process-ends`. Node
 * only.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ChildProgram } from "../transport/mod.ts";

/** How a child went. */
export type ChildEnd = "ended" | "hung" | "failed";

/** Options of {@linkcode inChild}. */
export interface ChildOptions {
  /** The module that makes the transport: an absolute URL. It is imported in the child. */
  readonly module: string | URL;
  /** Name of its function that makes one; `default` unless given. */
  readonly create?: string | undefined;
  /** What that function is called with, as JSON carries it. **Visible to every account**: no secrets. */
  readonly options?: unknown;
  /** Id or label of the endpoint with the echo device. */
  readonly echo?: string | undefined;
  /** Options of the runtime, such as a hook for TypeScript; those of this process unless given. */
  readonly execArgv?: readonly string[] | undefined;
  /** The environment; this process's unless given. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** How long it may take to end after it has nothing left to do, in milliseconds; 15 s unless given. */
  readonly patienceMs?: number | undefined;
}

/** The program, beside this file: as TypeScript in the sources, as JavaScript in the package. */
const PROGRAM = new URL(
  import.meta.url.endsWith(".ts") ? "./child_program.ts" : "./child_program.js",
  import.meta.url,
);
const PATIENCE_MS = 15_000;

/**
 * What `setup()` gives as `child`: runs the programs that the kit brings over the transport of a module. A
 * child that hangs is killed. One that fails, such as in the import of the module, says why on this
 * process's standard error.
 *
 * @example Try whether programs over a transport come to their end
 * ```ts ignore
 * import { inChild } from "@otpsmith/conformance/child";
 *
 * const child = inChild({
 *   module: new URL("./my_reader.ts", import.meta.url),
 *   create: "myReader",
 *   echo: "slot-0",
 * });
 * if (await child("watch") !== "ended") throw new Error("something keeps the process alive");
 * ```
 */
export function inChild(options: ChildOptions): (program: ChildProgram) => Promise<ChildEnd> {
  const { module, create = "default", options: given, echo, patienceMs = PATIENCE_MS } = options;
  return async (program) => {
    const task = JSON.stringify({ module: String(module), create, options: given, echo, program });
    const runtime = options.execArgv ?? process.execArgv;
    const child = spawn(process.execPath, [...runtime, fileURLToPath(PROGRAM), task], {
      env: { ...options.env ?? process.env },
      stdio: ["ignore", "ignore", "inherit"],
    });
    let hung = false;
    const patience = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, patienceMs);
    const [code] = await once(child, "close");
    clearTimeout(patience);
    return hung ? "hung" : code === 0 ? "ended" : "failed";
  };
}
