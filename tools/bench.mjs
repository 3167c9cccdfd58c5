#!/usr/bin/env node
// @ts-check
/**
 * `npm run bench`: how quick otpsmith is, each answer as a ratio to a peer measured in the same run.
 *
 *     npm run bench                        every question
 *     npm run bench -- start_up            those whose file in bench/ is named
 *     npm run bench -- --json              one JSON object on standard output
 *     npm run bench -- --strict            exit code 1 also when an aim is missed
 *     npm run bench -- --no-build          measures what was built before
 *     npm run bench -- scan --set FOLDER   pictures of a folder, instead of those that are generated
 *     npm run bench -- scan --seed SEED    other generated ones than those that are judged by
 *     npm run bench -- scan --kinds terminal,blur   these kinds of pictures alone, without whole screens
 *     npm run bench -- scan --failures FOLDER   writes there what otpsmith does not read
 *     npm run bench -- scan --quick        few pictures, to see whether everything runs
 *
 * Without `--strict` a missed aim is a result like any other; only a question that could not be answered
 * ends with exit code 1.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { table, verdict } from "../bench/_report.mjs";
import { build } from "./build.mjs";
import { install } from "./prepare.mjs";

/** @typedef {import("../bench/_report.mjs").Row} Row */
/** @typedef {{ readonly set?: string, readonly seed?: string, readonly kinds?: string, readonly failures?: string, readonly quick: boolean }} BenchOptions */
/** @typedef {{ readonly rows: Row[], readonly text: string }} Measured an answer with a text of its own before the rows */
/** @typedef {{ question: string, measure(options: BenchOptions): Promise<Row[] | Measured> }} Bench what a file of bench/ exports */

// Where this is set, each Node reads and checks some hundred certificates before it starts, which takes longer than
// Node itself. It says something about the machine's network, and nothing about a program.
delete process.env["NODE_EXTRA_CA_CERTS"];

const root = join(import.meta.dirname, "..");
const folder = join(root, "bench");

/** What the numbers are measured on, and how busy it is with other things. */
function machine() {
  return {
    measuredAt: new Date().toISOString(),
    node: process.versions.node,
    system: `${process.platform} ${release()} ${process.arch}`,
    processor: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown"}`,
    load: Number(loadavg()[0]?.toFixed(2)),
  };
}

/** @param {string} name */
async function answer(name) {
  /** @type {Bench} */
  const { question, measure } = await import(pathToFileURL(join(folder, `${name}.mjs`)).href);
  say(`\n${question}`);
  try {
    const measured = await measure(options);
    const { rows, text } = Array.isArray(measured) ? { rows: measured, text: undefined } : measured;
    if (text !== undefined) say(`\n${text}\n`);
    if (rows.length > 0) say(table(rows));
    return { name, question, text, rows: rows.map((row) => ({ ...row, verdict: verdict(row) })) };
  } catch (failure) {
    const { message, next } = /** @type {Error & { next?: string }} */ (failure);
    const error = [message, next].filter(Boolean).join(". ");
    console.error(`  Not measured: ${error}`);
    return { name, question, error };
  }
}

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    strict: { type: "boolean", default: false },
    "no-build": { type: "boolean", default: false },
    set: { type: "string" },
    seed: { type: "string" },
    kinds: { type: "string" },
    failures: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const say = options.json ? () => {} : console.log;
const names = readdirSync(folder).filter((file) => /^[a-z]\w*\.mjs$/.test(file))
  .map((file) => file.replace(".mjs", "")).sort();
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")}; there are ${names.join(", ")}.`);
  process.exit(2);
}
if (!options["no-build"]) {
  install(root);
  await build();
}

const about = machine();
say(`Node ${about.node}, ${about.system}, ${about.processor}, load ${about.load}`);
if (about.load > availableParallelism() / 2) {
  say("This machine is busy: ratios come out higher than on a quiet one, and vary more.");
}
const answers = [];
for (const name of names) {
  if (wanted.length === 0 || wanted.includes(name)) answers.push(await answer(name));
}
const missed =
  answers.flatMap(({ rows = [] }) => rows).filter((row) => row.verdict === "MISS").length;
const failed = answers.filter(({ error }) => error).length;
if (options.json) {
  console.log(JSON.stringify({ schema: 1, ...about, missed, answers }, undefined, 2));
}
say(`\nAims missed: ${missed}${failed > 0 ? `; questions not answered: ${failed}` : ""}`);
if (failed > 0 || (options.strict && missed > 0)) process.exitCode = 1;
