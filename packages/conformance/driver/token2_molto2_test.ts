import { describe, it } from "vitest";
import { token2Molto2 } from "@otpsmith/core/drivers/token2_molto2";
import { tokensUnderTest } from "@otpsmith/simulator";
import { describeDriver } from "../describe_cases.ts";
import { molto2Commands as golden } from "../testdata/token2_molto2.ts";

describeDriver({ describe, it }, {
  name: "token2_molto2",
  supports: {
    faults: "tests/fault_sweep_test.ts sweeps, and prints the counts",
    computed: "it shows codes, and computes none for others",
    touch: "no code of it wants a touch",
    "shown-code": "it tells no code over its link",
  },
  setup: () =>
    Promise.resolve({
      driver: token2Molto2(),
      tokens: tokensUnderTest({ model: "token2-molto2:Molto2v2" }),
      unknownModel: tokensUnderTest({ model: "token2-molto2:unknown" }),
      golden,
    }),
});
