/**
 * The tests that have to notice: those beside the sources that are changed, and no others, so that what
 * a folder promises is tested in that folder.
 *
 * @module
 */
import { defineConfig } from "vitest/config";
import all from "../../vitest.config.ts";

const { projects: _, ...test } = all.test ?? {};

export default defineConfig({
  ...all,
  test: {
    ...test,
    include: ["packages/core/{link,apdu}/*_test.ts"],
    testTimeout: 10_000, // a promise that never settles is noticed by its test, and soon
  },
});
