import { type Firmware, type FirmwareParts, type VirtualFamily } from "../../firmware.ts";
import { readDisplay } from "../../parts/display.ts";
import { expectImage } from "../../parts/flash.ts";
import { TOKEN2_SINGLE_KEY, Token2SingleCore } from "./core.ts";
import { TOKEN2_SINGLE_MODELS } from "./models.ts";

/** Answer to reset that a reader makes up for a contactless card without historical bytes. */
const ATR: readonly number[] = [0x3b, 0x80, 0x80, 0x01, 0x01];

/** Time until the display goes off, by its byte on the wire; tokens do not check its range. */
const AUTO_OFF_SECONDS: readonly number[] = [15, 30, 60, 120];
const FACTORY_DISPLAY_OFF = 1;

/** Token2's single-profile tokens, second generation. */
export const token2SingleFamily: VirtualFamily = {
  name: "token2-single",
  models: TOKEN2_SINGLE_MODELS.map((model) => ({ ...model, digits: 14 })),
  produce: (_model, { seed }) => ({
    stored: {
      seed: seed?.clone() ?? null,
      algorithm: 1,
      period: 30,
      displayOff: FACTORY_DISPLAY_OFF,
    },
  }),
  boot: ({ flash, key, random, time, personality }: FirmwareParts): Firmware => {
    const core = new Token2SingleCore({
      flash,
      key: key ?? TOKEN2_SINGLE_KEY,
      random,
      now: () => time.now(),
      framing: personality.info ?? "zeros",
      lockAfter: personality.lockAfter,
    });
    return {
      atr: Uint8Array.from(ATR),
      process: (command) => core.process(command),
      forgetSession: () => core.forgetSession(),
      tearNextWrite: (steps) => core.tearNextWrite(steps),
      autoOffSeconds: () => {
        if (!personality.sleepy) return undefined;
        const code = expectImage(flash.read(), flash).active.displayOff;
        return AUTO_OFF_SECONDS[code] ?? AUTO_OFF_SECONDS[FACTORY_DISPLAY_OFF];
      },
      display: (now) => readDisplay(expectImage(flash.read(), flash), now),
    };
  },
};
