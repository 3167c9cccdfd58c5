import type { Firmware, VirtualFamily } from "../../firmware.ts";
import { Cells, packCells } from "../../parts/cells.ts";
import { NEW_NITROKEY, type NitrokeyMemory, NitrokeyProFirmware } from "./firmware.ts";

/** Nitrokey Pro: its OTP slots are on HID alone. */
export const nitrokeyProFamily: VirtualFamily = {
  name: "nitrokey",
  models: [{ name: "pro", digits: 8, prefix: "", restricted: false }],
  produce: () => ({ cells: packCells(NEW_NITROKEY) }),
  boot: ({ flash, time }): Firmware => {
    const cells = new Cells<NitrokeyMemory>(flash);
    const reports = new NitrokeyProFirmware(cells, time);
    return {
      // Its smart card is an OpenPGP card, which is not played.
      atr: Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01),
      process: () => Uint8Array.of(0x6d, 0x00),
      forgetSession: () => reports.power(),
      tearNextWrite: (steps) => cells.tearNextWrite(steps),
      reports: [reports],
    };
  },
};
