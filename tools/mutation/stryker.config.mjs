// @ts-check
/**
 * StrykerJS: which sources are changed, and which tests have to notice. It works in a copy. Of version 10
 * there is nothing for Node 20.
 *
 * @module
 */
const here = "tools/mutation";

export default {
  plugins: ["@stryker-mutator/vitest-runner"],
  testRunner: "vitest",
  vitest: { configFile: `${here}/vitest.config.ts`, related: false },
  coverageAnalysis: "perTest",
  mutate: ["packages/core/{link,apdu}/*.ts", "!**/*_test.ts", "!**/mod.ts"],
  // What those tests read, and nothing else, is copied.
  ignorePatterns: [
    ...[
      "/*",
      "!/packages",
      "!/tools",
      "!/package.json",
      "!/tsconfig.base.json",
      "!/vitest.config.ts",
    ],
    ...["/packages/*", "!/packages/core", "dist"],
    ...["/tools/*", "!/tools/property_seed.ts", `!/${here}`],
  ],
  tempDirName: `${here}/.stryker-tmp`,
  cleanTempDir: "always",
  // For loops without end alone: on a busy machine a slow run must not count as one.
  timeoutMS: 30_000,
  concurrency: 1,
  reporters: ["progress-append-only", "json"],
  jsonReporter: { fileName: `${here}/report.json` },
  allowConsoleColors: false,
};
