// @ts-check
import { ccid, hid } from "@otpsmith/transport-usb";

/**
 * The transport that is tried, which knows the conformance kit's echo device.
 *
 * @param {import("@otpsmith/core/link").LinkKind} kind
 */
export function echoTransport(kind) {
  if (kind === "apdu") return ccid({ pollMs: 50 });
  const usage = { page: 0xff00, id: 0x01 };
  return hid({ pollMs: 50, devices: [{ kind, usage, reportBytes: 64 }] });
}
