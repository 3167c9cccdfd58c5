import { describe, expect, test } from "vitest";
import { driverCases, runCases } from "@otpsmith/conformance";
import { token2Molto2 } from "@otpsmith/core/drivers/token2_molto2";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { tokensUnderTest } from "@otpsmith/simulator";

const WANTS_ERASE = { molto2: { wantsErase: true } };
const sweeps = driverCases.filter(({ id }) => id.startsWith("driver/faults/"));

// One model that keeps its seed when settings are written, one that forgets it, and one with many seeds
// that takes no second one before the first is erased.
describe.each([
  { model: "token2-single:C302-i", driver: token2Single() },
  { model: "token2-single:OTPC-P2-i", driver: token2Single() },
  { model: "token2-molto2:Molto2v2", driver: token2Molto2(), personality: WANTS_ERASE },
])("$model", ({ model, driver, personality }) => {
  test.each(sweeps)("$id: $title", async (sweep) => {
    const setup = () =>
      Promise.resolve({ driver, tokens: tokensUnderTest({ model, personality }) });
    for await (const result of runCases([sweep], { setup })) {
      expect(result, JSON.stringify(result)).toMatchObject({ outcome: "kept" });
      if (result.outcome === "kept") console.log(`${sweep.id}, ${model}: ${result.note}`);
    }
  }, 120_000);
});
