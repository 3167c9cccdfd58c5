// The conformance cases over the real usb and node-hid modules, on virtual devices under a mocked kernel.
import { expect } from "vitest";
import type { CaseResult, ChildProgram } from "@otpsmith/conformance";
import type { Wish } from "../../tests/usb/conformance_run.mjs";
import { conformanceTests } from "../../tests/usb/conformance_tests.ts";
import { type BusBench, withVirtualBus } from "../../tests/usb/preload/with_virtual_bus.ts";
import {
  allOf,
  type EchoDevices,
  echoHids,
  echoReaders,
  labelsOf,
} from "./testdata/echo_devices.ts";
import type { Tried } from "./testdata/lane_transport.ts";

const program = (name: string): URL => new URL(`./testdata/${name}.ts`, import.meta.url);
/** How long a program that has nothing left to do may take to end, on a busy machine. */
const PATIENCE_MS = 20_000;
/** Cases that wait for a dead reader take their time. */
const ALL_MS = 240_000;

async function runClient(
  { start }: BusBench,
  args: readonly string[],
): Promise<"ended" | "hung" | "failed"> {
  const client = start(program("client_program"), { args });
  let hung = false;
  const patience = setTimeout(() => {
    hung = true;
    client.kill();
  }, PATIENCE_MS);
  const { exit } = await client.ended;
  clearTimeout(patience);
  return hung ? "hung" : exit === 0 ? "ended" : "failed";
}

async function runAll(tried: Tried, prepared: EchoDevices): Promise<readonly CaseResult[]> {
  const { echo, held, twins } = prepared;
  return await withVirtualBus(allOf(prepared), async (bench) => {
    if (held) bench.bus.holdElsewhere(held.device, held.interface);
    const args = [tried, JSON.stringify(labelsOf(prepared))];
    const cases = bench.start(program("conformance_program"), { args });
    const carryOut = (wish: Wish): void => {
      if ("card" in wish) return prepared.card!(wish.card);
      const { device } = wish.twin ? twins[0] : echo;
      if (wish.plug) device.plug();
      else device.unplug();
    };
    const results: CaseResult[] = [];
    for (;;) {
      const said = await cases.next() as
        | { readonly result: CaseResult }
        | { readonly child: ChildProgram }
        | { readonly wish: Wish }
        | { readonly done: true };
      if ("result" in said) results.push(said.result);
      if ("child" in said) cases.say(await runClient(bench, [tried, said.child, echo.label]));
      if ("wish" in said) {
        carryOut(said.wish);
        await bench.bus.settled();
        cases.say("done");
      }
      if (!("done" in said)) continue;
      expect(await cases.ended).toMatchObject({ exit: 0, stderr: "" });
      return results;
    }
  });
}

const TRIED: readonly (readonly [string, Tried, () => EchoDevices])[] = [
  ["ccid(), extended APDU level", "ccid", () => echoReaders("OMNIKEY 5427 CK")],
  ["ccid(), T=1 TPDU level", "ccid", () => echoReaders("Nitrokey Pro")],
  ["hid(), input and output reports", "report", () => echoHids()],
  ["hid(), feature reports", "feature", () => echoHids()],
];

for (const [name, tried, prepare] of TRIED) {
  const kind = tried === "ccid" ? "apdu" : tried;
  conformanceTests({ name, kind, run: () => runAll(tried, prepare()), timeoutMs: ALL_MS });
}
