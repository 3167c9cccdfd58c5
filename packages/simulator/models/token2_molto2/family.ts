import type { Firmware, FirmwareParts, VirtualFamily } from "../../firmware.ts";
import { MOLTO2_FACTORY_KEY, Molto2Core } from "./core.ts";
import { EMPTY_SLOT, encodeMemory } from "./memory.ts";

/** The real one is not published; this is what a card without historical bytes says. */
const ATR: readonly number[] = [0x3b, 0x80, 0x80, 0x01, 0x01];

const PROFILES: Readonly<Record<string, number>> = { Molto2: 50, Molto2v2: 100 };

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
