/**
 * Virtual USB devices in a process of their own, under a mocked kernel. Prints the environment in which
 * programs see them as one line of JSON; ends when its input ends.
 *
 *     node _usb_bus_process.ts READERS
 */
import { once } from "node:events";
import process from "node:process";
import { EchoCard, EchoHid } from "@otpsmith/conformance";
import { createCcidReader, createHidToken } from "@otpsmith/simulator/usb";
import { preloadParts } from "../tests/usb/preload/parts.ts";
import { VirtualBus } from "../tests/usb/preload/virtual_bus.ts";

const readers = Number(process.argv[2]);
const endpoints = [
  { address: 0x84, type: "interrupt", interval: 2 },
  { address: 0x04, type: "interrupt", interval: 2 },
] as const;
const identity = { vendorId: 0x1209, productId: 1, manufacturer: "Example", product: "Echo" };

const parts = await preloadParts();
const bus = new VirtualBus();
const reports = new EchoHid();
await bus.add(
  createHidToken({ profile: { identity, interfaces: [{ endpoints }] }, reports: [reports] }).device,
);
for (let n = 0; n < readers; n++) {
  await bus.add(createCcidReader({ cards: [new EchoCard()], serial: `N${n}` }).device);
}
console.log(JSON.stringify({
  UMOCKDEV_DIR: bus.directory,
  LD_PRELOAD: `${parts.library}:${parts.shim}`,
  RAWTRAP_MATCH: "usb.linux-x64-gnu.node",
}));
process.stdin.resume();
await once(process.stdin, "end");
await bus.close();
process.exit(0);
