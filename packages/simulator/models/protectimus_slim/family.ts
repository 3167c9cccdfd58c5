import type { VirtualFamily, VirtualModel } from "../../firmware.ts";
import { SlimFirmware, type SlimVersion } from "./firmware.ts";

/**
 * `SLIM-NFC` is the version that was looked at (SYSS-2021-007). Later ones are said to take no clock; what they
 * say of themselves is not published, so the numbers of `later` are made up.
 */
const VERSIONS: Readonly<Record<string, SlimVersion>> = {
  "SLIM-NFC": { hardware: 0x70, firmware: [0x10, 0x01], setsClock: true },
  "later": { hardware: 0x71, firmware: [0x11, 0x00], setsClock: false },
};

/** Protectimus SLIM NFC: tells code and version, takes a clock; a seed comes from its maker's app alone. */
export const protectimusSlimFamily: VirtualFamily = {
  name: "protectimus-slim",
  models: Object.keys(VERSIONS).map((name): VirtualModel => ({
    name,
    digits: 10,
    prefix: "", // printed on it, and never told
    restricted: false,
  })),
  produce: (_model, { seed }) => ({
    stored: { seed: seed?.clone() ?? null, algorithm: 1, period: 30, displayOff: 0 },
  }),
  look: ({ clock, stored: { seed, ...settings } }) => ({
    seed,
    clock: JSON.stringify(clock),
    settings: JSON.stringify(settings),
    key: "", // it has none
    serial: null, // printed on it, and never told
  }),
  boot: ({ model: { name }, flash, time }) =>
    new SlimFirmware({ version: VERSIONS[name]!, flash, now: () => time.now() }),
};
