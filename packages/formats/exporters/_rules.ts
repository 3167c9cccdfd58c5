import type { OtpAlgorithm } from "@otpsmith/core/otp";
import type { TokenRecord } from "../token_record.ts";
import type { Loss, Rule } from "./export_result.ts";

/** The target takes time-based codes alone. */
export const totpOnly = (target: string): Rule => ({ type }) =>
  type === "totp"
    ? undefined
    : { code: "hotp", message: `${target} takes no counter-based codes (HOTP) from this file.` };

/** The target has one of these hashes. */
export const hashes = (target: string, allowed: readonly OtpAlgorithm[]): Rule => ({ algorithm }) =>
  allowed.includes(algorithm) ? undefined : {
    code: "algorithm",
    message: `${target} does not compute with ${algorithm} here: codes would be wrong.`,
  };

/** The target has codes of these lengths. */
export const lengths = (target: string, allowed: readonly number[]): Rule => ({ digits }) =>
  allowed.includes(digits) ? undefined : {
    code: "digits",
    message: `${target} takes no codes of ${digits} digits: codes would be wrong.`,
  };

/** The target has one of these time steps. */
export const steps = (target: string, allowed: readonly number[]): Rule => ({ type, period }) =>
  type === "hotp" || allowed.includes(period) ? undefined : {
    code: "period",
    message: `${target} takes no time step of ${period} s: codes would be wrong.`,
  };

/** The target takes the hash from the length of the seed alone. */
export const hashByLength = (
  target: string,
  table: Readonly<Record<number, string>>,
): Rule =>
({ algorithm, secret: { length } }) => {
  const guessed = table[length] ?? "SHA1";
  return guessed === algorithm ? undefined : {
    code: "hash-by-length",
    message:
      `${target} takes the hash from the seed's length: ${length} bytes would become ${guessed} and not ` +
      `${algorithm}, and all codes would be wrong. Use PSKC for these tokens.`,
  };
};

/** The target names tokens by their serial numbers. */
export const serialNeeded = (target: string): Rule => ({ serial }) =>
  serial !== "" ? undefined : {
    code: "no-serial",
    message: `${target} needs a serial number for each token, and there is none.`,
  };

/** The target keeps the last token of a serial number. */
export function serialsOnce(target: string, records: readonly TokenRecord[]): Rule {
  const seen = new Map<string, number>();
  for (const { serial } of records) seen.set(serial, (seen.get(serial) ?? 0) + 1);
  return ({ serial }) =>
    serial === "" || seen.get(serial) === 1 ? undefined : {
      code: "serial-twice",
      message: `Serial numbers stand there twice: ${target} would keep one token of them.`,
    };
}

/** Texts of the file have no quotes: their separator cannot stand in them. */
export const bareTexts =
  (target: string, fields: readonly (keyof TokenRecord)[]): Rule => (record) =>
    fields.some((field) => /[,"\r\n]|^#/.test(String(record[field])))
      ? {
        code: "bad-text",
        message: `${target} reads no quotes, and a text holds a comma, a quote or a line end.`,
      }
      : undefined;

/** The target assigns tokens by user. */
export const userWanted = (target: string): Rule => ({ user }) =>
  user !== "" ? undefined : {
    code: "no-user",
    message: `No user is named: ${target} will hold the token unassigned, or ask for one.`,
  };

/** Texts that the file has no place for. */
export const lost = (target: string, fields: readonly NameField[]): Rule => (record) => {
  const names = fields.filter((field) => record[field] !== "");
  return names.length === 0 ? undefined : {
    code: "names-lost",
    message: `${target} has no place for ${names.map((name) => NAMES[name]).join(", ")}.`,
  };
};

type NameField = "issuer" | "account" | "user" | "manufacturer" | "model";

const NAMES: Readonly<Record<NameField, string>> = {
  issuer: "the service",
  account: "the account",
  user: "the user",
  manufacturer: "the maker",
  model: "the model",
};

/** Counters other than zero have no place. */
export const countersLost = (target: string): Rule => ({ type, counter }) =>
  type === "totp" || counter === 0 ? undefined : {
    code: "counter-lost",
    message: `${target} has no place for the counter: it starts at 0 and has to be resynchronised.`,
  };

/** Something that is true of the whole file. */
export const note = (code: Loss["code"], message: string): Loss => ({ records: [], code, message });
