import { describe, it } from "vitest";
import { decodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import { repeatingRandom, tokensUnderTest } from "@otpsmith/simulator";
import { golden } from "../../../tests/golden/mod.ts";
import { describeModel } from "../describe_cases.ts";
import { molto2Notes as notes } from "../testdata/token2_molto2.ts";

describeModel({ describe, it }, {
  name: "token2-molto2:Molto2v2",
  setup: () =>
    Promise.resolve({
      tokens: tokensUnderTest({
        model: "token2-molto2:Molto2v2",
        time: new ManualTime(golden.time * 1000),
        random: repeatingRandom(decodeHex(golden.challenge)),
        personality: { presser: { never: true } }, // or any bytes may be those of a reset
      }),
      notes,
    }),
});
