import { describe, it } from "vitest";
import { decodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import { repeatingRandom, tokensUnderTest } from "@otpsmith/simulator";
import { golden } from "../../../tests/golden/mod.ts";
import { describeModel } from "../describe_cases.ts";
import { notes } from "../testdata/token2_single.ts";

describeModel({ describe, it }, {
  name: "token2-single:C302-i",
  setup: () =>
    Promise.resolve({
      tokens: tokensUnderTest({
        model: "token2-single:C302-i",
        time: new ManualTime(golden.time * 1000),
        random: repeatingRandom(decodeHex(golden.challenge)),
      }),
      notes,
    }),
});
