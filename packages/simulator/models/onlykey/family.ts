import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import type { Firmware, VirtualFamily, VirtualModel } from "../../firmware.ts";
import { Cells, packCells, readCells } from "../../parts/cells.ts";
import { OnlyKeyFirmware, type OnlyKeyMemory, READY_ONLYKEY, TOTP } from "./firmware.ts";

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
  produce: ({ name }, { seed }) => ({
    cells: packCells({
      ...READY_ONLYKEY,
      ...STATES[name],
      ...(seed &&
        { slots: { 1: { label: "delivered", codeType: TOTP, seed: seed.use(encodeHex) } } }),
    }),
  }),
  look: (image) => {
    const { slots, ahead, ...state } = readCells<OnlyKeyMemory>(image);
    const { 1: first, ...others } = slots;
    const { seed = "", ...settings } = first ?? {};
    return {
      seed: seed === "" ? null : Secret.take(decodeHex(seed)),
      clock: String(ahead),
      settings: JSON.stringify([settings, others]),
      key: JSON.stringify(state),
    };
  },
  boot: ({ flash, time }): Firmware => {
    const cells = new Cells<OnlyKeyMemory>(flash);
    const reports = new OnlyKeyFirmware(cells, time);
    return {
      atr: Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01), // it is no card
      process: () => Uint8Array.of(0x6d, 0x00),
      forgetSession: () => undefined,
      tearNextWrite: (steps, torn) => cells.tearNextWrite(steps, torn),
      reports: [reports],
      usb: {
        vendorId: 0x1d50,
        productId: 0x60fc,
        manufacturer: "CRYPTOTRUST",
        product: "ONLYKEY",
        interfaces: ["other", "reports"],
      },
      display: (now, slot) => reports.typed(now, slot),
    };
  },
};
