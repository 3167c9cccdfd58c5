import { LinkError } from "@otpsmith/core/errors";
import { buildNative, type CompilerFailure, type NativeBuildOptions } from "./_native_build.ts";

/** Options of {@linkcode buildPtyRelay}. */
export type PtyBuildOptions = NativeBuildOptions;

/**
 * Builds the small program that holds a pseudo-terminal, once: Node cannot make one itself. Concurrent
 * builds are safe.
 *
 * @returns The path of the program.
 * @throws {LinkError} `absent` without a compiler, with the command that installs one.
 */
export async function buildPtyRelay(options: PtyBuildOptions = {}): Promise<string> {
  const flags = ["-O2", "-Wall", "-Wextra"];
  const native = { file: "pty/pty_relay.c", target: "pty-relay", flags, explain };
  return await buildNative(native, options);
}

function explain({ compiler, missing, said, cause }: CompilerFailure): LinkError {
  const state = missing ? "is not installed" : `fails: ${said}`;
  return new LinkError("absent", `Cannot build the virtual serial port: ${compiler} ${state}`, {
    delivery: "not-sent",
    next: "Run: apt-get install gcc libc6-dev",
    cause,
  });
}
