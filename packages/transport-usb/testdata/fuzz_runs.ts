import fc from "fast-check";

/** How many inputs a parser gets: so many, or as many as `OTPSMITH_FUZZ_RUNS` says. */
export function fuzzRuns(numRuns: number): { readonly numRuns: number } {
  return { numRuns: fc.readConfigureGlobal().numRuns ?? numRuns };
}
