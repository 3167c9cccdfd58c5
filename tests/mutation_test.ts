import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { judge, type Report, type Survivor, tableOf } from "../tools/mutation/judge.mjs";

// The mutants themselves take minutes (npm run mutation); what counts them and what explains them is tested here.

const root = join(import.meta.dirname, "..");
const file = "packages/core/link/example.ts";
const source = "const a = 1;\n  if (a > 1) stop();\n  for (;;) {\n    go();\n  }\n";

/** A report on that source: each mutant replaces part of line 2, or the block of lines 3 to 5. */
function report(
  ...mutants: readonly (readonly [to: string, status: string, testsCompleted?: number])[]
): Report {
  return {
    files: {
      [file]: {
        source,
        mutants: mutants.map(([replacement, status, testsCompleted = 3]) => ({
          replacement,
          status,
          testsCompleted,
          location: replacement === "{}"
            ? { start: { line: 3, column: 12 }, end: { line: 5, column: 4 } }
            : { start: { line: 2, column: 7 }, end: { line: 2, column: 12 } },
        })),
      },
      "packages/core/link/types.ts": { source: "", mutants: [] },
    },
  };
}

const survivor: Survivor = {
  file,
  line: "if (a > 1) stop();",
  from: "a > 1",
  to: "false",
  why: "equivalent",
};

describe("judge", () => {
  test("a mutant that is killed, or that never ends, is none to look at", () => {
    const { counts, findings } = judge(report(["true", "Killed"], ["false", "Timeout"]), []);
    expect(findings).toEqual([]);
    expect(counts.get(file)).toEqual({ mutants: 2, killed: 1, endless: 1, survived: 0 });
  });

  test("a survivor has to be explained, and is shown as one finds it in the source", () => {
    const { counts, findings } = judge(report(["false", "Survived"], ["{}", "NoCoverage", 0]), []);
    expect(counts.get(file)).toEqual({ mutants: 2, killed: 0, endless: 0, survived: 2 });
    expect(findings).toEqual([
      `Survived, and survivors.json does not say why: ${file}\n    if (a > 1) stop();\n    a > 1 → false`,
      `Survived, and survivors.json does not say why: ${file}\n    for (;;) {\n    { go(); } → {}`,
    ]);
  });

  test("a survivor that is explained is counted and passes, once", () => {
    const once = judge(report(["false", "Survived"]), [survivor]);
    expect(once.findings).toEqual([]);
    expect(once.counts.get(file)).toEqual({ mutants: 1, killed: 0, endless: 0, survived: 1 });
    const twice = report(["false", "Survived"], ["false", "Survived"]);
    expect(judge(twice, [survivor]).findings.length).toBe(1);
    expect(judge(twice, [survivor, survivor]).findings).toEqual([]);
  });

  test.each(["file", "line", "from", "to"] as const)(
    "an explanation with another %s is another's",
    (field) => {
      const other = { ...survivor, [field]: "other" };
      expect(judge(report(["false", "Survived"]), [other]).findings.length).toBe(2);
    },
  );

  test("an explanation of what does not survive has to go", () => {
    const { findings } = judge(report(["false", "Killed"]), [survivor]);
    expect(findings).toEqual([expect.stringMatching(/^Did not survive, take it off/)]);
  });

  test("a survivor that no test was run for is no result, explained or not", () => {
    const { findings } = judge(report(["false", "Survived", 0]), [survivor]);
    expect(findings).toContainEqual(expect.stringMatching(/^No test was run/));
  });

  test.each(["RuntimeError", "CompileError", "Pending", "Ignored"])("nor is %s", (status) => {
    const { counts, findings } = judge(report(["false", status]), []);
    expect(findings).toEqual([expect.stringMatching(`^${status}, neither killed nor survived`)]);
    expect(counts.get(file)).toEqual({ mutants: 1, killed: 0, endless: 0, survived: 0 });
  });
});

test("the table has a line for each file with mutants, and the share that survived", () => {
  const { counts } = judge(
    report(["true", "Killed"], ["false", "Survived"], ["{}", "Timeout"]),
    [],
  );
  const lines = tableOf(counts).split("\n").map((line) => line.split(/ {2,}/));
  expect(lines).toEqual([
    ["", "mutants", "killed", "endless", "survived", "share"],
    [file, "3", "1", "1", "1", "33.3 %"],
    ["all", "3", "1", "1", "1", "33.3 %"],
  ]);
});

describe("tools/mutation/survivors.json", () => {
  const list: readonly Survivor[] = JSON.parse(
    readFileSync(join(root, "tools/mutation/survivors.json"), "utf8"),
  );

  test("has survivors at all: where there are none the list can go", () => {
    expect(list.length).toBeGreaterThan(0);
  });

  test.each(list)(
    "$file: $from → $to stands in the source and says why it is equivalent",
    (entry) => {
      expect(Object.keys(entry)).toEqual(["file", "line", "from", "to", "why"]);
      expect(existsSync(join(root, entry.file)), entry.file).toBe(true);
      const text = readFileSync(join(root, entry.file), "utf8");
      expect(text.split("\n").map((line) => line.trim())).toContain(entry.line);
      expect(text.replace(/\s+/g, " ")).toContain(entry.from);
      expect(entry.to).not.toBe(entry.from);
      expect(entry.why).toMatch(/^Equivalent: .{20,}\.$/);
    },
  );
});
