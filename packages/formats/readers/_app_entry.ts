import type { FormatError } from "@otpsmith/core/errors";
import type { TokenFile, TokenRecord } from "../token_record.ts";
import {
  algorithmOf,
  COUNTER,
  DIGITS,
  eachEntry,
  numberIn,
  PERIOD,
  printable,
  record,
  type Refuse,
  seedOf,
  typeOf,
} from "./_entry.ts";
import type { JsonValue } from "./_json.ts";
import type { Input } from "./_place.ts";

/** Where an app keeps the parts of an account; what it does not keep is `undefined`. */
export interface AppFields {
  readonly type: JsonValue | undefined;
  readonly secret: JsonValue | undefined;
  readonly algorithm: JsonValue | undefined;
  readonly digits: JsonValue | undefined;
  readonly period: JsonValue | undefined;
  readonly counter: JsonValue | undefined;
  readonly issuer: JsonValue | undefined;
  readonly account: JsonValue | undefined;
}

/** Reads the accounts of an app's list. */
export function readAccounts(
  list: JsonValue | undefined,
  input: Input,
  fieldsOf: (entry: JsonValue) => AppFields,
): TokenFile["entries"] {
  if (list?.kind !== "array") {
    throw input.fail("it has no list of accounts", list?.at ?? 0, "Export it from the app again.");
  }
  return eachEntry(list.items, (entry, index) => {
    const refuse: Refuse = (state, next): FormatError =>
      input.fail(`entry ${index + 1}: ${state}`, entry.at, next);
    const place = { source: input.source, position: entry.at, line: input.lineOf(entry.at) };
    return readAccount(fieldsOf(entry), place, refuse);
  });
}

function readAccount(
  fields: AppFields,
  place: { source: string; position: number; line: number },
  refuse: Refuse,
): TokenRecord {
  const type = typeOf(fields.type?.text ?? "", place, refuse);
  if (fields.secret?.kind !== "string") {
    throw refuse("it has no secret", "Set it up anew at the service.");
  }
  const settings = {
    type,
    line: place.line,
    algorithm: algorithmOf(fields.algorithm?.text ?? "", refuse),
    digits: numberIn(numberOf(fields.digits), DIGITS, refuse),
    period: numberIn(numberOf(fields.period), PERIOD, refuse),
    counter: numberIn(numberOf(fields.counter), COUNTER, refuse),
    issuer: printable(fields.issuer?.text ?? ""),
    account: printable(fields.account?.text ?? ""),
  };
  const text = fields.secret.bytes;
  try {
    return record({ ...settings, ...seedOf(text, "base32", refuse) });
  } finally {
    text.fill(0);
  }
}

/** The number of a field: missing is `undefined`, and something that is no number is refused as NaN. */
function numberOf(value: JsonValue | undefined): number | undefined {
  return value === undefined ? undefined : value.number ?? NaN;
}
