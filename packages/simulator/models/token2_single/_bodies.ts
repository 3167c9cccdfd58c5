import { Cursor, decodeHex } from "@otpsmith/core/bytes";

/**
 * What stands before the padding of a decrypted seed: the last 80 that only zeros follow, and the
 * zeros. `undefined` where there is no such 80.
 */
export function takeSeed(padded: Uint8Array): Uint8Array | undefined {
  const end = padded.findLastIndex((byte) => byte !== 0);
  return end >= 0 && padded[end] === 0x80 ? padded.subarray(0, end) : undefined;
}

/** What a configuration write says. Values are as on the wire: the token does not check their range. */
export interface ConfigBody {
  /** Time until the display goes off. */
  readonly displayOff: number;
  /** Seconds since 1970. */
  readonly seconds: number;
  /** Hash. */
  readonly algorithm: number;
  /** Time step in seconds. */
  readonly period: number;
}

/** The 19 bytes of a configuration, with a hole for each value; the rest must be just so. */
const CONFIG_SHAPE: readonly (string | [keyof ConfigBody, "u8" | "u32"])[] = [
  "81111F01",
  ["displayOff", "u8"],
  "0F04",
  ["seconds", "u32"],
  "86060A01",
  ["algorithm", "u8"],
  "0D01",
  ["period", "u8"],
];
const CONFIG_BYTES = 19;

/** Reads a configuration; `undefined` where a tag or a length is not what this family sends. */
export function readConfig(body: Uint8Array): ConfigBody | undefined {
  if (body.length !== CONFIG_BYTES) return undefined;
  const cursor = new Cursor(body);
  const values: Partial<Record<keyof ConfigBody, number>> = {};
  for (const part of CONFIG_SHAPE) {
    if (typeof part !== "string") values[part[0]] = cursor[part[1]]();
    else if (!decodeHex(part).every((byte) => byte === cursor.u8())) return undefined;
  }
  return values as unknown as ConfigBody;
}
