import type { ApduSession } from "../../command/mod.ts";
import { decodeHex } from "../../bytes/mod.ts";
import { Sm4 } from "../../crypto/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type { TimeSource } from "../../time/mod.ts";
import type {
  AccessFacet,
  ClockFacet,
  ClockReading,
  ConfigurationFacet,
  Evidence,
  SeedFacet,
  Token,
  TokenConfiguration,
  TokenIdentity,
  TokenTraits,
} from "../../token/mod.ts";
import {
  answerChallenge,
  getChallenge,
  readInfo,
  type TokenInfo,
  writeConfiguration,
  writeSeed,
} from "./commands.ts";
import { findModel, modelTraits } from "./models.ts";
import type { TokenProfile } from "./profile.ts";

/** What a recognised token is made from. */
export interface RecognisedToken {
  /** The open session. */
  readonly session: ApduSession;
  /** What the token said. */
  readonly info: TokenInfo;
  /** Labels whose tables are asked. */
  readonly profiles: readonly TokenProfile[];
  /** The clock to compare with. */
  readonly time: TimeSource;
  /** How well the driver is known to work. */
  readonly evidence: Evidence;
}

/** A token of this family; one whose serial number is in no table can be read and not written. */
export class Token2SingleToken implements Token {
  readonly identity: TokenIdentity;
  readonly traits: TokenTraits | undefined;
  readonly evidence: Evidence;
  readonly clock: ClockFacet;
  readonly access: AccessFacet | undefined;
  readonly configuration: ConfigurationFacet | undefined;
  readonly seeds: SeedFacet | undefined;

  /** Looks the serial number up and offers what the model can do. */
  constructor({ session, info, profiles, time, evidence }: RecognisedToken) {
    const match = findModel(info.serial, profiles);
    this.identity = {
      driver: "token2_single",
      family: match?.profile.family ?? "Token2 single-profile (2nd generation) or a relative",
      model: match?.row.model,
      serial: info.serial,
    };
    this.evidence = evidence;
    this.clock = {
      seen: reading(info, time),
      read: async (options?: CallOptions) =>
        reading(await session.send(readInfo, undefined, options), time),
    };
    if (!match) return;
    this.traits = modelTraits(match);
    const withCipher = async <T>(use: (cipher: Sm4) => Promise<T>): Promise<T> => {
      const key = decodeHex(match.profile.key);
      const cipher = new Sm4(key);
      try {
        return await use(cipher);
      } finally {
        key.fill(0);
        cipher.wipe();
      }
    };
    this.access = {
      authenticate: async (options?: CallOptions) => {
        const challenge = await session.send(getChallenge, undefined, options);
        await withCipher((cipher) => session.send(answerChallenge, { cipher, challenge }, options));
      },
    };
    this.configuration = {
      repeatable: writeConfiguration.repeatable,
      write: (configuration: TokenConfiguration, options?: CallOptions) =>
        withCipher((cipher) =>
          session.send(writeConfiguration, { cipher, configuration }, options)
        ),
    };
    this.seeds = {
      repeatable: writeSeed.repeatable,
      write: (seed: Secret, options?: CallOptions) =>
        withCipher((cipher) => session.send(writeSeed, { cipher, seed }, options)),
    };
  }
}

function reading(info: TokenInfo, time: TimeSource): ClockReading {
  const hostMilliseconds = time.now();
  // Both count in whole seconds here: the token does not say which part of a second has passed.
  const driftSeconds = info.clockSeconds - Math.floor(hostMilliseconds / 1000);
  return { tokenSeconds: info.clockSeconds, hostMilliseconds, driftSeconds };
}
