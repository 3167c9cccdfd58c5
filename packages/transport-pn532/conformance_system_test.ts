// The conformance cases over the real serialport module and a real tty.
import { afterAll, beforeAll, describe, it } from "vitest";
import { describeTransport, EchoCard } from "@otpsmith/conformance";
import { exposeThroughPn532, type Pn532Exposure } from "@otpsmith/simulator/expose";
import { pn532 } from "@otpsmith/transport-pn532";
import { runClient } from "./testdata/client_process.ts";

const modules: Pn532Exposure[] = [];
const empty = new EchoCard();
empty.present = false;

beforeAll(async () => {
  for (const card of [new EchoCard(), empty]) modules.push(await exposeThroughPn532({ card }));
});
afterAll(() => Promise.all(modules.map((module) => module.stop())));

describeTransport({ describe, it }, {
  name: "pn532 over serialport",
  setup: () => {
    const ports = modules.map(({ path }) => path);
    return Promise.resolve({
      transport: pn532({ ports, searchMs: 200 }),
      echo: `PN532 ${ports[0]}`,
      absent: `PN532 ${ports[1]}`,
      refuses: [`PN532 ${ports[1]}`],
      child: async (program) => {
        const { said, end } = await runClient({ program, ports });
        return JSON.stringify(said).includes("Error") ? "failed" : end;
      },
    });
  },
});
