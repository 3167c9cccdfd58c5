import process from "node:process";
import type { ExitCode } from "../exit_code.ts";
import { hasForeignCode } from "../transports/foreign_code.ts";

/**
 * Ends the process with its exit code as soon as everything is written. A native call that waits for a
 * card that never answers cannot be cancelled, and `process.exit()` waits for its thread: then the
 * process is ended the hard way.
 */
export async function endProcess(exit: ExitCode): Promise<void> {
  process.exitCode = exit;
  await Promise.all([process.stdout, process.stderr].map(flush));
  // Left alone, the process ends by itself when nothing is pending. Only a hung native call keeps it,
  // or what somebody else's transport has left running.
  // Monitors of readers linger before they are closed: nobody waits for that.
  const { hasHungCalls, hasLingeringMonitors } = await import("@otpsmith/transport-pcsc");
  if (hasHungCalls()) process.kill(process.pid, "SIGKILL");
  if (hasForeignCode() || hasLingeringMonitors()) process.exit();
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
