import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LinkError } from "@otpsmith/core/errors";

const run = promisify(execFile);

/** Options of {@linkcode buildPtyRelay}. */
export interface PtyBuildOptions {
  /** Where the program is kept: `$XDG_CACHE_HOME/otpsmith` or `~/.cache/otpsmith` unless given. */
  readonly cacheDirectory?: string | undefined;
  /** The C compiler: `$CC`, or `cc`. */
  readonly compiler?: string | undefined;
  /** Gives the build up. */
  readonly signal?: AbortSignal | undefined;
}

const FLAGS = ["-O2", "-Wall", "-Wextra"] as const;

/**
 * Builds the small program that holds a pseudo-terminal, once: Node cannot make one itself. Concurrent
 * builds are safe.
 *
 * @returns The path of the program.
 * @throws {LinkError} `absent` without a compiler, with the command that installs one.
 */
export async function buildPtyRelay(options: PtyBuildOptions = {}): Promise<string> {
  const { signal, compiler = process.env["CC"] ?? "cc" } = options;
  const cache = options.cacheDirectory ??
    join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "otpsmith");
  const source = await findSource();
  const key = createHash("sha256").update(await readFile(source))
    .update(JSON.stringify([compiler, FLAGS, process.platform, process.arch]))
    .digest("hex").slice(0, 16);
  const target = join(cache, `pty-relay-${key}`);
  if (await exists(target)) return target;

  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "build-"));
  try {
    const output = join(work, "pty_relay");
    await run(compiler, [...FLAGS, "-o", output, source], { signal });
    await rename(output, target); // whoever comes last wins, with the same content
    return target;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw explain(cause, compiler);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function explain(cause: unknown, compiler: string): LinkError {
  const { code, stderr = "" } = cause as { code?: unknown; stderr?: string };
  const state = code === "ENOENT" ? "is not installed" : `fails: ${stderr.trim().slice(0, 500)}`;
  return new LinkError("absent", `Cannot build the virtual serial port: ${compiler} ${state}`, {
    delivery: "not-sent",
    next: "Run: apt-get install gcc libc6-dev",
    cause,
  });
}

/** Beside this file in the sources, two folders up from the compiled one. */
async function findSource(): Promise<string> {
  for (const place of ["./pty/pty_relay.c", "../../expose/pty/pty_relay.c"]) {
    const path = fileURLToPath(new URL(place, import.meta.url));
    if (await exists(path)) return path;
  }
  throw new Error("Cannot build the virtual serial port: its source is not in this package");
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(() => true, () => false);
}
