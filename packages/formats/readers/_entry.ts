import { FormatError } from "@otpsmith/core/errors";
import type { OtpAlgorithm } from "@otpsmith/core/otp";
import type { Secret } from "@otpsmith/core/secret";
import { type ParsedSeed, readDigits, type SeedNotation } from "../_digits.ts";
import type { TokenRecord } from "../token_record.ts";
import { printable } from "../_uri_text.ts";
import { WRONG_CODES } from "../wrong_code.ts";

export { printable };

/** Most entries of one file: more are no list of tokens but a mistake or an attack. */
export const MAX_ENTRIES = 500_000;

/** Makes the error of an entry: what is wrong, where, and the next step. */
export type Refuse = (state: string, next: string) => FormatError;

const ALGORITHMS: Readonly<Record<string, OtpAlgorithm>> = {
  SHA1: "SHA1",
  SHA256: "SHA256",
  SHA512: "SHA512",
};

/** The hash function of a name in any spelling: `sha-1`, `HmacSHA256`. Empty means SHA-1. */
export function algorithmOf(name: string, refuse: Refuse): OtpAlgorithm {
  const bare = name.toUpperCase().replace(/[-_ ]/g, "").replace(/^HMAC/, "");
  const algorithm = bare === "" ? "SHA1" : ALGORITHMS[bare];
  if (algorithm && (bare === "" || Object.hasOwn(ALGORITHMS, bare))) return algorithm;
  throw refuse(
    "its hash is not SHA-1, SHA-256 or SHA-512",
    "No token computes such codes: ask the service for SHA-1.",
  );
}

/** A whole number in a range, or the default if it is not given. */
export function numberIn(
  value: number | undefined,
  limits: Limits,
  refuse: Refuse,
): number {
  if (value === undefined) return limits.default;
  if (Number.isInteger(value) && value >= limits.from && value <= limits.to) return value;
  throw refuse(
    `its ${limits.name} is not a whole number from ${limits.from} to ${limits.to}`,
    "Correct it, or export it again.",
  );
}

/** What a number of an entry may be. */
export interface Limits {
  /** What it is called in messages. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** What it is if the file does not say. */
  readonly default: number;
}

/** The limits of the numbers that files hold. */
export const DIGITS: Limits = { name: "code length", from: 1, to: 10, default: 6 };
export const PERIOD: Limits = { name: "time step", from: 1, to: 9_999_999, default: 30 };
export const COUNTER: Limits = {
  name: "counter",
  from: 0,
  to: Number.MAX_SAFE_INTEGER,
  default: 0,
};

/** Kinds of codes that no token with a clock can show, by the names that apps give them. */
const OTHER_KINDS: Readonly<Record<string, "steam" | "yandex" | "motp">> = {
  steam: "steam",
  yandex: "yandex",
  yaotp: "yandex",
  motp: "motp",
};

/** The type of an entry by its name; refuses by name what is neither TOTP nor HOTP. */
export function typeOf(
  name: string,
  place: { source: string; position?: number; line?: number },
  refuse: Refuse,
): TokenRecord["type"] {
  const kind = name.trim().toLowerCase();
  if (kind === "" || kind === "totp") return "totp";
  if (kind === "hotp") return "hotp";
  if (Object.hasOwn(OTHER_KINDS, kind)) {
    const { message, next } = WRONG_CODES[OTHER_KINDS[kind]!];
    throw new FormatError("unusable-account", message, { ...place, next });
  }
  throw refuse("it is neither TOTP nor HOTP", "Ask the service for time-based codes (TOTP).");
}

/** Reads the digits of a seed; an error names the place of the entry and never the seed. */
export function seedOf(
  text: Uint8Array,
  notation: SeedNotation,
  refuse: Refuse,
): ParsedSeed {
  try {
    return readDigits(text, notation, { source: "", what: "seed", kind: "seed" });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const state = error.message.slice(error.message.indexOf(": ") + 2);
    throw refuse(`of its seed, ${state}`, error.next ?? "Copy it again.");
  }
}

/** A record; what is not given is empty or the usual. */
export function record(
  parts: Partial<Omit<TokenRecord, "secret">> & { readonly secret: Secret },
): TokenRecord {
  // Written out: spreading the parts would cost a large list half of its time.
  const {
    type = "totp",
    algorithm = "SHA1",
    digits = DIGITS.default,
    period = PERIOD.default,
    counter = COUNTER.default,
    issuer = "",
    account = "",
    serial = "",
    manufacturer = "",
    model = "",
    user = "",
    warnings = NONE,
    secret,
    line,
  } = parts;
  const names = { issuer, account, serial, manufacturer, model, user };
  const whole = { type, secret, algorithm, digits, period, counter, ...names, warnings };
  return line === undefined ? whole : { ...whole, line };
}

const NONE: readonly string[] = [];

/** Reads each entry; one that is refused stands in the list as its error, and the others go on. */
export function eachEntry<T>(
  items: Iterable<T>,
  read: (item: T, index: number) => TokenRecord,
): (TokenRecord | FormatError)[] {
  const entries: (TokenRecord | FormatError)[] = [];
  let index = 0;
  for (const item of items) {
    try {
      entries.push(read(item, index++));
    } catch (error) {
      if (!(error instanceof FormatError)) {
        wipeEntries(entries);
        throw error;
      }
      entries.push(error);
    }
  }
  return entries;
}

/** Overwrites the seeds of entries that will not be given to anybody. */
export function wipeEntries(entries: readonly (TokenRecord | FormatError)[]): void {
  for (const entry of entries) if (!(entry instanceof FormatError)) entry.secret.wipe();
}
