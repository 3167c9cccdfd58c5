import { describe, it } from "vitest";
import { describeTransport } from "../describe_cases.ts";
import { memorySetup } from "../testdata/memory_setup.ts";

describeTransport({ describe, it }, {
  name: "the in-process transport of the simulator",
  tiers: [0, 1, 2, 3, 4],
  supports: { child: "it has no native code, threads or handles that could keep a process alive" },
  setup: () => memorySetup(),
});
