import type { TokenTraits } from "../../token/mod.ts";
import type { ModelRow, TokenProfile } from "./profile.ts";

/** Serial numbers of this family. Others may belong to tokens that these commands would damage. */
const SERIAL = /^\d{14}$/;

/** Where a serial number belongs. */
export interface ModelMatch {
  /** The label. */
  readonly profile: TokenProfile;
  /** The model. */
  readonly row: ModelRow;
}

/**
 * Looks a serial number up in the tables of all profiles: the longest prefix wins, and on equal length
 * the profile that was named first.
 *
 * @example Recognise a model
 * ```ts
 * import { findModel, token2Profile } from "@otpsmith/core/drivers/token2_single";
 *
 * if (findModel("86596321234567", [token2Profile])?.row.model !== "C302-i") throw new Error("unexpected");
 * if (findModel("12345671234567", [token2Profile]) !== undefined) throw new Error("unexpected");
 * ```
 */
export function findModel(
  serial: string,
  profiles: readonly TokenProfile[],
): ModelMatch | undefined {
  if (!SERIAL.test(serial)) return undefined;
  let best: ModelMatch | undefined;
  for (const profile of profiles) {
    for (const row of profile.models) {
      const longer = !best || row.prefix.length > best.row.prefix.length;
      if (serial.startsWith(row.prefix) && longer) best = { profile, row };
    }
  }
  return best;
}

/**
 * What a model can do. There is no digits field on the wire: these tokens always show six.
 *
 * @example A model that forgets its seed when the clock is written
 * ```ts
 * import { findModel, modelTraits, token2Profile } from "@otpsmith/core/drivers/token2_single";
 *
 * const traits = modelTraits(findModel("86596221234567", [token2Profile])!);
 * if (traits.clockWrite !== "clears-seeds") throw new Error("unexpected");
 * ```
 */
export function modelTraits({ profile, row }: ModelMatch): TokenTraits {
  return {
    slots: { count: 1, titleBytes: 0 },
    seed: { minBytes: 1, maxBytes: profile.seedMaxBytes },
    algorithms: ["SHA1", "SHA256"],
    digits: [6],
    periods: [30, 60],
    displayOffSeconds: [15, 30, 60, 120],
    clockWrite: row.clockWrite,
    access: profile.access,
    proof: ["display"],
    hands: ["power-cycle"],
  };
}
