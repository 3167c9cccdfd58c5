import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import type { Firmware, VirtualFamily } from "../../firmware.ts";
import { Cells, packCells, readCells } from "../../parts/cells.ts";
import {
  NEW_NITROKEY,
  type NitrokeyMemory,
  NitrokeyProFirmware,
  type NitrokeySlot,
  TRIES,
} from "./firmware.ts";

/** The slot that a burn without a number goes to. */
const FIRST = "20";
const DELIVERED: Omit<NitrokeySlot, "seed"> = { name: "delivered", interval: 30, flags: 0 };

/** USB product ids; to its slots a Storage answers as a Pro does. */
const PRODUCTS: Readonly<Record<string, number>> = { pro: 0x4108, storage: 0x4109 };

/** Nitrokey Pro and Storage: its OTP slots are on HID alone. */
export const nitrokeyProFamily: VirtualFamily = {
  name: "nitrokey",
  models: Object.keys(PRODUCTS).map((name) => ({
    name,
    digits: 8,
    prefix: "",
    restricted: false,
  })),
  produce: (_model, { seed }) => ({
    cells: packCells({
      ...NEW_NITROKEY,
      ...(seed && { slots: { [FIRST]: { ...DELIVERED, seed: seed.use(encodeHex) } } }),
    }),
  }),
  look: (image) => {
    const { pin, tries, slots, ahead } = readCells<NitrokeyMemory>(image);
    const { [FIRST]: first, ...others } = slots;
    const { seed = "", ...settings } = first ?? {};
    return {
      seed: seed === "" ? null : Secret.take(decodeHex(seed)),
      clock: String(ahead),
      settings: JSON.stringify([settings, others]),
      key: pin,
      tries: TRIES - tries,
      serial: Number(image.serial).toString(16).toUpperCase().padStart(8, "0"),
    };
  },
  boot: ({ model, flash, time }): Firmware => {
    const cells = new Cells<NitrokeyMemory>(flash);
    const reports = new NitrokeyProFirmware(cells, time);
    return {
      // Its smart card is an OpenPGP card, which is not played.
      atr: Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01),
      process: () => Uint8Array.of(0x6d, 0x00),
      forgetSession: () => reports.power(),
      tearNextWrite: (steps, torn) => cells.tearNextWrite(steps, torn),
      reports: [reports],
      usb: {
        vendorId: 0x20a0,
        productId: PRODUCTS[model.name]!,
        manufacturer: "Nitrokey",
        product: model.name === "pro" ? "Nitrokey Pro" : "Nitrokey Storage",
        interfaces: ["reports", "other"],
      },
    };
  },
};
