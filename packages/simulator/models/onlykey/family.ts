import type { Firmware, VirtualFamily, VirtualModel } from "../../firmware.ts";
import { Cells, packCells } from "../../parts/cells.ts";
import { OnlyKeyFirmware, type OnlyKeyMemory, READY_ONLYKEY } from "./firmware.ts";

/** How its owner left it. */
const STATES: Readonly<Record<string, Partial<OnlyKeyMemory>>> = {
  "onlykey": {},
  "locked": { unlocked: false, configMode: false },
  "in-use": { configMode: false },
  "new": { initialized: false, configMode: false },
};

/** OnlyKey: ready to be written, locked, unlocked but not in configuration mode, never set up. */
export const onlykeyFamily: VirtualFamily = {
  name: "onlykey",
  models: Object.keys(STATES).map((name): VirtualModel => ({
    name,
    digits: 8,
    prefix: "",
    restricted: false,
  })),
  produce: ({ name }) => ({ cells: packCells({ ...READY_ONLYKEY, ...STATES[name] }) }),
  boot: ({ flash, time }): Firmware => {
    const cells = new Cells<OnlyKeyMemory>(flash);
    return {
      atr: Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01), // it is no card
      process: () => Uint8Array.of(0x6d, 0x00),
      forgetSession: () => undefined,
      tearNextWrite: (steps) => cells.tearNextWrite(steps),
      reports: [new OnlyKeyFirmware(cells, time)],
    };
  },
};
