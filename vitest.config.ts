import { defineConfig } from "vitest/config";

// Tests read the TypeScript sources (never a stale dist): every package exports them under this condition.
const conditions = ["@otpsmith/source", "module", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["node", "import", "default"] } },
  oxc: { target: "es2023" },
  test: {
    include: ["packages/**/*_test.ts", "tests/**/*_test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    pool: "forks", // native PC/SC bindings abort the process in worker threads
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
