// The conformance cases of every tier over the real serialport module and a real tty.
import { afterAll, beforeAll, describe, it } from "vitest";
import { describeTransport, EchoCard } from "@otpsmith/conformance";
import { inChild } from "@otpsmith/conformance/child";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { createVirtualToken } from "@otpsmith/simulator";
import { exposeThroughPn532, type Pn532Exposure } from "@otpsmith/simulator/expose";
import { pn532 } from "@otpsmith/transport-pn532";
import { TYPESCRIPT } from "./testdata/client_process.ts";

const echo = new EchoCard();
const empty = new EchoCard();
empty.present = false;
const [first, second] = [1, 2].map((ordinal) =>
  createVirtualToken({ model: "token2-single:C302-i", ordinal })
) as [ReturnType<typeof createVirtualToken>, ReturnType<typeof createVirtualToken>];
const drivers = [token2Single()];

const modules: Pn532Exposure[] = [];
beforeAll(async () => {
  for (const card of [echo, empty, new EchoCard(), first.card, second.card]) {
    modules.push(await exposeThroughPn532({ card }));
  }
});
afterAll(() => Promise.all(modules.map((module) => module.stop())));

function onDisplay({ hands, display }: typeof first): () => Promise<string> {
  return () => {
    hands.powerCycle();
    return Promise.resolve(display().text);
  };
}

let plugged = true;
const plug = async (present: boolean): Promise<void> => {
  if (present !== plugged) await (present ? modules[0]!.plug() : modules[0]!.unplug());
  plugged = present;
};

describeTransport({ describe, it }, {
  name: "pn532 over serialport",
  tiers: [0, 1, 2, 3, 4],
  supports: { "notices-card": "the chip finds out that a card has gone when it is asked for it" },
  setup: () => {
    const ports = modules.map(({ path }) => path);
    const [echoOn, emptyOn, twinOn, deskOn, secondOn] = ports.map((path) => `PN532 ${path}`) as [
      string,
      string,
      string,
      string,
      string,
    ];
    return Promise.resolve({
      transport: pn532({ ports, searchMs: 200 }),
      echo: echoOn,
      absent: emptyOn,
      refuses: [emptyOn],
      twin: twinOn,
      hands: { plug, card: (present) => Promise.resolve(void (echo.present = present)) },
      child: inChild({
        module: import.meta.resolve("@otpsmith/transport-pn532"),
        create: "pn532",
        options: { ports },
        echo: echoOn,
        execArgv: TYPESCRIPT,
      }),
      token: { endpoint: deskOn, drivers },
      burn: {
        endpoint: deskOn,
        drivers,
        serial: first.serial,
        display: onDisplay(first),
        twin: { endpoint: secondOn, serial: second.serial, display: onDisplay(second) },
      },
    });
  },
});
