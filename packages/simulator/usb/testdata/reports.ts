import type { VirtualReportDevice } from "../../report_device.ts";
import { keyboardDescriptor, rawReportDescriptor, type RawReports } from "../hid/mod.ts";

/** A report device that remembers what happened to it. */
export interface TestReports extends VirtualReportDevice {
  /** Every report that came, oldest first. */
  readonly heard: readonly Uint8Array[];
  /** Every power event, oldest first. */
  readonly events: readonly string[];
}

/** Keeps one feature report, under an id if one is given. */
export function featureReports(bytes: number, id = 0): TestReports {
  const plain = keyboardDescriptor({ featureBytes: bytes });
  let kept: Uint8Array = new Uint8Array(bytes);
  const heard: Uint8Array[] = [];
  const events: string[] = [];
  return {
    // Report ID is a global item: it stands before the first main item.
    descriptor: id === 0
      ? plain
      : Uint8Array.of(...plain.subarray(0, 6), 0x85, id, ...plain.subarray(6)),
    heard,
    events,
    power: (event) => void events.push(event),
    getFeature: (wanted) => wanted === id ? kept : undefined,
    setFeature: (report, wanted) => {
      if (wanted !== id || report.length !== bytes) return false;
      heard.push(kept = report.slice());
    },
  };
}

/** Sends back each output report as an input report. */
export function echoReports(shape: RawReports): TestReports {
  const listeners = new Set<(report: Uint8Array) => void>();
  const heard: Uint8Array[] = [];
  const events: string[] = [];
  return {
    descriptor: rawReportDescriptor(shape),
    heard,
    events,
    power: (event) => void events.push(event),
    output: (report) => {
      heard.push(report.slice());
      for (const listener of listeners) listener(report);
    },
    onInput: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
