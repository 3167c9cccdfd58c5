import { describe, it } from "vitest";
import { memoryTransport } from "@otpsmith/simulator";
import { describeTransport } from "../describe_cases.ts";
import { EchoCard } from "../echo/echo_card.ts";

describeTransport({ describe, it }, {
  name: "the in-process transport of the simulator",
  supports: { child: "it has no native code, threads or handles that could keep a process alive" },
  setup: () => {
    const readers = [{ name: "Echo", card: new EchoCard() }, { name: "Empty" }];
    return Promise.resolve({
      transport: memoryTransport({ readers, readerTimeoutMs: 1000 }),
      echo: "Echo",
      absent: "Empty",
      refuses: ["Empty"],
    });
  },
});
