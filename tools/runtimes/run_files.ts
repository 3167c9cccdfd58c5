/**
 * Runs test files in this runtime, one after the other, and tells how each test went.
 *
 * The files import "vitest" and get the real one: its suites, hooks, tables, matchers, spies and fake
 * timers stand on no runtime. What does, its workers and the transformation of modules, stays out: each
 * runtime loads the sources in its own way, and this takes the place of the workers.
 *
 * @module
 */
import "../property_seed.ts";
import { type File, startTests, type Task, type VitestRunner } from "@vitest/runner";

/** One test: what it is called and how it went. */
export interface Outcome {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Suites and test, joined by " > "; empty for a file that could not be loaded. */
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped";
  /** What went wrong, for a person. */
  readonly error?: string;
}

/** Imports the module of a test file, given its path from the root of the repository. */
export type Load = (file: string) => Promise<unknown>;

function explain(task: Task | File): string {
  return (task.result?.errors ?? []).map((error) => error.stack ?? error.message).join("\n");
}

function* outcomes(task: Task, path: readonly string[] = []): Generator<Omit<Outcome, "file">> {
  const names = [...path, task.name];
  const error = explain(task);
  if (task.type === "suite") {
    if (error) yield { name: names.join(" > "), state: "failed", error };
    for (const child of task.tasks) yield* outcomes(child, names);
    return;
  }
  const state = task.result?.state;
  if (state === "pass") yield { name: names.join(" > "), state: "passed" };
  else if (state === "fail") yield { name: names.join(" > "), state: "failed", error };
  else yield { name: names.join(" > "), state: "skipped" };
}

/**
 * What `expect` and `vi` look for where vitest has started them (vitest-dev/vitest@v4.1.12,
 * packages/vitest/src/runtime/utils.ts); without it spies and matchers work and fake timers refuse to.
 */
Object.assign(globalThis, { __vitest_worker__: { config: { fakeTimers: {} } } });

/** The settings of vitest.config.ts, written out: the runner has no defaults. */
const config: VitestRunner["config"] = {
  root: "/",
  setupFiles: [],
  name: undefined,
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: false,
  sequence: { seed: 0, hooks: "stack", setupFiles: "list" },
  chaiConfig: undefined,
  maxConcurrency: 8,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
};

/**
 * Runs the files and hands each one's outcomes to `report` as soon as it is done.
 *
 * @param files paths from the root of the repository
 * @param load imports one of them
 * @param report called once for each file
 */
export async function runFiles(
  files: readonly string[],
  { load, report }: { load: Load; report(outcomes: readonly Outcome[]): void },
): Promise<void> {
  const runner: VitestRunner = {
    config,
    importFile: (path, source) => source === "collect" ? load(path.replace(/^\//, "")) : undefined,
  };
  for (const file of files) {
    const [ran] = await startTests([`/${file}`], runner);
    if (!ran) throw new Error(`Run ${file}: the runner gave nothing back`);
    const error = explain(ran);
    const unloaded: Outcome[] = error ? [{ file, name: "", state: "failed", error }] : [];
    report([
      ...unloaded,
      ...ran.tasks.flatMap((task) => [...outcomes(task)]).map((outcome) => ({ file, ...outcome })),
    ]);
  }
}
