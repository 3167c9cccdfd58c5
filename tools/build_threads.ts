/**
 * Threads of `@otpsmith/scan` cannot run TypeScript on Node 20: tests of its sources use the thread as it is
 * built, so it is built before they start.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

export default function buildThreads(): void {
  const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
  const folder = join(import.meta.dirname, "../packages/scan");
  execFileSync(process.execPath, [join(tsc, "../bin/tsc"), "-b", folder], { stdio: "inherit" });
}
