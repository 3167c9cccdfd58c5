import { FormatError } from "@otpsmith/core/errors";
import { expect } from "vitest";
import type { TokenFile, TokenRecord } from "../token_record.ts";
import { hexOf } from "./bytes.ts";

/** What a test wants to know of an entry: seeds as hexadecimal, refusals as their place and their text. */
export function told(file: TokenFile): readonly Record<string, unknown>[] {
  return file.entries.map((entry) => {
    if (entry instanceof FormatError) {
      const { code, message, line, next } = entry;
      expect(next).toBeTruthy();
      return { code, message, line };
    }
    return { ...entry, secret: hexOf(entry.secret) };
  });
}

/** A record with the usual settings, as `told` gives it. */
export function usual(parts: Partial<Omit<TokenRecord, "secret">> & { secret: string }): object {
  return {
    type: "totp",
    algorithm: "SHA1",
    digits: 6,
    period: 30,
    counter: 0,
    issuer: "",
    account: "",
    serial: "",
    manufacturer: "",
    model: "",
    user: "",
    warnings: [],
    ...parts,
  };
}

/** 20 ASCII digits, the seed of many standards. */
export const RFC_SEED = "3132333435363738393031323334353637383930";
/** The same in base32. */
export const RFC_BASE32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/** "Hello!" and four bytes, in base32 and in hexadecimal. */
export const HELLO = { base32: "JBSWY3DPEHPK3PXP", hex: "48656c6c6f21deadbeef" };
