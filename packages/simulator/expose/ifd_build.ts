import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { LinkError } from "@otpsmith/core/errors";
import { buildNative, type CompilerFailure, type NativeBuildOptions } from "./_native_build.ts";
import { missing as missingProgram } from "./_sandbox.ts";

const run = promisify(execFile);

/** Options of {@linkcode buildIfdHandler}. */
export type IfdBuildOptions = NativeBuildOptions;

const FLAGS = ["-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-pthread"] as const;
const HEADERS = "-I/usr/include/PCSC";
const USE_VPCD = "or use --expose vpcd, which needs no compiler (apt-get install vsmartcard-vpcd)";

/**
 * Builds our reader driver with this computer's C compiler, once: the result is kept under a name made
 * of its source, the compiler's flags and the version of pcscd. Concurrent builds are safe.
 *
 * @returns The path of the shared object.
 * @throws {LinkError} `absent` without a compiler or without the headers of pcsc-lite, with the command
 * that installs them.
 */
export async function buildIfdHandler(options: IfdBuildOptions = {}): Promise<string> {
  return await buildNative({
    file: "ifd/ifd_otpsmith.c",
    target: "ifd-otpsmith.so",
    flags: [...FLAGS, ...await headerFlags()],
    salt: await pcscdVersion(),
    explain,
  }, options);
}

async function headerFlags(): Promise<string[]> {
  try {
    const { stdout } = await run("pkg-config", ["--cflags-only-I", "libpcsclite"]);
    return stdout.trim().split(/\s+/);
  } catch {
    return [HEADERS]; // pkg-config is a convenience; without the headers the compiler will say so
  }
}

async function pcscdVersion(): Promise<string> {
  const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  try {
    return (await run("pcscd", ["--version"], { env })).stdout;
  } catch {
    throw missingProgram("pcscd", "pcscd");
  }
}

function explain({ compiler, missing, said, cause }: CompilerFailure): LinkError {
  if (missing) return unbuilt(`${compiler} is not installed`, "gcc libc6-dev", cause);
  if (/(ifdhandler|debuglog|reader)\.h/.test(said)) {
    return unbuilt("the headers of pcsc-lite are not installed", "libpcsclite-dev", cause);
  }
  if (/\.h: No such file/.test(said)) {
    return unbuilt("the headers of the C library are not installed", "libc6-dev", cause);
  }
  return unbuilt(`${compiler} fails: ${said}`, undefined, cause);
}

function unbuilt(state: string, packages: string | undefined, cause: unknown): LinkError {
  return new LinkError("absent", `Cannot build the reader driver: ${state}`, {
    delivery: "not-sent",
    next: packages
      ? `Run: apt-get install ${packages}; ${USE_VPCD}`
      : `Look at the compiler's message, ${USE_VPCD}`,
    cause,
  });
}
