import { describe, it } from "vitest";
import { tokensUnderTest } from "@otpsmith/simulator";
import { describeDriver } from "../describe_cases.ts";
import { SECURITY_KEYS } from "../testdata/security_keys.ts";

const SWEPT = "tests/fault_sweep_test.ts sweeps, and prints the counts";
const COMPUTES = "it has no display whose code could be told";

for (const { name, tokens, supports, ...setup } of SECURITY_KEYS) {
  describeDriver({ describe, it }, {
    name,
    supports: { ...supports, "faults": SWEPT, "shown-code": COMPUTES },
    setup: () => Promise.resolve({ ...setup, tokens: tokensUnderTest(tokens) }),
  });
}
