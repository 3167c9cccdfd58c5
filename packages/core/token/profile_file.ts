import { FormatError } from "../errors/format_error.ts";

/** Whether a value of a profile file can be taken. */
export type ProfileCheck = (value: unknown) => boolean;

/** The checks of an object: for each field its check, and what is said where it fails: "must be 1". */
export type ProfileChecks<Shape> = Readonly<
  Record<keyof Shape, readonly [check: ProfileCheck, wanted: string]>
>;

/** What values of a profile file are mostly checked for. */
export const profileCheck: {
  /** A text that is not empty. */
  readonly text: ProfileCheck;
  /** A list with something in it. */
  readonly list: ProfileCheck;
  /** One of these values. */
  readonly oneOf: (...allowed: readonly unknown[]) => ProfileCheck;
  /** A text of this pattern. */
  readonly pattern: (pattern: RegExp) => ProfileCheck;
  /** A whole number in this range. */
  readonly whole: (from: number, to: number) => ProfileCheck;
  /** What may be left out. */
  readonly optional: (check: ProfileCheck) => ProfileCheck;
} = {
  text: (value) => typeof value === "string" && value.length > 0,
  list: (value) => Array.isArray(value) && value.length > 0,
  oneOf: (...allowed) => (value) => allowed.includes(value),
  pattern: (pattern) => (value) => typeof value === "string" && pattern.test(value),
  whole: (from, to) => (value) =>
    Number.isInteger(value) && (value as number) >= from && (value as number) <= to,
  optional: (check) => (value) => value === undefined || check(value),
};

/** Where the text of a profile comes from. */
export interface ProfileOptions {
  /** Name of the file, for messages. */
  readonly source: string;
  /**
   * Finds a key that is kept elsewhere: what `file:acme.key` or `env:ACME_KEY` in its place stands for.
   * `undefined` where it cannot be read. Without this, a key has to stand in the file.
   */
  readonly lookUp?: ((reference: string) => string | undefined) | undefined;
}

/**
 * Reads a profile file, which says what the tokens of another label differ in, and checks it against a
 * table: every field is wanted and none other is taken. The message names the field and never shows a
 * value, because one of them may be a key.
 *
 * @throws {FormatError} `format/profile` with the path of the field that is wrong.
 *
 * @example A profile of one field
 * ```ts
 * import { profileCheck, readProfileFile } from "@otpsmith/core";
 *
 * const { name } = readProfileFile<{ readonly name: string; readonly models: readonly object[] }>(
 *   `{ "name": "acme", "models": [{}] }`,
 *   {
 *     source: "acme.json",
 *     fields: {
 *       name: [profileCheck.pattern(/^[a-z]+$/), "must be letters"],
 *       models: [profileCheck.list, "must be a list"],
 *     },
 *     rows: { models: {} },
 *   },
 * );
 * if (name !== "acme") throw new Error("unexpected");
 * ```
 */
export function readProfileFile<Profile extends object>(
  text: string,
  { source, lookUp, fields, rows, keys = [] }: ProfileOptions & {
    readonly fields: ProfileChecks<Profile>;
    /** Fields that hold keys: they may refer to a place where the key is kept. */
    readonly keys?: readonly (keyof Profile & string)[] | undefined;
    /** Checks for the objects of the fields that are lists. */
    readonly rows: Readonly<Partial<Record<keyof Profile, ProfileChecks<never>>>>;
  },
): Profile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("the file", "is not JSON", source); // the parser's own message quotes the text
  }
  value = withKeys(value, { source, lookUp, keys });
  checkFields(value, fields, { path: "", source });
  const profile = value as Profile;
  for (const [name, checks] of Object.entries(rows) as [keyof Profile & string, object][]) {
    (profile[name] as readonly unknown[]).forEach((row, index) =>
      checkFields(row, checks as Checks, { path: `${name}[${index}].`, source })
    );
  }
  return profile;
}

const REFERENCE = /^(file|env):/;

/** The same with the keys that it refers to. No message has any of them. */
function withKeys(
  value: unknown,
  { source, lookUp, keys }: ProfileOptions & { readonly keys: readonly string[] },
): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const fields: Record<string, unknown> = { ...value };
  for (const name of keys) {
    const reference = fields[name];
    if (typeof reference !== "string" || !REFERENCE.test(reference)) continue;
    const key = lookUp?.(reference);
    if (key === undefined) throw wrong(name, "refers to a key that cannot be read", source);
    fields[name] = key;
  }
  return fields;
}

type Checks = Readonly<Record<string, readonly [ProfileCheck, string]>>;

function checkFields(
  value: unknown,
  checks: Checks,
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
