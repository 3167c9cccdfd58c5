#!/usr/bin/env node
// @ts-check
/**
 * The same tests on every runtime: Node 24, Deno, Bun and headless Chromium, held against this Node.
 * Prints a table, and the README has the same one between its markers.
 *
 *     node tools/runtimes/run.mjs            runs and compares
 *     node tools/runtimes/run.mjs --write    and brings the table in the README up to date
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { install } from "../prepare.mjs";
import { judge } from "./judge.mjs";
import { isInReadme, tableOf, writeToReadme } from "./table.mjs";

/** @typedef {import("./run_files.ts").Outcome} Outcome */
/** @typedef {{ name: string, assertionResults: { ancestorTitles: string[], title: string, status: string }[] }} FileResult */

const root = join(import.meta.dirname, "../..");
/** What hangs is ended. A slow machine that does other things too takes five minutes. */
const MILLISECONDS = 1_200_000;
/** Three at a time, each of which keeps half a processor busy: tests watch clocks, and a crowded machine makes them wait. */
const AT_ONCE = 3;

/**
 * What vitest did on this Node, for the packages that promise to run everywhere.
 *
 * @param {readonly FileResult[]} results of vitest's JSON report
 * @param {readonly string[]} packages
 * @returns {Outcome[]}
 */
function onThisNode(results, packages) {
  const folders = packages.map((name) => `packages/${name}/`);
  return results.flatMap(({ name, assertionResults }) => {
    const file = relative(root, name).replaceAll("\\", "/");
    if (!folders.some((folder) => file.startsWith(folder))) return [];
    return assertionResults.map(({ ancestorTitles, title, status }) => ({
      file,
      name: [...ancestorTitles, title].join(" > "),
      state: status === "passed" || status === "failed" ? status : "skipped",
    }));
  });
}

/**
 * Runs the tests with vitest, when nobody has done so yet.
 *
 * @param {readonly string[]} packages
 * @returns {FileResult[]}
 */
function runVitest(packages) {
  const folder = mkdtempSync(join(tmpdir(), "otpsmith-report-"));
  const file = join(folder, "report.json");
  try {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const folders = packages.map((name) => `packages/${name}/`);
    const reports = ["--reporter=json", `--outputFile=${file}`];
    spawnSync(process.execPath, [vitest, "run", ...folders, ...reports], { cwd: root });
    return JSON.parse(readFileSync(file, "utf8")).testResults;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @template T, R
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
async function fewAtOnce(items, work) {
  const waiting = [...items.entries()];
  /** @type {R[]} */
  const results = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/**
 * Runs everything and prints it. Each runtime counts as one, and so does the table in the README.
 *
 * @param {{ results?: readonly FileResult[], write?: boolean }} [options] what vitest has reported already
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runRuntimes({ results, write = false } = {}) {
  install(import.meta.dirname, "Installing Node 24 and Bun");
  const { PORTABLE, RUNTIMES } = await import("./runtimes.mjs"); // asks programs that are there only now
  const onNode = onThisNode(results ?? runVitest(PORTABLE), PORTABLE);
  const rows = await fewAtOnce(
    RUNTIMES,
    async ({ name, version, packages, system = true, run }) => {
      const start = performance.now();
      const node = onNode.filter(({ file }) =>
        packages.some((p) => file.startsWith(`packages/${p}/`)) &&
        (system || !file.endsWith("_system_test.ts"))
      );
      const files = [...new Set(node.map(({ file }) => file))].sort();
      const outcomes = version ? await run({ root, files, milliseconds: MILLISECONDS }) : [];
      const verdict = judge(outcomes, { runtime: name, node });
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      const failures = version ? verdict.failures : [`${name} does not start`];
      for (const failure of failures) console.error(`${name}: ${failure}`);
      console.log(
        `${name} ${version}: ${failures.length === 0 ? "passed" : "failed"}, ${seconds} s`,
      );
      return { name, version, packages, ...verdict, failures };
    },
  );
  const own = judge(onNode, { runtime: "", node: onNode });
  const [major = ""] = process.versions.node.split(".");
  const version = process.versions.node;
  const table = tableOf([{ name: `Node ${major}`, version, packages: PORTABLE, ...own }, ...rows]);
  console.log(`\n${table}`);
  if (write) writeToReadme(table);
  const shown = isInReadme(table);
  if (!shown) {
    console.error("README.md shows another table: run node tools/runtimes/run.mjs --write");
  }
  const failed = [...rows.map(({ failures }) => failures.length > 0), !shown].filter(Boolean);
  return { passed: rows.length + 1 - failed.length, failed: failed.length };
}

if (process.argv[1] === import.meta.filename) {
  const { failed } = await runRuntimes({ write: process.argv.includes("--write") });
  process.exitCode = failed === 0 ? 0 : 1;
}
