// The conformance cases over the real usb and node-hid modules, on virtual devices under Debian's kernel.
import { afterAll, beforeAll } from "vitest";
import { echoHids, echoReaders } from "../../../packages/transport-usb/testdata/echo_devices.ts";
import { conformanceTests } from "../conformance_tests.ts";
import { echoCases, SLOW_TIME } from "./echo_cases.ts";
import { BOOT_LIMIT_MS, GuestMachine } from "./guest_machine.ts";

/** Forty cases on an emulated processor, on a computer that does other things. */
const ALL_MS = 900_000;

let guest: GuestMachine;
beforeAll(async () => {
  guest = await GuestMachine.boot();
}, BOOT_LIMIT_MS);
afterAll(() => guest?.stop());

conformanceTests({
  name: "ccid(), extended APDU level, in the guest",
  kind: "apdu",
  run: () =>
    echoCases(guest, { kind: "apdu", prepared: echoReaders("OMNIKEY 5427 CK", SLOW_TIME) }),
  timeoutMs: ALL_MS,
});
for (const [kind, reports] of [["report", "input and output"], ["feature", "feature"]] as const) {
  conformanceTests({
    name: `hid(), ${reports} reports, in the guest`,
    kind,
    run: () => echoCases(guest, { kind, prepared: echoHids(SLOW_TIME) }),
    timeoutMs: ALL_MS,
  });
}
