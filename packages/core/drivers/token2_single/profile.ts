import { FormatError } from "../../errors/mod.ts";
import type { ClockWrite } from "../../token/mod.ts";

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
  /** Authentication key: 16 bytes in hexadecimal. */
  readonly key: string;
  /** Whether the key can be looked up by anybody, or belongs to the owner of the tokens. */
  readonly access: "published-key" | "private-key";
  /** Longest seed in bytes. */
  readonly seedMaxBytes: number;
  /** The models, in any order. */
  readonly models: readonly ModelRow[];
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === "string" && value.length > 0;
const oneOf = (...allowed: readonly unknown[]): Check => (value) => allowed.includes(value);
const matches = (pattern: RegExp): Check => (value) =>
  typeof value === "string" && pattern.test(value);

const PROFILE_CHECKS: Readonly<Record<keyof TokenProfile, readonly [Check, string]>> = {
  schema: [oneOf(1), "must be 1"],
  name: [matches(/^[a-z0-9-]{1,40}$/), "must be lower-case letters, digits and hyphens"],
  family: [isText, "must be a text"],
  key: [matches(/^[0-9a-fA-F]{32}$/), "must be 32 hexadecimal digits"],
  access: [oneOf("published-key", "private-key"), "must be published-key or private-key"],
  seedMaxBytes: [
    (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 63,
    "must be a whole number from 1 to 63",
  ],
  models: [(value) => Array.isArray(value) && value.length > 0, "must be a list of models"],
};

const MODEL_CHECKS: Readonly<Record<keyof ModelRow, readonly [Check, string]>> = {
  prefix: [matches(/^[0-9]{4,14}$/), "must be 4 to 14 digits"],
  model: [isText, "must be a text"],
  clockWrite: [oneOf("keeps-seeds", "clears-seeds"), "must be keeps-seeds or clears-seeds"],
  source: [isText, "must say where the row was learned"],
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
  options: { readonly source: string },
): TokenProfile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("the file", "is not JSON", options.source); // the parser's own message quotes the text
  }
  checkFields(value, PROFILE_CHECKS, { path: "", source: options.source });
  const profile = value as TokenProfile;
  profile.models.forEach((row, index) =>
    checkFields(row, MODEL_CHECKS, { path: `models[${index}].`, source: options.source })
  );
  return profile;
}

function checkFields(
  value: unknown,
  checks: Readonly<Record<string, readonly [Check, string]>>,
  { path, source }: { readonly path: string; readonly source: string },
): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(path === "" ? "the file" : path.slice(0, -1), "must be an object", source);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [name, [check, wanted]] of Object.entries(checks)) {
    if (!check(fields[name])) throw wrong(path + name, wanted, source);
  }
  for (const name of Object.keys(fields)) {
    if (!(name in checks)) throw wrong(path + name.slice(0, 40), "is not a known field", source);
  }
}

function wrong(field: string, state: string, source: string): FormatError {
  return new FormatError("profile", `Cannot read token profile: ${field} ${state}`, {
    source,
    next: "Compare the file with the shipped profile in the driver's documentation.",
  });
}
