import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = join(import.meta.dirname, "..");
const root = join(folder, "../..");
/** The checkout may lie where root alone may look: it is shown in another place, to this process alone. */
const AS_NOBODY = `mount --bind "$1" "$2" && cd "$2/packages/scan" && shift 2 &&
  exec setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"`;

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
    /** As the user nobody, if this is root. */
    readonly asNobody?: boolean;
  } = {},
): Promise<Outcome> {
  if (!isBuilt) {
    const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
    execFileSync(process.execPath, [join(tsc, "../bin/tsc"), "-b", folder], { stdio: "inherit" });
    isBuilt = true;
  }
  const isNobody = options.asNobody === true && process.getuid!() === 0;
  const place = isNobody ? mkdtempSync(join(tmpdir(), "otpsmith-checkout-")) : root;
  const built = pathToFileURL(join(place, "packages/scan/dist/mod.js")).href;
  const head = `
    import { readFileSync } from "node:fs";
    const built = ${JSON.stringify(built)};
    const input = readFileSync(0);
  `;
  const { env = process.env } = options;
  const node = [
    process.execPath,
    ...options.flags ?? [],
    "--input-type=module",
    "-e",
    head + program,
  ];
  const [command = "", ...args] = isNobody
    ? ["unshare", "--mount", "sh", "-c", AS_NOBODY, "sh", root, place, ...node]
    : node;
  if (isNobody) chmodSync(place, 0o755);
  const child = spawn(command, args, { cwd: folder, env });
  const read = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => read.stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => read.stderr += text);
  child.stdin.end(options.input ?? new Uint8Array());
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (isNobody) rmdirSync(place);
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
