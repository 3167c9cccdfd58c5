/**
 * Runs test files on Deno or Bun: `main.ts REPORT FILE...` writes a line of JSON for each test to REPORT,
 * since standard output belongs to the tests.
 *
 * @module
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { type Outcome, runFiles } from "./run_files.ts";

const root = join(import.meta.dirname ?? "", "../..");
const [report = "", ...files] = process.argv.slice(2);

function write(outcomes: readonly Outcome[]): void {
  appendFileSync(report, outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(""));
}

// As in vitest: an error that nobody waited for is a failure, whatever the tests say.
for (const event of ["unhandledRejection", "uncaughtException"]) {
  process.on(event, (error: Error) => {
    write([{ file: event, name: "", state: "failed", error: error?.stack ?? String(error) }]);
  });
}

// A promise that never settles must come to its test's timeout, and not to the end of the process.
setInterval(() => {}, 60_000);
await runFiles(files, {
  load: (file) => import(pathToFileURL(join(root, file)).href),
  report: write,
});
// What a test left running must not keep the run alive; tests that care look for it themselves.
process.exit(0);
