import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import type { TestSpecification, Vitest } from "vitest/node";
import { LONGEST, LongestFirst } from "../tools/longest_first.ts";
import { ROOT } from "./follow_document.ts";

test.each(LONGEST)("%s is there", (path) => {
  expect(existsSync(join(ROOT, path))).toBe(true);
});

test("what takes longest begins in each project, and nothing is lost", async () => {
  const nothing = (): undefined => undefined;
  const cache = { getFileTestResults: nothing, getFileStats: nothing };
  const sequencer = new LongestFirst({ config: { root: ROOT }, cache } as never as Vitest);
  const paths = ["tests/docs_test.ts", ...[...LONGEST].reverse(), "tests/files_test.ts"];
  const given = ["unit", "system"].flatMap((name, groupOrder) =>
    paths.map((path) => ({
      moduleId: join(ROOT, path),
      project: { name, config: { isolate: true, sequence: { groupOrder } } },
    }))
  );
  const sorted = await sequencer.sort(given.reverse() as never as TestSpecification[]);
  const order = sorted.map(({ moduleId, project: { name } }) => [name, relative(ROOT, moduleId)]);
  for (const name of ["unit", "system"]) {
    const of = order.splice(0, paths.length);
    expect(of.slice(0, LONGEST.length)).toEqual(LONGEST.map((path) => [name, path]));
    expect(of.map(([, path]) => path).sort()).toEqual([...paths].sort());
  }
});
