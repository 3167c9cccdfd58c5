import { describe, expect, test } from "vitest";
import { judge } from "../tools/runtimes/judge.mjs";
import { NOT_RUN } from "../tools/runtimes/not_run.mjs";
import type { Outcome } from "../tools/runtimes/run_files.ts";

const FILE = "packages/core/bytes/hex_test.ts";

const outcome = (name: string, state: Outcome["state"], file = FILE): Outcome => ({
  file,
  name,
  state,
  ...(state === "failed" ? { error: "why" } : {}),
});

describe("a runtime held against Node", () => {
  const node = [outcome("a", "passed"), outcome("b", "passed"), outcome("c", "skipped")];

  test("that does the same passes", () => {
    expect(judge([...node].reverse(), { runtime: "Deno", node }))
      .toEqual({ passed: 2, skipped: 1, failures: [], notRun: [] });
  });

  test.each<[string, Outcome[], string]>([
    ["runs fewer tests", node.slice(1), `${FILE}: a\n    was not run`],
    ["skips one", [outcome("a", "skipped"), ...node.slice(1)], `${FILE}: a\n    was skipped`],
    ["fails one", [outcome("a", "failed"), ...node.slice(1)], `${FILE}: a\n    why`],
    ["has one more", [...node, outcome("d", "passed")], `${FILE}: d\n    Node has no such test`],
    ["runs one twice", [...node, node[0]!], `${FILE}: a\n    Node has no such test`],
    [
      "cannot load a file",
      [...node, outcome("", "failed")],
      `${FILE}: (could not be loaded)\n    why`,
    ],
  ])("that %s fails", (_, outcomes, failure) => {
    expect(judge(outcomes, { runtime: "Deno", node }).failures).toEqual([failure]);
  });
});

describe("a test that a runtime cannot run", () => {
  const { on: [runtime = ""], why = "", tests = {} } = NOT_RUN.find(({ on }) => on[0] === "Bun")!;
  const [[file = "", [name = ""]] = ["", []]] = Object.entries(tests);
  const node = [outcome(name, "passed", file)];

  test("is counted with its reason", () => {
    expect(judge([outcome(name, "failed", file)], { runtime, node }))
      .toEqual({ passed: 0, skipped: 0, failures: [], notRun: [{ count: 1, why }] });
  });

  test.each<[string, Outcome[], Outcome[], string]>([
    ["passes after all", node, node, "runs after all: take it off not_run.mjs"],
    ["is not even tried", [], node, "was not run"],
    [
      "no longer exists",
      [outcome("other", "passed", file)],
      [outcome("other", "passed", file)],
      "is in not_run.mjs and nowhere else",
    ],
  ])("fails when it %s", (_, outcomes, onNode, what) => {
    const failures = judge(outcomes, { runtime, node: onNode }).failures;
    expect(failures).toContainEqual(`${file}: ${name}\n    ${what}`);
  });

  test("is no excuse for another runtime", () => {
    const { failures } = judge([outcome(name, "failed", file)], { runtime: "Node 24", node });
    expect(failures).toEqual([`${file}: ${name}\n    why`]);
  });
});
