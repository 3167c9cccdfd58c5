import { encodeHex } from "@otpsmith/core/bytes";
import type { Firmware, FirmwareParts, VirtualFamily } from "../../firmware.ts";
import { MOLTO2_FACTORY_KEY, Molto2Core } from "./core.ts";
import { EMPTY_SLOT, encodeMemory, readMolto2Memory } from "./memory.ts";

/** The real one is not published; this is what a card without historical bytes says. */
const ATR: readonly number[] = [0x3b, 0x80, 0x80, 0x01, 0x01];

/** How many profiles each model has; `unknown` is one that is in no table of a host. */
const PROFILES: Readonly<Record<string, number>> = { Molto2: 50, Molto2v2: 100, unknown: 10 };

/** Token2's multi-profile tokens. Which model one is shows in how many profiles it has. */
export const token2Molto2Family: VirtualFamily = {
  name: "token2-molto2",
  models: Object.keys(PROFILES).map((name) => ({
    name,
    digits: 15,
    prefix: "", // nobody knows which numbers belong to which model
    restricted: false,
  })),
  produce: ({ name }, { seed, key }) => ({
    cells: encodeMemory({
      key: key ?? MOLTO2_FACTORY_KEY,
      locked: false,
      slots: Array.from(
        { length: PROFILES[name]! },
        (_, index) => index === 0 && seed ? { ...EMPTY_SLOT, seed } : EMPTY_SLOT,
      ),
    }),
  }),
  look: (image) => {
    const { key, locked, slots } = readMolto2Memory(image);
    const clocks = slots.map(({ rtcSeconds, toldSeconds }) => [rtcSeconds, toldSeconds]);
    const rest = slots.map(({ title, algorithm, step, digits, displayOff }) =>
      [...title, algorithm, step, digits, displayOff].join()
    );
    return {
      seed: slots[0]!.seed,
      clock: JSON.stringify(clocks),
      settings: JSON.stringify([locked, rest, slots.slice(1).map(({ seed }) => seed?.length)]),
      key: encodeHex(key),
    };
  },
  boot: ({ flash, random, time, button, personality }: FirmwareParts): Firmware => {
    const { lockAfter, molto2: quirks = {} } = personality;
    const core = new Molto2Core({ flash, random, time, button, lockAfter, quirks });
    return {
      atr: Uint8Array.from(ATR),
      process: (command) => core.process(command),
      forgetSession: () => core.forgetSession(),
      tearNextWrite: (steps) => core.tearNextWrite(steps),
      display: (now, slot) => core.display(now, slot),
    };
  },
};
