import type { ApduSession } from "../../command/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type {
  DriverContext,
  Evidence,
  NotRecognised,
  Token,
  TokenDriver,
} from "../../token/mod.ts";
import { readInfo } from "./commands.ts";
import { protectimusFraming } from "./framing.ts";
import { ProtectimusSlimToken, slimTraits } from "./token.ts";

const EVIDENCE: Evidence = {
  level: "published-tool",
  note: "Written from the script of those who found that the clock can be set by anybody " +
    "(SySS-Research/protectimus-slim-proxmark3@c113bcb, CVE-2021-32033), which sends the same bytes from a " +
    "Proxmark3; that PC/SC readers carry them is our conclusion. Tried against our simulated token alone.",
};

const SOURCE = "SYSS-2021-007, SySS-Research/protectimus-slim-proxmark3@c113bcb";

/** PC/SC part 3: what a reader makes up for a card without contacts begins like that. */
const WITHOUT_CONTACTS: readonly number[] = [0x80, 0x01];

/**
 * The driver for Protectimus SLIM NFC tokens. It reads code and version and, on the version for which that is
 * known, sets the clock. Name it last: its question is no APDU that other cards know.
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { protectimusSlim } from "@otpsmith/core/drivers/protectimus_slim";
 *
 * const station = createStation({ transports: [], drivers: [protectimusSlim()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function protectimusSlim(): TokenDriver<"apdu"> {
  return {
    name: "protectimus_slim",
    family: "Protectimus SLIM NFC",
    kind: "apdu",
    evidence: EVIDENCE,
    models: [
      {
        model: "SLIM NFC",
        toldBy: "hardware 70 and firmware 10, which it says of itself",
        traits: slimTraits({ setsClock: true, periods: [30, 60] }),
        source: SOURCE,
      },
      {
        model: "SLIM NFC, other versions",
        toldBy: "other numbers there",
        traits: slimTraits({ setsClock: false, periods: [30, 60] }),
        source: SOURCE,
      },
    ],
    identify: async (
      { frames }: ApduSession,
      { signal, timeoutMs, facts }: DriverContext,
    ): Promise<Token | NotRecognised> => {
      // Cards with contacts and tokens that are readers of their own are somebody else's.
      const atr = facts?.atr;
      if (atr && !WITHOUT_CONTACTS.every((byte, index) => atr[2 + index] === byte)) {
        return { reason: "it is no contactless card" };
      }
      try {
        const framing = protectimusFraming;
        const info = await frames.send(readInfo, undefined, { signal, timeoutMs, framing });
        return new ProtectimusSlimToken({ session: frames, info, evidence: EVIDENCE });
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        return { reason: error.message };
      }
    },
  };
}
