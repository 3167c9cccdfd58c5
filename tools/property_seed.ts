/**
 * One seed for every property test, so that the same commit gives the same result everywhere. Another one
 * looks elsewhere: `OTPSMITH_FUZZ_SEED=7 npm test`, or `=random`. `OTPSMITH_FUZZ_RUNS=100000` looks longer,
 * in tests that leave the number of inputs to this file.
 *
 * @module
 */
import fc from "fast-check";

const { OTPSMITH_FUZZ_SEED: wanted = "20261123", OTPSMITH_FUZZ_RUNS: runs } =
  globalThis.process?.env ?? {};
const seed = wanted === "random" ? Math.trunc(Math.random() * 2 ** 31) : Number(wanted);

fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  seed,
  ...runs === undefined ? {} : { numRuns: Number(runs) },
});
