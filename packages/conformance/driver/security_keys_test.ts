import { describe, it } from "vitest";
import { tokensUnderTest } from "@otpsmith/simulator";
import { describeDriver } from "../describe_cases.ts";
import { SECURITY_KEYS } from "../testdata/security_keys.ts";

const SWEPT = "tests/fault_sweep_test.ts sweeps, and prints the counts";

for (const { name, tokens, supports, ...setup } of SECURITY_KEYS) {
  describeDriver({ describe, it }, {
    name,
    supports: { ...supports, faults: SWEPT },
    setup: () => Promise.resolve({ ...setup, tokens: tokensUnderTest(tokens) }),
  });
}
