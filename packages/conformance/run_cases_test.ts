import { expect, test } from "vitest";
import { type ConformanceCase, ConformanceError } from "./case.ts";
import { describeCases } from "./describe_cases.ts";
import { runCases } from "./run_cases.ts";
import { transportCases } from "./transport/mod.ts";
import { bindingCases } from "./binding/mod.ts";

const keeps: ConformanceCase<object> = {
  id: "a/keeps",
  tier: 0,
  title: "it keeps",
  needs: [],
  run: () => Promise.resolve(),
};
const breaks: ConformanceCase<object> = {
  ...keeps,
  id: "a/breaks",
  needs: ["hammer"],
  run: () => Promise.reject(new ConformanceError("mend it")),
};

test("every case has an id of its own", () => {
  const ids = [...transportCases, ...bindingCases].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("reports what is kept, broken and skipped, and why", async () => {
  const outcomes: unknown[] = [];
  const setup = () => Promise.resolve({});
  for await (const { id, title: _, ...rest } of runCases([keeps, breaks], { setup })) {
    outcomes.push([id, rest]);
  }
  const supports = { hammer: "no hands" };
  for await (const { title: _, ...rest } of runCases([breaks], { setup, supports })) {
    outcomes.push(rest);
  }
  expect(outcomes).toEqual([
    ["a/keeps", { outcome: "kept" }],
    ["a/breaks", { outcome: "broken", why: "mend it" }],
    { id: "a/breaks", outcome: "skipped", why: "needs hammer: no hands" },
  ]);
});

test("clears up after a case that breaks", async () => {
  const done: string[] = [];
  const setup = () =>
    Promise.resolve({
      transport: {
        [Symbol.asyncDispose]: () => Promise.resolve(void done.push("transport")),
      },
      dispose: () => Promise.resolve(void done.push("rest")),
    });
  for await (const { outcome } of runCases([breaks], { setup })) done.push(outcome);
  expect(done).toEqual(["transport", "rest", "broken"]);
});

test("says in the name of a test why it is skipped, and chooses tiers", () => {
  const names: string[] = [];
  const it = Object.assign((name: string) => void names.push(`run ${name}`), {
    skip: (name: string) => void names.push(`skip ${name}`),
  });
  const describe = (_: string, body: () => void): void => body();
  describeCases({ describe, it }, [keeps, breaks, { ...keeps, id: "a/burns", tier: 4 }], {
    name: "a",
    supports: { hammer: "no hands" },
    setup: () => Promise.resolve({}),
  });
  expect(names).toEqual([
    "run a/keeps: it keeps",
    "skip a/breaks: it keeps [skipped: needs hammer: no hands]",
  ]);
});
