import type { UsbFunction } from "./usb_function.ts";

/** Stands where another interface of the real device would. */
export function silentInterface(): UsbFunction {
  return {
    shape: { kind: [0xff, 0, 0], extra: [], endpoints: [] },
    attach: () => {},
    power: () => {},
    control: () => undefined,
    out: () => {},
  };
}
