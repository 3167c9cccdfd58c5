import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ChildProgram } from "@otpsmith/conformance";
import { systemTime } from "@otpsmith/core/time";

/** How long a program may take to end after it has nothing left to do, on a busy machine. */
const PATIENCE_MS = 15_000;

/** What a client is to do, and with what. */
export interface ClientJob {
  readonly transport?: string | undefined;
  readonly binding?: "pcsclite" | "koffi" | undefined;
  readonly echo?: string | undefined;
  readonly program: ChildProgram;
}

/** Runs a program that uses a transport in a process of its own; one that does not end is killed. */
export async function runClient(job: ClientJob): Promise<"ended" | "hung" | "failed"> {
  const { transport, binding, echo, program } = job;
  const path = fileURLToPath(new URL("./client.js", import.meta.url));
  const child = spawn(
    process.execPath,
    [path, JSON.stringify({ transport, binding, echo, program })],
    { stdio: ["ignore", 2, 2] },
  );
  let hung = false;
  const cancel = systemTime.alarm(PATIENCE_MS, () => hung = child.kill("SIGKILL"));
  const [code] = await once(child, "close") as [number | null];
  cancel();
  return hung ? "hung" : code === 0 ? "ended" : "failed";
}
