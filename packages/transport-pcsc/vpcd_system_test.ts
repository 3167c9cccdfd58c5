import { expect, test } from "vitest";
import { Client } from "./testdata/client_process.ts";
import { describeThroughDaemon } from "./testdata/daemon_suite.ts";

const running = describeThroughDaemon("vpcd", {
  // Over vpcd the daemon sometimes needs seconds to see a card that came back: higher tiers run over ifd.
  tiers: [0, 1],
  supports: {
    "longest-answer": "the simulator's way round vpcd's delay allows answers of at most 255 bytes",
    "silence": "vpcd has no time limit: a native call comes back only when its card goes",
  },
});

test.each([["pcsclite", 1], ["koffi", 2]] as const)(
  "a program over %s ends though its card is silent for ever",
  async (binding, index) => {
    // vpcd has no time limit at all: the native call would come back only when the card goes.
    const { socket, readers } = running.bench;
    const reader = readers[index];
    const client = new Client({ socket, binding, program: "silent", reader });
    try {
      expect(await client.next()).toEqual({
        code: "link/timeout",
        delivery: "unknown",
        hung: true,
      });
      expect(await client.ended()).toBe("SIGKILL");
    } finally {
      await client.kill();
      await running.bench.tell("remove", { reader }); // lets the daemon go on
    }
  },
);
