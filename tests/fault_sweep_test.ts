import { describe, expect, test } from "vitest";
import { driverCases, runCases } from "@otpsmith/conformance";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { tokensUnderTest } from "@otpsmith/simulator";

const sweeps = driverCases.filter(({ id }) => id.startsWith("driver/faults/"));

// One model that keeps its seed when settings are written, and one that forgets it.
describe.each(["token2-single:C302-i", "token2-single:OTPC-P2-i"])("%s", (model) => {
  test.each(sweeps)("$id: $title", async (sweep) => {
    const setup = () =>
      Promise.resolve({ driver: token2Single(), tokens: tokensUnderTest({ model }) });
    for await (const result of runCases([sweep], { setup })) {
      expect(result).toMatchObject({ outcome: "kept" });
      if (result.outcome === "kept") console.log(`${sweep.id}, ${model}: ${result.note}`);
    }
  }, 120_000);
});
