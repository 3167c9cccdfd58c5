import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = join(import.meta.dirname, "..");

/** What became of a program. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let isBuilt = false;

/**
 * Runs a module in a Node process of its own. It has `input` (bytes from standard input) and `built`
 * (address of this package as it is published, built from the sources first).
 */
export async function run(
  program: string,
  options: {
    readonly input?: Uint8Array;
    readonly env?: NodeJS.ProcessEnv;
    readonly flags?: readonly string[];
    /** Another user, if this is root. */
    readonly uid?: number;
    readonly gid?: number;
  } = {},
): Promise<Outcome> {
  if (!isBuilt) {
    const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
    execFileSync(process.execPath, [join(tsc, "../bin/tsc"), "-b", folder], { stdio: "inherit" });
    isBuilt = true;
  }
  const head = `
    import { readFileSync } from "node:fs";
    const built = ${JSON.stringify(pathToFileURL(join(folder, "dist/mod.js")).href)};
    const input = readFileSync(0);
  `;
  const flags = [...options.flags ?? [], "--input-type=module", "-e", head + program];
  const { env = process.env, uid, gid } = options;
  const child = spawn(process.execPath, flags, { cwd: folder, env, uid, gid });
  const read = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => read.stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => read.stderr += text);
  child.stdin.end(options.input ?? new Uint8Array());
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, ...read };
}

/** Lends a folder for files and removes it. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const temporary = mkdtempSync(join(tmpdir(), "otpsmith-scan-"));
  try {
    return await work(temporary);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** Writes a file into a folder and returns its path. */
export function writeInto(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
