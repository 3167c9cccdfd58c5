import { Secret as OtpAuthSecret, TOTP } from "otpauth";
import type { Secret } from "@otpsmith/core/secret";
import { clockSeconds } from "./clock.ts";
import type { FlashImage } from "./flash.ts";

/** What a person sees on the token. */
export interface DisplayReading {
  /** The six digits, or `null` while there is nothing to show. */
  readonly code: string | null;
  /** The whole display: the code, dashes where there is no seed, empty while it is switched off. */
  readonly text: string;
  /** Seconds until the next code by the token's own clock; 0 while there is no code. */
  readonly secondsLeft: number;
}

/** A display that is switched off. */
export const DARK: DisplayReading = { code: null, text: "", secondsLeft: 0 };

/** A token that has no seed shows this. */
export const DASHES: DisplayReading = { code: null, text: "------", secondsLeft: 0 };

/** Tokens of this family cannot be told to show another number of digits. */
const DIGITS = 6;

/** What codes are computed from. */
export interface CodeSource {
  /** The seed. */
  readonly seed: Secret;
  /** Hash as the byte on the wire: 2 is SHA-256, all others count as SHA-1. */
  readonly algorithm: number;
  /** Time step in seconds. */
  readonly period: number;
  /** How many digits are shown. */
  readonly digits: number;
}

/** The code of a moment, computed by an independent library. A time step of 0 shows dashes. */
export function readCode(
  { seed, algorithm, period, digits }: CodeSource,
  seconds: number,
): DisplayReading {
  if (period === 0) return DASHES;
  const code = seed.use((bytes) =>
    new TOTP({
      secret: new OtpAuthSecret({ buffer: new Uint8Array(bytes).buffer }),
      algorithm: algorithm === 2 ? "SHA256" : "SHA1",
      digits,
      period,
    }).generate({ timestamp: seconds * 1000 })
  );
  return { code, text: code, secondsLeft: period - seconds % period };
}

/**
 * What a switched-on token shows: computed by an independent library from the seed, hash, time step and
 * clock that the token really has.
 *
 * A hash byte other than 2 counts as SHA-1, as in the open firmware (token2/openT2OTP@612317a,
 * totp.c). A time step of 0, by which that firmware would divide, shows dashes.
 *
 * @example A token without a seed shows dashes
 * ```ts
 * import { createVirtualToken, memoryFlash, readDisplay } from "@otpsmith/simulator";
 *
 * const storage = memoryFlash();
 * createVirtualToken({ storage });
 * if (readDisplay(storage.read()!, Date.now()).text !== "------") throw new Error("unexpected");
 * ```
 */
export function readDisplay(image: FlashImage, now: number): DisplayReading {
  const { seed, algorithm, period } = image.active;
  if (!seed) return DASHES;
  return readCode({ seed, algorithm, period, digits: DIGITS }, clockSeconds(image.clock, now));
}
