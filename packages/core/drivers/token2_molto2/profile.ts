import {
  type ClockWrite,
  profileCheck,
  type ProfileChecks,
  type ProfileOptions,
  readProfileFile,
} from "../../token/mod.ts";

/** A model: tokens do not tell which they are, they tell which profiles they have. */
export interface Molto2Model {
  /** Name as it is sold. */
  readonly model: string;
  /** How many seeds it holds. */
  readonly slots: number;
  /** Whether writing clock and settings leaves the seeds in place; it does unless this says otherwise. */
  readonly clockWrite?: Extract<ClockWrite, "keeps-seeds" | "clears-seeds"> | undefined;
  /** Where this row was learned. */
  readonly source: string;
}

/**
 * A label under which multi-profile tokens are sold, as data: the bytes on the wire are the same, the
 * factory key and the serial numbers are not. Only published keys ship; a key is never guessed.
 */
export interface Molto2Profile {
  /** Version of this shape. */
  readonly schema: 1;
  /** What sort of tokens the file is for. */
  readonly kind: "token2_molto2";
  /** Short name, for messages: `token2`. */
  readonly name: string;
  /** The family under this label, for a person. */
  readonly family: string;
  /** Customer key that tokens leave the factory with, in hexadecimal; in a file also `file:…` or `env:…`. */
  readonly factoryKey: string;
  /** What serial numbers begin with; "" where all of 15 digits belong to it. */
  readonly serialPrefix: string;
  /** Longest seed in bytes. */
  readonly seedMaxBytes: number;
  /** The models, in any order. */
  readonly models: readonly Molto2Model[];
}

const PROFILE_CHECKS: ProfileChecks<Molto2Profile> = {
  schema: [profileCheck.oneOf(1), "must be 1"],
  kind: [profileCheck.oneOf("token2_molto2"), "must be token2_molto2"],
  name: [
    profileCheck.pattern(/^[a-z0-9-]{1,40}$/),
    "must be lower-case letters, digits and hyphens",
  ],
  family: [profileCheck.text, "must be a text"],
  factoryKey: [
    profileCheck.pattern(/^([0-9a-fA-F]{2}){1,64}$/),
    "must be 1 to 64 bytes in hexadecimal",
  ],
  serialPrefix: [profileCheck.pattern(/^\d{0,15}$/), "must be at most 15 digits"],
  seedMaxBytes: [profileCheck.whole(1, 63), "must be a whole number from 1 to 63"],
  models: [profileCheck.list, "must be a list of models"],
};

const MODEL_CHECKS: ProfileChecks<Molto2Model> = {
  model: [profileCheck.text, "must be a text"],
  slots: [profileCheck.whole(1, 255), "must be a whole number from 1 to 255"],
  clockWrite: [
    profileCheck.optional(profileCheck.oneOf("keeps-seeds", "clears-seeds")),
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
 * @example Refuse a profile of another sort
 * ```ts
 * import { parseMolto2Profile } from "@otpsmith/core/drivers/token2_molto2";
 *
 * let message = "";
 * try {
 *   parseMolto2Profile('{"schema": 1, "kind": "other"}', { source: "acme.json" });
 * } catch (error) {
 *   message = (error as Error).message;
 * }
 * if (!message.includes("kind")) throw new Error("unexpected");
 * ```
 */
export function parseMolto2Profile(
  text: string,
  options: ProfileOptions,
): Molto2Profile {
  return readProfileFile<Molto2Profile>(text, {
    ...options,
    fields: PROFILE_CHECKS,
    keys: ["factoryKey"],
    rows: { models: MODEL_CHECKS },
  });
}

const SERIAL_DIGITS = 15;

/**
 * The label that a serial number belongs to: the longest prefix wins, and on equal length the profile that
 * was named first. `undefined` for anything but 15 digits: tokens of other families answer alike.
 *
 * @example The serial number of a token that somebody has traced
 * ```ts
 * import { findLabel, molto2Token2Profile } from "@otpsmith/core/drivers/token2_molto2";
 *
 * if (findLabel("826658711763730", [molto2Token2Profile])?.name !== "token2") throw new Error("unexpected");
 * if (findLabel("86596321234567", [molto2Token2Profile])) throw new Error("unexpected");
 * ```
 */
export function findLabel(
  serial: string,
  profiles: readonly Molto2Profile[],
): Molto2Profile | undefined {
  if (serial.length !== SERIAL_DIGITS || !/^\d+$/.test(serial)) return undefined;
  return profiles.filter(({ serialPrefix }) => serial.startsWith(serialPrefix))
    .reduce<Molto2Profile | undefined>(
      (best, one) => best && best.serialPrefix.length >= one.serialPrefix.length ? best : one,
      undefined,
    );
}
