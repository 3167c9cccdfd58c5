import { join } from "node:path";
import process from "node:process";
import type { CaseResult } from "@otpsmith/conformance";
import type { LinkKind } from "@otpsmith/core/link";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { exposeThroughUsbip } from "@otpsmith/simulator/expose";
import {
  allOf,
  type EchoDevices,
  labelsOf,
} from "../../../packages/transport-usb/testdata/echo_devices.ts";
import type { Wish } from "../conformance_run.mjs";
import { SLOWER } from "./guest/slower.mjs";
import { GuestBus } from "./guest_bus.ts";
import type { GuestMachine } from "./guest_machine.ts";

/** The clock of the echo devices. */
export const SLOW_TIME: TimeSource = {
  now: () => systemTime.now(),
  sleep: (ms, signal) => systemTime.sleep(SLOWER * ms, signal),
  alarm: (ms, ring) => systemTime.alarm(SLOWER * ms, ring),
};

/** Runs the conformance cases in the guest; plugs, unplugs and moves cards as they want it. */
export async function echoCases(
  guest: GuestMachine,
  { kind, prepared }: { readonly kind: LinkKind; readonly prepared: EchoDevices },
): Promise<readonly CaseResult[]> {
  const { echo, held, twins } = prepared;
  const all = allOf(prepared);
  const exposure = await exposeThroughUsbip({ devices: all, port: 0 });
  const bus = new GuestBus(guest, exposure);
  const shown = async (): Promise<void> => {
    const devices = all.filter((device) => device.plugged).length;
    await bus.shown({ devices, hidraws: kind === "apdu" ? 0 : devices });
  };
  const carryOut = async (wish: Wish): Promise<void> => {
    if ("card" in wish) return prepared.card!(wish.card);
    const { device } = wish.twin ? twins[0] : echo;
    if (wish.plug === device.plugged) return;
    if (!wish.plug) return device.unplug();
    device.plug();
    await bus.attach(exposure.busIds[all.indexOf(device)]!);
    await shown();
  };
  try {
    for (const busId of exposure.busIds) await bus.attach(busId);
    await shown();
    const holder = held && guest.start(program("usb_hold", "HELD", held.interface));
    await holder?.line(/^holding$/);
    const env = {
      TEST_LABELS: JSON.stringify(labelsOf(prepared)),
      NODE_OPTIONS: `--import=${join(import.meta.dirname, "guest/slow_clock.mjs")}`,
    };
    const cases = guest.start(program("conformance", kind), { env });
    const results: CaseResult[] = [];
    for (let number = 1;; number++) {
      // Each line begins with its number: the same wish may come twice.
      const line = await cases.line(new RegExp(`^${number} `));
      const said = JSON.parse(line.slice(line.indexOf(" "))) as
        | { readonly result: CaseResult }
        | { readonly wish: Wish }
        | { readonly done: true };
      if ("result" in said) results.push(said.result);
      if ("wish" in said) {
        await carryOut(said.wish);
        cases.say("done");
      }
      if (!("done" in said)) continue;
      const { exit, text } = await cases.ended;
      if (exit !== 0) throw new Error(`The cases ended with ${exit}:\n${text}`);
      holder?.kill("SIGKILL");
      await holder?.ended;
      return results;
    }
  } finally {
    await bus.detachAll();
    await exposure.stop();
  }
}

function program(name: string, ...args: readonly (string | number)[]): string {
  return [process.execPath, join(import.meta.dirname, `guest/${name}.mjs`), ...args].join(" ");
}
