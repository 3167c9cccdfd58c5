import { inspect } from "node:util";
import { expect } from "vitest";
import { encodeHex } from "@otpsmith/core/bytes";
import { FormatError } from "@otpsmith/core/errors";
import type { Secret } from "@otpsmith/core/secret";
import { encodeBase32 } from "../base32.ts";

/** A text as the bytes that the parsers take. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Base32 as a string: tests may. */
export const base32 = (bytes: Uint8Array): string => new TextDecoder().decode(encodeBase32(bytes));

/** Bytes as hexadecimal in lower case. */
export const hex = (bytes: Uint8Array): string => encodeHex(bytes).toLowerCase();

/** The seed as hexadecimal: tests may. */
export const hexOf = (secret: Secret): string => secret.use(hex);

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
    inspect?.(value, { depth: 9, showHidden: true }), // not in browsers: nothing there prints like it
    ...error,
  ]
    .join("\n");
}

/** Everything shown of what the call gives, or of the FormatError, with its next step, that it throws. */
export function shownBy(call: () => unknown): string {
  try {
    return everythingShown(call());
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).next).toBeTruthy();
    return everythingShown(error);
  }
}

/** Fails if six or more characters in a row of the seed's text are in what is shown, in either case. */
export function expectHidden(shown: string, seedText: string): void {
  const haystack = shown.toLowerCase();
  const parts = Array.from(
    { length: Math.max(0, seedText.length - 5) },
    (_, i) => seedText.slice(i, i + 6).toLowerCase(),
  );
  expect(parts.filter((part) => haystack.includes(part))).toEqual([]);
}
