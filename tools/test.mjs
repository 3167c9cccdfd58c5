#!/usr/bin/env node
// @ts-check
/**
 * `npm test`: everything that tells whether the project is sound, on a fresh clone too. It installs what
 * the tests need, builds, passes the gates and runs the tests; the last line is `N passed, N failed`,
 * where each gate and each other runtime counts as one. A part that is missing is a failure: nothing is skipped for its absence.
 *
 *     npm test -- --only unit      tests that need nothing of the system
 *     npm test -- --only system    tests against the real pcscd and other programs
 *     npm test -- --only gates     formatter, linters, types, documentation, packages
 *     npm test -- --only runtimes  the tests on Node 24, Deno, Bun and in Chromium
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildGuest } from "./guest/build.mjs";
import { build, install } from "./prepare.mjs";
import { installSystemParts, nativeParts } from "./system_parts.mjs";

const root = join(import.meta.dirname, "..");
const PARTS = ["unit", "system", "gates", "runtimes"];
const total = { passed: 0, failed: 0, skipped: 0 };

// Whatever ends this process, the last line says how it went.
process.on("exit", (code) => {
  const { passed, skipped } = total;
  const failed = code !== 0 && total.failed === 0 ? 1 : total.failed;
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
});

/** @param {string} message */
function fail(message) {
  console.error(message);
  process.exit(1);
}

/**
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} work
 */
async function stage(name, work) {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const result = await work();
  console.log(`== ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

/**
 * Runs tests and reads the report: a file that could not even be loaded counts as one failure, and so
 * does an error outside of any test.
 *
 * @param {readonly string[]} projects
 * @returns the results by file, for comparison with other runtimes; nothing if there are none
 */
function runTests(projects) {
  const folder = mkdtempSync(join(tmpdir(), "otpsmith-report-"));
  const file = join(folder, "report.json");
  try {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const chosen = projects.flatMap((project) => ["--project", project]);
    const reports = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const { status } = spawnSync(process.execPath, [vitest, "run", ...chosen, ...reports], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const report = JSON.parse(readFileSync(file, "utf8"));
    const unloaded = report.testResults.filter(
      (/** @type {{ status: string, assertionResults: readonly { status: string }[] }} */ result) =>
        result.status === "failed" && result.assertionResults.every((r) => r.status !== "failed"),
    ).length;
    const failed = report.numFailedTests + unloaded;
    total.passed += report.numPassedTests;
    total.skipped += report.numPendingTests + report.numTodoTests;
    total.failed += failed === 0 && status !== 0 ? 1 : failed;
    return report.testResults;
  } catch (error) {
    console.error(`The tests left no report: ${Object(error).message}`);
    total.failed += 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runGates() {
  const gates = await import("./check.mjs");
  const { passed, failed } = await gates.runGates();
  total.passed += passed;
  total.failed += failed;
}

/** @param {Parameters<typeof import("./runtimes/run.mjs").runRuntimes>[0]} options */
async function runOthers(options) {
  const runtimes = await import("./runtimes/run.mjs");
  const { passed, failed } = await runtimes.runRuntimes(options);
  total.passed += passed;
  total.failed += failed;
}

const { values } = parseArgs({ options: { only: { type: "string" } } });
const parts = values.only ? [values.only] : PARTS;
if (!parts.every((part) => PARTS.includes(part))) {
  fail(`Cannot run "${values.only}": the parts are ${PARTS.join(", ")}`);
}
const tests = parts.filter((part) => part === "unit" || part === "system");
const others = parts.includes("runtimes");
const needsSystem = tests.includes("system") || others;

if (needsSystem) {
  const missing = await stage("System packages", installSystemParts);
  if (missing) fail(missing);
  const noGuest = await stage("Guest of the VM lane", buildGuest);
  if (noGuest) fail(noGuest);
}
await stage("Packages", () => install(root));
if (needsSystem) {
  const missing = await stage("Native modules", () => nativeParts(root));
  if (missing) fail(missing);
}
if (tests.length > 0 || others) await stage("Build", () => build(root));
if (parts.includes("gates")) await stage("Gates", runGates);
// Where it is set, each Node reads a hundred certificates before it starts; no test connects to anywhere else.
delete process.env["NODE_EXTRA_CA_CERTS"];
const results = tests.length > 0 ? await stage("Tests", () => runTests(tests)) : undefined;
if (others) await stage("Other runtimes", () => runOthers({ results }));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
