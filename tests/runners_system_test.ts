// The same cases under four test runners, which count for themselves.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { transportCasesFor } from "@otpsmith/conformance";
import { install } from "../tools/prepare.mjs";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const SOURCES = "--conditions=@otpsmith/source";
const HOOK = at("../packages/transport-pcsc/testdata/typescript_hook.mjs");
const BUN = at("../tools/runtimes/node_modules/.bin/bun");
const DENO = at("../node_modules/.bin/deno");
const VITEST = at("../node_modules/vitest/vitest.mjs");

/** How a runner is started, and how its own words say what it counted. */
interface Runner {
  readonly command: readonly [string, ...string[]];
  readonly passed: RegExp;
  readonly failed: RegExp;
  readonly skipped: RegExp;
}

const RUNNERS: Readonly<Record<string, Runner>> = {
  "node:test": {
    command: [
      process.execPath,
      SOURCES,
      "--import",
      HOOK,
      "--test-reporter=tap",
      "--test",
      at("./runners/in_node.ts"),
    ],
    passed: /^# pass (\d+)$/m,
    failed: /^# fail (\d+)$/m,
    skipped: /^# skipped (\d+)$/m,
  },
  "vitest": {
    command: [process.execPath, VITEST, "run", "--config", at("./runners/vitest.config.ts")],
    passed: /Tests .*?(\d+) passed/,
    failed: /Tests .*?(\d+) failed/,
    skipped: /Tests .*?(\d+) skipped/,
  },
  "bun test": {
    command: [BUN, "test", SOURCES, "--timeout=60000", at("./runners/in_bun.ts")],
    passed: /^\s*(\d+) pass$/m,
    failed: /^\s*(\d+) fail$/m,
    skipped: /^\s*(\d+) skip$/m,
  },
  "deno test": {
    command: [DENO, "test", "-A", "--no-check", "--no-lock", SOURCES, at("./runners/in_deno.ts")],
    passed: /(\d+) passed/,
    failed: /(\d+) failed/,
    skipped: /(\d+) ignored/,
  },
};

/** What the runner says that it counted, and its exit code. */
function run({ command: [program, ...args], ...counts }: Runner, broken: boolean) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: at(".."),
    encoding: "utf8",
    timeout: 120_000,
    env: {
      ...process.env,
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
      NODE_TEST_CONTEXT: undefined,
      OTPSMITH_BROKEN: broken ? "1" : "0",
    },
  });
  const output = `${stdout}${stderr}${error ?? ""}`;
  const count = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0);
  const { passed, failed, skipped } = counts;
  return {
    status,
    counted: { passed: count(passed), failed: count(failed), skipped: count(skipped) },
    output,
  };
}

beforeAll(() => install(at("../tools/runtimes"), "Installing Node 24 and Bun"), 120_000);

const cases = transportCasesFor("apdu").filter(({ tier }) => tier < 2);
const skipped = cases.filter(({ needs }) => needs.includes("child")).length;

describe.each(Object.entries(RUNNERS))("%s", (_, runner) => {
  test("runs every case and passes a transport that is right", () => {
    const { status, counted, output } = run(runner, false);
    expect(counted, output).toEqual({ passed: cases.length - skipped, failed: 0, skipped });
    expect(status).toBe(0);
  }, 150_000);

  test("fails for one that changes bytes", () => {
    const { status, counted, output } = run(runner, true);
    expect(counted.failed, output).toBeGreaterThan(0);
    expect(counted.passed + counted.failed + counted.skipped, output).toBe(cases.length);
    expect(status).toBeGreaterThan(0);
  }, 150_000);
});
