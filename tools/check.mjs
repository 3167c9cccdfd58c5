#!/usr/bin/env node
// @ts-check
/**
 * The gates that every change passes, besides the tests: `npm run check`, or `npm run check -- NAME…`
 * for some of them. They want the packages built, which the first one does.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { argv } from "node:process";
import { GateFailure } from "./gates/_support.mjs";
import { docs, examples } from "./gates/docs.mjs";
import { manifests } from "./gates/manifests.mjs";
import { attw, contents, publint, smoke } from "./gates/packs.mjs";
import { format, imports, lint, promises, testTypes, types } from "./gates/sources.mjs";
import { texts } from "./gates/texts.mjs";

/** @typedef {() => Promise<void>} Gate */

/** The one that has to come first: tarballs and types of other packages are read from its output. */
const BUILD = { types };

/** @type {Readonly<Record<string, Gate>>} */
const GATES = {
  smoke,
  attw,
  publint,
  contents,
  testTypes,
  promises,
  examples,
  docs,
  lint,
  format,
  imports,
  manifests,
  texts,
};

/**
 * Runs gates, a few at a time, and prints one line for each as it ends.
 *
 * @param {readonly string[]} [names] all of them if left out
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runGates(names = []) {
  const unknown = names.filter((name) => !(name in GATES) && !(name in BUILD));
  if (unknown.length > 0) {
    const all = [...Object.keys(BUILD), ...Object.keys(GATES)].join(", ");
    throw new GateFailure(`There is no gate "${unknown.join('", "')}". The gates are: ${all}`);
  }
  const wanted = Object.entries(GATES).filter(([name]) =>
    names.length === 0 || names.includes(name)
  );
  const results = await Promise.all(Object.entries(BUILD).map(runGate));
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, async () => {
    for (let next = wanted.shift(); next; next = wanted.shift()) results.push(await runGate(next));
  }));
  const passed = results.filter((good) => good).length;
  return { passed, failed: results.length - passed };
}

/** @param {[name: string, gate: Gate]} entry */
async function runGate([name, gate]) {
  const start = performance.now();
  const say = (/** @type {string} */ mark) =>
    console.log(`${mark} gate ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  try {
    await gate();
    say("ok  ");
    return true;
  } catch (error) {
    say("FAIL");
    const text = error instanceof GateFailure
      ? error.message
      : String(Object(error).stack ?? error);
    console.log(text.replace(/^/gm, "     "));
    return false;
  }
}

if (argv[1] === import.meta.filename) {
  try {
    const { passed, failed } = await runGates(argv.slice(2));
    console.log(`${passed} gates passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof GateFailure)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
