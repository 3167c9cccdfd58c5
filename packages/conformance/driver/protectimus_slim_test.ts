import { describe, it } from "vitest";
import { describeDriver } from "../describe_cases.ts";
import { SLIM_SUPPORTS, slimSetup } from "../testdata/protectimus_slim.ts";

describeDriver({ describe, it }, {
  name: "protectimus_slim",
  supports: {
    ...SLIM_SUPPORTS,
    faults: "tests/fault_sweep_test.ts sweeps, and prints the counts",
  },
  setup: () => slimSetup(),
});
