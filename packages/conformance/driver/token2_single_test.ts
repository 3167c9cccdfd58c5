import { describe, it } from "vitest";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { tokensUnderTest } from "@otpsmith/simulator";
import { describeDriver } from "../describe_cases.ts";
import { goldenCommands as golden } from "../testdata/token2_single.ts";

// One model that keeps its seed when settings are written, and one that forgets it.
for (const model of ["token2-single:C302-i", "token2-single:OTPC-P2-i"]) {
  describeDriver({ describe, it }, {
    name: `token2_single with ${model}`,
    supports: {
      faults: "tests/fault_sweep_test.ts sweeps, and prints the counts",
      computed: "it shows codes, and computes none for others",
      touch: "no code of it wants a touch",
      "shown-code": "it tells no code over its link",
      secret: "it takes the published key, which nobody chooses",
    },
    setup: () =>
      Promise.resolve({
        driver: token2Single(),
        tokens: tokensUnderTest({ model }),
        unknownModel: tokensUnderTest({
          model: "token2-single:unknown",
          serials: ["11111110000001"],
        }),
        golden,
      }),
  });
}
