// @ts-check
/**
 * The runtimes besides the Node that runs this: where their programs are and how they run test files.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInChromium } from "./chromium.mjs";

/** @typedef {import("./run_files.ts").Outcome} Outcome */
/** @typedef {{ root: string, files: readonly string[], milliseconds: number }} Run */

/**
 * @typedef {object} Runtime
 * @property {import("./not_run.mjs").RuntimeName} name
 * @property {readonly string[]} packages whose tests it runs
 * @property {boolean} [system] whether it has the parts of a system that system tests talk to; `true` if left out
 * @property {string} version empty if the program does not start
 * @property {(run: Run) => Promise<Outcome[]>} run
 */

/** Every package that promises to run everywhere. */
export const PORTABLE = ["core", "formats", "qr", "conformance", "simulator", "scan/decode"];

const root = join(import.meta.dirname, "../..");
const ours = join(import.meta.dirname, "node_modules");
const NODE_24 = join(ours, `node-${process.platform}-${process.arch}/bin/node`);
const DENO = join(root, "node_modules/.bin/deno");
const BUN = join(ours, ".bin/bun");
const CHROMIUM = "chromium";
/** As everywhere in this repository: tests read the sources, never a stale dist. */
const SOURCES = "--conditions=@otpsmith/source";

/** @type {readonly Runtime[]} */
export const RUNTIMES = [
  {
    name: "Node 24",
    packages: PORTABLE,
    version: versionOf(NODE_24),
    run: (run) => runProgram([NODE_24, SOURCES], run),
  },
  {
    name: "Deno",
    packages: PORTABLE,
    version: versionOf(DENO),
    run: (run) => runProgram([DENO, "run", "-A", "--no-check", "--no-lock", SOURCES], run),
  },
  {
    name: "Bun",
    packages: PORTABLE,
    version: versionOf(BUN),
    run: (run) => runProgram([BUN, SOURCES], run),
  },
  {
    name: "Chromium",
    packages: ["core", "formats", "qr", "scan/decode"],
    system: false,
    version: versionOf(CHROMIUM),
    run: (run) => runInChromium(CHROMIUM, run),
  },
];

/** @param {string} program */
function versionOf(program) {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return stdout?.match(/\d+\.\d+\.\d+/)?.[0] ?? "";
}

/** Processes of a runtime. Two thirds of the time its tests wait: for a clock, a daemon, a program. */
const SHARES = 2;

/**
 * Runs the files in a few processes of a runtime that has `node:fs` and `node:process`.
 *
 * @param {readonly string[]} command
 * @param {Run} run
 * @returns {Promise<Outcome[]>}
 */
async function runProgram(command, { files, ...run }) {
  const shares = Array.from(
    { length: SHARES },
    (_, share) => files.filter((_, index) => index % SHARES === share),
  );
  return (await Promise.all(shares.map((share) => runShare(command, { ...run, files: share }))))
    .flat();
}

/**
 * @param {readonly string[]} command
 * @param {Run} run
 * @returns {Promise<Outcome[]>}
 */
async function runShare([program = "", ...args], { root, files, milliseconds }) {
  const folder = mkdtempSync(join(tmpdir(), "otpsmith-runtime-"));
  const report = join(folder, "report.jsonl");
  try {
    const main = join(import.meta.dirname, "main.ts");
    const child = spawn(program, [...args, main, report, ...files], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
      timeout: milliseconds,
      killSignal: "SIGKILL",
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text) => errors = (errors + text).slice(-4000));
    const code = await new Promise((resolve) => {
      child.once("error", resolve).once("close", (code, signal) => resolve(signal ?? code));
    });
    const outcomes = linesOf(report).map((line) => /** @type {Outcome} */ (JSON.parse(line)));
    if (code === 0) return outcomes;
    const error = `The run ended with ${code}\n${errors}`;
    return [...outcomes, { file: program, name: "", state: "failed", error }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file */
function linesOf(file) {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean);
  } catch {
    return []; // it did not get as far as the first test
  }
}
