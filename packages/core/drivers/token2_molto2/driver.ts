import type { ApduSession } from "../../command/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type {
  DriverContext,
  Evidence,
  NotRecognised,
  Token,
  TokenDriver,
} from "../../token/mod.ts";
import { readMolto2Info, readProfile } from "./commands.ts";
import { findLabel, type Molto2Model, type Molto2Profile } from "./profile.ts";
import { molto2Token2Profile } from "./profile_token2.ts";
import { Molto2Token, molto2Traits } from "./token.ts";

const EVIDENCE: Evidence = {
  level: "published-tool",
  note:
    "Every command has the bytes that the maker's own tool (token2/molto2-tools@638688b) produces; that tool " +
    "and otpsmith read what the other wrote to our simulated token. No real token has been tried yet by this " +
    "project.",
};

/**
 * The driver for multi-profile tokens on USB: Molto2 with 50 and Molto2v2 with 100 profiles, and relatives
 * under other labels for which a profile is given.
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { token2Molto2 } from "@otpsmith/core/drivers/token2_molto2";
 *
 * const station = createStation({ transports: [], drivers: [token2Molto2()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function token2Molto2(
  options: { readonly profiles?: readonly Molto2Profile[] | undefined } = {},
): TokenDriver<"apdu"> {
  const profiles = [...options.profiles ?? [], molto2Token2Profile];
  return {
    name: "token2_molto2",
    family: molto2Token2Profile.family,
    kind: "apdu",
    evidence: EVIDENCE,
    models: profiles.flatMap((profile) =>
      profile.models.map((model) => ({
        model: model.model,
        toldBy: `serial number ${profile.serialPrefix || "of 15 digits"}, ${model.slots} profiles`,
        traits: molto2Traits({ profile, model }),
        source: model.source,
      }))
    ),
    identify: async (
      session: ApduSession,
      context: DriverContext,
    ): Promise<Token | NotRecognised> => {
      const { time, signal, timeoutMs } = context;
      try {
        const info = await session.send(readMolto2Info, undefined, { signal, timeoutMs });
        const profile = findLabel(info.serial, profiles);
        if (!profile) return { reason: "its serial number is none of this family" };
        const model = await findModel(session, { ...context, models: profile.models });
        const known = model && { profile, model };
        return new Molto2Token({ session, info, known, time, evidence: EVIDENCE });
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        return { reason: error.message };
      }
    },
  };
}

/**
 * A token does not name its model, but it tells its last profile and none beyond. One that has a profile
 * and is as large as none of the models is of this family and of no known model.
 *
 * @throws {TokenError} If it tells no profile at all.
 */
async function findModel(
  session: ApduSession,
  { models, signal, timeoutMs }: DriverContext & { readonly models: readonly Molto2Model[] },
): Promise<Molto2Model | undefined> {
  const options = { signal, timeoutMs };
  for (const model of [...models].sort((a, b) => b.slots - a.slots)) {
    const has = await session.send(readProfile, { slot: model.slots - 1 }, options)
      .then(() => true, (error: unknown) => {
        // Which status says that a profile is not there nobody has told. Data that make no sense do not.
        if (error instanceof TokenError && error.status !== 0x9000) return false;
        throw error;
      });
    if (has) return model;
  }
  await session.send(readProfile, { slot: 0 }, options);
  return undefined;
}
