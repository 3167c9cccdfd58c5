// @ts-check
/**
 * Holds what a runtime did with the tests against what Node did with the same files: as many tests, by
 * the same names, and none that failed or went missing without a reason in the list.
 *
 * @module
 */
import { NOT_RUN } from "./not_run.mjs";

/** @typedef {import("./run_files.ts").Outcome} Outcome */
/** @typedef {{ count: number, why: string }} Excused */
/** @typedef {{ passed: number, skipped: number, notRun: Excused[], failures: string[] }} Verdict */

/** @param {{ file: string, name: string }} test */
export function keyOf({ file, name }) {
  return `${file}: ${name || "(could not be loaded)"}`;
}

/**
 * The tests that the runtime cannot run, with the reason.
 *
 * @param {string} runtime
 * @param {ReadonlySet<string>} files
 */
function excuses(runtime, files) {
  return new Map(
    NOT_RUN.filter(({ on }) => on.some((name) => name === runtime)).flatMap(({ why, tests }) =>
      Object.entries(tests).filter(([file]) => files.has(file)).flatMap(([file, names]) =>
        names.map((name) => /** @type {const} */ ([keyOf({ file, name }), why]))
      )
    ),
  );
}

/**
 * @param {readonly Outcome[]} outcomes what this runtime did
 * @param {{ runtime: string, node: readonly Outcome[] }} options what Node did with the same files
 * @returns {Verdict}
 */
export function judge(outcomes, { runtime, node }) {
  const excused = excuses(runtime, new Set(node.map(({ file }) => file)));
  /** @type {string[]} */
  const failures = [];
  /** Tests may share a name: what is left here was not run. */
  const wanted = groupBy(node);
  /** @type {Map<string, number>} */
  const reasons = new Map();
  const counts = { passed: 0, skipped: 0 };
  for (const outcome of outcomes) {
    const key = keyOf(outcome);
    const there = wanted.get(key)?.pop();
    const why = excused.get(key);
    if (outcome.state === "failed" && there && why) {
      reasons.set(why, (reasons.get(why) ?? 0) + 1);
    } else if (outcome.state === "failed") failures.push(`${key}\n${indent(outcome.error ?? "")}`);
    else if (!there) failures.push(`${key}\n    Node has no such test`);
    else if (why) failures.push(`${key}\n    runs after all: take it off not_run.mjs`);
    else if (outcome.state === "skipped" && there.state !== "skipped") {
      failures.push(`${key}\n    was skipped`);
    } else counts[outcome.state] += 1;
  }
  for (const [key, left] of wanted) {
    failures.push(...left.map(() => `${key}\n    was not run`));
  }
  for (const key of excused.keys()) {
    if (!wanted.has(key)) failures.push(`${key}\n    is in not_run.mjs and nowhere else`);
  }
  return { ...counts, failures, notRun: [...reasons].map(([why, count]) => ({ count, why })) };
}

/** @param {string} text */
function indent(text) {
  return text.split("\n").slice(0, 20).map((line) => `    ${line}`).join("\n");
}

/**
 * Tests by file and name (`Map.groupBy`, which Node 20 lacks).
 *
 * @param {readonly Outcome[]} outcomes
 */
function groupBy(outcomes) {
  /** @type {Map<string, Outcome[]>} */
  const groups = new Map();
  for (const outcome of outcomes) {
    const group = groups.get(keyOf(outcome));
    if (group) group.push(outcome);
    else groups.set(keyOf(outcome), [outcome]);
  }
  return groups;
}
