import type { ConformanceCase } from "../case.ts";
import { type CaseResult, type Preparation, runCases } from "../run_cases.ts";

/**
 * The ids of the cases that are broken. All are run at once: each has a setup of its own, and what is broken
 * makes most of them wait.
 */
export async function brokenCases<C extends Preparation>(
  cases: readonly ConformanceCase<C>[],
  setup: () => Promise<C>,
): Promise<readonly string[]> {
  const results: CaseResult[] = await Promise.all(cases.map(async (one) => {
    for await (const result of runCases([one], { setup, tiers: [one.tier] })) return result;
    throw new Error("no result");
  }));
  return results.filter(({ outcome }) => outcome === "broken").map(({ id }) => id);
}
