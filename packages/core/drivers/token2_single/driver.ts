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
import { modelTraits } from "./models.ts";
import type { TokenProfile } from "./profile.ts";
import { token2Profile } from "./profile_token2.ts";
import { Token2SingleToken } from "./token.ts";

const EVIDENCE: Evidence = {
  level: "maker-firmware",
  note:
    "Every command was accepted by the maker's open firmware core (token2/openT2OTP@612317a) built " +
    "on a PC; no real token has been tried yet by this project.",
};

/**
 * The driver for single-profile tokens of the second generation: OTPC-P1-i, OTPC-P2-i, miniOTP-2-i,
 * miniOTP-3-i, C301-i, C302-i, and relatives under other labels for which a profile is given.
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { token2Single } from "@otpsmith/core/drivers/token2_single";
 *
 * const station = createStation({ transports: [], drivers: [token2Single()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function token2Single(
  options: { readonly profiles?: readonly TokenProfile[] | undefined } = {},
): TokenDriver<"apdu"> {
  const profiles = [...options.profiles ?? [], token2Profile];
  return {
    name: "token2_single",
    family: token2Profile.family,
    kind: "apdu",
    evidence: EVIDENCE,
    models: profiles.flatMap((profile) =>
      profile.models.map((row) => ({
        model: row.model,
        toldBy: `serial number ${row.prefix}…`,
        traits: modelTraits({ profile, row }),
        source: row.source,
      }))
    ),
    identify: async (
      session: ApduSession,
      context: DriverContext,
    ): Promise<Token | NotRecognised> => {
      const { time, signal, timeoutMs, facts } = context;
      // Multi-profile tokens are readers of their own, answer this family's question alike, and may be
      // damaged by its other commands.
      if (/molto/i.test(facts?.reader ?? "")) return { reason: "its reader is that of a Molto2" };
      try {
        const info = await session.send(readInfo, undefined, { signal, timeoutMs });
        return new Token2SingleToken({ session, info, profiles, time, evidence: EVIDENCE });
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        // An answer that is no answer of this family is another family's business. One that was garbled
        // on its way looks the same: whoever waits for a certain token asks again.
        return { reason: error.message };
      }
    },
  };
}
