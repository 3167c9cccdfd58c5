import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../../..");
const SOURCE = join(import.meta.dirname, "rawtrap.c");
const LIBRARY = "libumockdev-preload.so.0";
const FOLDERS = [
  "/usr/lib/x86_64-linux-gnu",
  "/lib/x86_64-linux-gnu",
  "/usr/lib64",
  "/usr/lib",
] as const;

/** What a program needs in LD_PRELOAD. */
export interface PreloadParts {
  /** umockdev's library. */
  readonly library: string;
  /** Our shim, built here. */
  readonly shim: string;
}

/**
 * Finds and builds what the preload lane stands on.
 *
 * @throws {Error} That names the missing package, or says where the lane cannot run at all.
 */
export async function preloadParts(): Promise<PreloadParts> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(
      `The preload lane runs on Linux x86_64 with glibc, not on ${process.platform} ${process.arch}`,
    );
  }
  const library = await firstThere(FOLDERS.map((folder) => join(folder, LIBRARY)));
  if (!library) {
    throw new Error(
      "The preload lane needs the Debian package umockdev: sudo apt-get install umockdev",
    );
  }
  return { library, shim: await buildShim() };
}

/** Built once, under a name made of its source; concurrent builds are safe. */
async function buildShim(): Promise<string> {
  const key = createHash("sha256").update(await readFile(SOURCE)).digest("hex").slice(0, 16);
  const folder = join(ROOT, "node_modules/.cache/otpsmith");
  const target = join(folder, `rawtrap-${key}.so`);
  if (await firstThere([target])) return target;
  await mkdir(folder, { recursive: true });
  const output = `${target}.${process.pid}`;
  try {
    const flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"];
    await run("gcc", [...flags, "-o", output, SOURCE, "-ldl"]);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new Error(
      missing
        ? "The preload lane needs a C compiler: sudo apt-get install gcc libc6-dev"
        : `Cannot build ${SOURCE}: ${(cause as { stderr?: string }).stderr}`,
      { cause },
    );
  }
  await rename(output, target);
  return target;
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const there = await access(path).then(() => true, () => false);
    if (there) return path;
  }
  return undefined;
}
