import { inspect } from "node:util";
import { expect } from "vitest";
import { FormatError } from "@otpsmith/core/errors";
import type { Secret } from "@otpsmith/core/secret";
import { encodeBase32 } from "../base32.ts";

/** A text as the bytes that the parsers take. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Base32 as a string: tests may. */
export const base32 = (bytes: Uint8Array): string => new TextDecoder().decode(encodeBase32(bytes));

/** The seed as hexadecimal: tests may. */
export const hexOf = (secret: Secret): string =>
  secret.use((bytes) => Buffer.from(bytes).toString("hex"));

/** The FormatError that the call throws; fails if it throws nothing or anything else. */
export function errorOf(call: () => unknown): FormatError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return error as FormatError;
  }
  throw new Error("nothing was thrown");
}

/** Everything that a log or a screen could show of a value or an error. */
export function everythingShown(value: unknown): string {
  const error = value instanceof Error
    ? [value.message, value.stack, String((value as FormatError).next), String(value.cause)]
    : [];
  return [
    JSON.stringify(value),
    String(value),
    inspect(value, { depth: 9, showHidden: true }),
    ...error,
  ]
    .join("\n");
}

/** Fails if six or more characters in a row of the seed's text are in what is shown, in either case. */
export function expectHidden(shown: string, seedText: string): void {
  const haystack = shown.toLowerCase();
  const needle = seedText.toLowerCase();
  for (let i = 0; i + 6 <= needle.length; i++) {
    expect(haystack).not.toContain(needle.slice(i, i + 6));
  }
}
