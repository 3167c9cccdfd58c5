import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./tools/longest_first.ts";

// Tests read the TypeScript sources, never a stale dist: every package exports them under this condition.
const conditions = ["@otpsmith/source", "module", "node", "import", "default"];

const SYSTEM = "**/*_system_test.ts";
const exclude = ["**/node_modules/**", "**/dist/**"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["node", "import", "default"] } },
  oxc: { target: "es2023" },
  test: {
    pool: "forks", // native PC/SC bindings abort the process in worker threads
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxConcurrency: 8, // what is marked as concurrent waits, and computes next to nothing
    expect: { poll: { timeout: 15_000 } }, // conditions come about late on a busy machine, not never
    setupFiles: ["tools/property_seed.ts"],
    globalSetup: ["tools/build_threads.ts"],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/**/*_test.ts", "tests/**/*_test.ts"],
          exclude: [...exclude, SYSTEM],
        },
      },
      {
        // Tests against real parts of the system: the real pcscd, child processes, other programs. After the
        // others and two at a time, since they watch clocks and a crowded machine makes them wait.
        extends: true,
        test: {
          name: "system",
          include: [`packages/${SYSTEM}`, `tests/${SYSTEM}`],
          exclude,
          maxWorkers: 2,
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
