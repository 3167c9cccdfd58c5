import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LinkError } from "@otpsmith/core/errors";
import { missing } from "./_sandbox.ts";

const run = promisify(execFile);

/** Options of {@linkcode buildIfdHandler}. */
export interface IfdBuildOptions {
  /** Where built drivers are kept: `$XDG_CACHE_HOME/otpsmith` or `~/.cache/otpsmith` unless given. */
  readonly cacheDirectory?: string | undefined;
  /** The C compiler: `$CC`, or `cc`. */
  readonly compiler?: string | undefined;
  /** Gives the build up. */
  readonly signal?: AbortSignal | undefined;
}

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
  const { signal, compiler = process.env["CC"] ?? "cc" } = options;
  const cache = options.cacheDirectory ??
    join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "otpsmith");
  const source = await findSource();
  const headers = await headerFlags();
  const key = createHash("sha256")
    .update(await readFile(source)).update(JSON.stringify([compiler, FLAGS, headers, process.arch]))
    .update(await pcscdVersion()).digest("hex").slice(0, 16);
  const target = join(cache, `ifd-otpsmith-${key}.so`);
  if (await exists(target)) return target;

  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "build-"));
  try {
    const output = join(work, "ifd.so");
    await run(compiler, [...FLAGS, ...headers, "-o", output, source], { signal });
    await rename(output, target); // whoever comes last wins, with the same content
    return target;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw explain(error, compiler);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Beside this file in the sources, two folders up from the compiled one. */
async function findSource(): Promise<string> {
  for (const place of ["./ifd/ifd_otpsmith.c", "../../expose/ifd/ifd_otpsmith.c"]) {
    const path = fileURLToPath(new URL(place, import.meta.url));
    if (await exists(path)) return path;
  }
  throw new Error("Cannot build the reader driver: its source is not in this package");
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
    throw missing("pcscd", "pcscd");
  }
}

function explain(error: unknown, compiler: string): LinkError {
  const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
  if (code === "ENOENT") return unbuilt(`${compiler} is not installed`, "gcc libc6-dev", error);
  if (/(ifdhandler|debuglog|reader)\.h/.test(stderr)) {
    return unbuilt("the headers of pcsc-lite are not installed", "libpcsclite-dev", error);
  }
  if (/\.h: No such file/.test(stderr)) {
    return unbuilt("the headers of the C library are not installed", "libc6-dev", error);
  }
  return unbuilt(`${compiler} fails: ${stderr.trim().slice(0, 500)}`, undefined, error);
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

async function exists(path: string): Promise<boolean> {
  return await access(path).then(() => true, () => false);
}
