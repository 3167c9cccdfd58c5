import { concatBytes } from "@otpsmith/core/bytes";
import { LinkError } from "@otpsmith/core/errors";
import { overrideCard } from "./_override_card.ts";
import type { VirtualCard } from "./card.ts";
import type { VirtualReportDevice } from "./report_device.ts";
import { type ReportFaults, Stalled } from "./report_faults.ts";
import { reportShape } from "./usb/hid/report_descriptors.ts";

/** Generic desktop: where keyboards are. */
const KEYBOARD_PAGE = 0x01;
/** As many feature reports as are read at most after a command: more than any answer has. */
const READS = 100;

/** A HID interface as a card: reports go in one after another, and those that come go out likewise. */
export function reportCard(
  card: VirtualCard,
  device: VirtualReportDevice,
  faults: ReportFaults,
): VirtualCard {
  const { page, inputBytes, featureBytes } = reportShape(device.descriptor);
  const size = page === KEYBOARD_PAGE ? featureBytes : inputBytes; // a keyboard's input is keystrokes
  const power = (event: "on" | "off" | "reset"): void => {
    device.power(event);
    faults.interrupt();
  };
  card.onPresence(() => power("off"));
  return overrideCard(card, {
    power,
    process: async (command) => {
      const came: Uint8Array[] = [];
      const stop = device.onInput?.((report) => void came.push(report.slice()));
      try {
        for (let at = 0; at < command.length; at += size) {
          const report = command.slice(at, at + size);
          await faults.toToken(report, () => take(device, report));
        }
        await done();
        if (!card.present) throw lost();
        const answer: Uint8Array[] = [];
        while (came.length > 0) answer.push(await faults.fromToken(() => came.shift()));
        if (featureBytes > 0) await readFeatures(device, faults, answer);
        return concatBytes(answer);
      } catch (error) {
        await done();
        if (error instanceof Stalled) return new Uint8Array(0);
        throw error;
      } finally {
        stop?.();
      }
    },
  });
}

/** What a device does not have as a feature report it may have as an output report. */
function take(device: VirtualReportDevice, report: Uint8Array): boolean {
  if (device.setFeature && device.setFeature(report.slice(), 0) !== false) return true;
  return device.output !== undefined && device.output(report.slice(), 0) !== false;
}

/** Until the device has no more, or says the same again. */
async function readFeatures(
  device: VirtualReportDevice,
  faults: ReportFaults,
  into: Uint8Array[],
): Promise<void> {
  let last = "";
  for (let reads = 0; reads < READS; reads++) {
    const report = await faults.fromToken(() => device.getFeature?.(0)).catch((error) => {
      if (error instanceof Stalled) return undefined;
      throw error;
    });
    if (!report || String(report) === last) return;
    last = String(report);
    into.push(report);
  }
}

/** What a device does by itself takes it promises that are kept already, and no time. */
function done(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function lost(): LinkError {
  return new LinkError("lost", "Cannot go on: the token was pulled out", { delivery: "unknown" });
}
