import { defineConfig } from "vitest/config";

const conditions = ["@otpsmith/source", "module", "node", "import", "default"];

/** For one file that the tests of this repository do not run by themselves. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["node", "import", "default"] } },
  oxc: { target: "es2023" },
  test: { include: ["tests/runners/in_vitest.ts"], testTimeout: 60_000 },
});
