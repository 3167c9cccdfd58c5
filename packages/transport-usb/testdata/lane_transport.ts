import type { Transport } from "@otpsmith/core/link";
import { ccid, hid } from "@otpsmith/transport-usb";

/** What is tried in the preload lane. */
export type Tried = "ccid" | "report" | "feature";

/** The usage page and size of the conformance kit's echo device. */
const ECHO_HID = { usage: { page: 0xff00, id: 0x01 }, reportBytes: 64 } as const;

/** A new transport of that sort. */
export function laneTransport(tried: Tried): Transport {
  return tried === "ccid"
    ? ccid({ pollMs: 50 })
    : hid({ pollMs: 50, devices: [{ kind: tried, ...ECHO_HID }] });
}
