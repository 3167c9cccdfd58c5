import {
  type ClockWrite,
  profileCheck,
  type ProfileChecks,
  type ProfileOptions,
  readProfileFile,
} from "../../token/mod.ts";

/** One row of a model table. */
export interface ModelRow {
  /** First digits of the serial number; the longest that fits wins. */
  readonly prefix: string;
  /** Model name as it is sold. */
  readonly model: string;
  /** Whether writing clock and settings leaves the seed in place. */
  readonly clockWrite: Extract<ClockWrite, "keeps-seeds" | "clears-seeds">;
  /** Where this row was learned. */
  readonly source: string;
}

/**
 * A label under which tokens of this family are sold, as data: the bytes on the wire are the same, the
 * key and the serial numbers are not. Owners of tokens under another label can write their own file; a
 * key is never guessed, because wrong answers may lock a token for good.
 */
export interface TokenProfile {
  /** Version of this shape. */
  readonly schema: 1;
  /** Short name, for messages: `token2`. */
  readonly name: string;
  /** The family under this label, for a person. */
  readonly family: string;
  /** Authentication key: 16 bytes in hexadecimal; in a file also where it is kept, `file:…` or `env:…`. */
  readonly key: string;
  /** Whether the key can be looked up by anybody, or belongs to the owner of the tokens. */
  readonly access: "published-key" | "private-key";
  /** Longest seed in bytes. */
  readonly seedMaxBytes: number;
  /** The models, in any order. */
  readonly models: readonly ModelRow[];
}

const PROFILE_CHECKS: ProfileChecks<TokenProfile> = {
  schema: [profileCheck.oneOf(1), "must be 1"],
  name: [
    profileCheck.pattern(/^[a-z0-9-]{1,40}$/),
    "must be lower-case letters, digits and hyphens",
  ],
  family: [profileCheck.text, "must be a text"],
  key: [profileCheck.pattern(/^[0-9a-fA-F]{32}$/), "must be 32 hexadecimal digits"],
  access: [
    profileCheck.oneOf("published-key", "private-key"),
    "must be published-key or private-key",
  ],
  seedMaxBytes: [profileCheck.whole(1, 63), "must be a whole number from 1 to 63"],
  models: [profileCheck.list, "must be a list of models"],
};

const MODEL_CHECKS: ProfileChecks<ModelRow> = {
  prefix: [profileCheck.pattern(/^[0-9]{4,14}$/), "must be 4 to 14 digits"],
  model: [profileCheck.text, "must be a text"],
  clockWrite: [
    profileCheck.oneOf("keeps-seeds", "clears-seeds"),
    "must be keeps-seeds or clears-seeds",
  ],
  source: [profileCheck.text, "must say where the row was learned"],
};

/**
 * Reads a profile file. Every field is wanted and none other is taken; the message names the field and
 * never shows a value, because one of them is a key.
 *
 * @throws {FormatError} `format/profile` with the path of the field that is wrong.
 *
 * @example Refuse a profile without a key
 * ```ts
 * import { parseTokenProfile } from "@otpsmith/core/drivers/token2_single";
 *
 * let message = "";
 * try {
 *   parseTokenProfile('{"schema": 1, "name": "acme", "family": "Acme"}', { source: "acme.json" });
 * } catch (error) {
 *   message = (error as Error).message;
 * }
 * if (!message.includes("key")) throw new Error("unexpected");
 * ```
 */
export function parseTokenProfile(
  text: string,
  options: ProfileOptions,
): TokenProfile {
  return readProfileFile<TokenProfile>(text, {
    ...options,
    fields: PROFILE_CHECKS,
    keys: ["key"],
    rows: { models: MODEL_CHECKS },
  });
}
