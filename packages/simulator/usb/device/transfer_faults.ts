import { ended, OpenTransfer } from "./_transfers.ts";
import type { UsbTransfer, VirtualUsbDevice } from "./usb_device.ts";

/** Which way a transfer goes. */
export type TransferKind = "control" | "out" | "in";

/**
 * Something that goes wrong on the bus, whatever the device means to say.
 *
 * - `remove`: the device is pulled out when this transfer begins; it never sees it.
 * - `stall`: the transfer stalls, the device never sees it.
 * - `hang`: nothing happens until the host gives up, resets the device, or it is pulled out.
 */
export interface TransferFault {
  /** What happens. */
  readonly kind: "remove" | "stall" | "hang";
  /** Number of the transfer, counted from 1; left out, the next that matches. */
  readonly at?: number | undefined;
  /** Strikes transfers of this kind only. */
  readonly on?: TransferKind | undefined;
}

/** The faults of one device's bus, and the count of its transfers. */
export interface TransferFaults {
  /** How many transfers the host has begun. */
  readonly transfers: number;
  /** The faults that have struck, in order. */
  readonly struck: readonly TransferFault[];
  /** Adds a fault. It strikes once. */
  schedule(fault: TransferFault): void;
}

/**
 * Puts faults between a host and a device.
 *
 * @example A device that is pulled out at the third transfer
 * ```ts
 * import { createVirtualToken } from "@otpsmith/simulator";
 * import { createCcidReader, withTransferFaults } from "@otpsmith/simulator/usb";
 *
 * const token = createVirtualToken({ model: "token2-single:C302-i" });
 * const reader = createCcidReader({ profile: "OMNIKEY 5427 CK", cards: [token.card] });
 * const { device, faults } = withTransferFaults(reader.device);
 * faults.schedule({ kind: "remove", at: 3 });
 * const { status } = await device.control({
 *   requestType: 0x80,
 *   request: 6,
 *   value: 0x0100,
 *   index: 0,
 *   length: 18,
 * }).result;
 * if (status !== "done" || faults.transfers !== 1) throw new Error("unexpected");
 * ```
 */
export function withTransferFaults(
  device: VirtualUsbDevice,
): { readonly device: VirtualUsbDevice; readonly faults: TransferFaults } {
  let transfers = 0;
  let scheduled: readonly TransferFault[] = [];
  const struck: TransferFault[] = [];
  const hanging = new Set<OpenTransfer>();
  const release = (status: "gone" | "aborted"): void => {
    for (const transfer of [...hanging]) transfer.end(status);
  };
  const pass = (kind: TransferKind, begin: () => UsbTransfer): UsbTransfer => {
    const number = ++transfers;
    const fault = scheduled.find(({ at = number, on = kind }) => at === number && on === kind);
    if (!fault || !device.plugged) return begin();
    scheduled = scheduled.filter((other) => other !== fault);
    struck.push(fault);
    if (fault.kind === "remove") {
      device.unplug();
      return ended("gone");
    }
    if (fault.kind === "stall") return ended("stall");
    const transfer = new OpenTransfer(0, (over) => hanging.delete(over));
    hanging.add(transfer);
    return transfer;
  };
  device.onPlugged(() => release("gone"));
  return {
    device: {
      descriptors: device.descriptors,
      speed: device.speed,
      get plugged() {
        return device.plugged;
      },
      control: (setup, data) => pass("control", () => device.control(setup, data)),
      out: (endpoint, data) => pass("out", () => device.out(endpoint, data)),
      in: (endpoint, length) => pass("in", () => device.in(endpoint, length)),
      reset: () => {
        release("aborted");
        device.reset();
      },
      plug: () => device.plug(),
      unplug: () => device.unplug(),
      onPlugged: (listener) => device.onPlugged(listener),
    },
    faults: {
      get transfers() {
        return transfers;
      },
      struck,
      schedule: (fault) => {
        scheduled = [...scheduled, fault];
      },
    },
  };
}
