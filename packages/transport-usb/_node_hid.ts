import process from "node:process";
import type { HidSystem } from "./hid_port.ts";
import { FAILURES, INSTALL_RULES, type Meaning, REPLUG, UsbError } from "./usb_error.ts";

/** `node-hid` is not installed, or has no binary for this system. */
const MISSING: Meaning = {
  reason: "absent",
  delivery: "not-sent",
  state: "the npm package node-hid cannot be loaded",
  next: "Run: npm install node-hid",
  missing: true,
};

/** Its binaries for Linux need two libraries of the system, which slim images lack. */
const MISSING_LIBRARY: Meaning = {
  ...MISSING,
  state: "a library of the system is missing",
  next:
    "Install libusb 1.0 and libudev. On Debian and Ubuntu: sudo apt install libusb-1.0-0 libudev1",
};

/** Loads `node-hid` and its binary, now and not before. */
export async function loadNodeHid(): Promise<HidSystem> {
  try {
    const { default: hid } = await import("node-hid");
    hid.getHidapiVersion(); // the binary is loaded at the first use
    return {
      list: () => hid.devicesAsync(),
      open: (path, options) => hid.HIDAsync.open(path, options),
    };
  } catch (cause) {
    const library = /cannot open shared object file|library not loaded/i.test(String(cause));
    throw new UsbError(library ? MISSING_LIBRARY : MISSING, { cause });
  }
}

const DENIED: Meaning = {
  reason: "denied",
  delivery: "not-sent",
  state: "the system does not let this account use the device",
  next: ({
    linux: INSTALL_RULES,
    darwin: "Allow the terminal under System Settings, Privacy & Security, Input Monitoring.",
    win32: "Run it as administrator: Windows gives FIDO devices to nobody else.",
  } as Readonly<Record<string, string>>)[process.platform] ?? INSTALL_RULES,
};
const BUSY: Meaning = {
  reason: "busy",
  delivery: "not-sent",
  state: "another program is using the device",
  next: "Close the program that uses it: a browser, a key manager, or another window of this one.",
};
const REFUSED: Meaning = {
  reason: "lost",
  delivery: "unknown",
  state: "the device does not take the report",
  next: REPLUG,
};

/** `node-hid` passes on what hidapi says, which is what the system says; the first that fits is taken. */
const WORDS: readonly (readonly [RegExp, Meaning])[] = [
  [/permission denied|operation not permitted|not permitted|access is denied|0xE00002E2/i, DENIED],
  [/busy|exclusive access|sharing violation|0xE00002C5/i, BUSY],
  [/no such (device|file)|not connected|device has been closed|cannot find/i, FAILURES.gone],
  [/input\/output error/i, FAILURES.gone], // hidraw of a device that is being unplugged
  [/broken pipe|protocol error|invalid argument|timed out/i, REFUSED], // the device stalls the request
];

/** What an error of `node-hid` means. */
export function hidError(thrown: unknown): UsbError {
  if (thrown instanceof UsbError) return thrown;
  // After unplugging, what comes is no Error but a text, or has no message (node-hid 3.4.0).
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const meaning = WORDS.find(([pattern]) => pattern.test(words))?.[1] ?? FAILURES.failed;
  return new UsbError(meaning, { cause: thrown });
}
