import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { LinkError } from "@otpsmith/core/errors";

const run = promisify(execFile);

/** Options of everything that is built with this computer's C compiler. */
export interface NativeBuildOptions {
  /** Where built files are kept: `$XDG_CACHE_HOME/otpsmith` or `~/.cache/otpsmith` unless given. */
  readonly cacheDirectory?: string | undefined;
  /** The C compiler: `$CC`, or `cc`. */
  readonly compiler?: string | undefined;
  /** Gives the build up. */
  readonly signal?: AbortSignal | undefined;
}

/** What is built, and what else its name in the cache depends on. */
export interface NativeSource {
  /** Path of the C file within this folder. */
  readonly file: string;
  /** Name of what is built: `ifd-otpsmith.so`. */
  readonly target: string;
  /** The compiler's flags. */
  readonly flags: readonly string[];
  /** Versions of other parts. */
  readonly salt?: string | undefined;
  /** Turns the compiler's failure into what a person can do. */
  explain(failure: CompilerFailure): LinkError;
}

/** How the compiler failed. */
export interface CompilerFailure {
  /** The compiler's name. */
  readonly compiler: string;
  /** Whether it could not even be started, for it is not installed. */
  readonly missing: boolean;
  /** What it said. */
  readonly said: string;
  /** The error behind it. */
  readonly cause: unknown;
}

/**
 * Builds a C file once: the result is kept under a name made of the source, the flags and the versions
 * that matter. Concurrent builds are safe.
 *
 * @returns The path of what was built.
 */
export async function buildNative(
  native: NativeSource,
  options: NativeBuildOptions,
): Promise<string> {
  const { signal, compiler = process.env["CC"] ?? "cc" } = options;
  const cache = options.cacheDirectory ??
    join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "otpsmith");
  const source = await findSource(native.file);
  const key = createHash("sha256")
    .update(await readFile(source))
    .update(JSON.stringify([compiler, native.flags, process.platform, process.arch, native.salt]))
    .digest("hex").slice(0, 16);
  const target = join(cache, `${key}-${native.target}`);
  if (await exists(target)) return target;

  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "build-"));
  try {
    const output = join(work, native.target);
    await run(compiler, [...native.flags, "-o", output, source], { signal });
    await rename(output, target); // whoever comes last wins, with the same content
    return target;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const { code, stderr = "" } = cause as { code?: unknown; stderr?: string };
    const said = stderr.trim().slice(0, 500);
    throw native.explain({ compiler, missing: code === "ENOENT", said, cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Beside this file in the sources, two folders up from the compiled one. */
async function findSource(file: string): Promise<string> {
  for (const place of [`./${file}`, `../../expose/${file}`]) {
    const path = fileURLToPath(new URL(place, import.meta.url));
    if (await exists(path)) return path;
  }
  throw new Error(`Cannot build ${file}: it is not in this package`);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(() => true, () => false);
}
