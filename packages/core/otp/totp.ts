import type { Secret } from "../secret/secret.ts";
import { withCoder } from "./_coder.ts";
import type { OtpParameters } from "./algorithm.ts";

/** What {@linkcode totp} needs besides the secret. */
export interface TotpOptions extends OtpParameters {
  /** The moment the code is for, in seconds since 1970. Beyond 2106 too: the counter has 64 bits. */
  readonly time: number;
}

/**
 * The code that a token shows at a given time (RFC 6238, RFC 4226). Whoever asks a person to type the
 * code of a token must not show this one first.
 *
 * @throws {RangeError} If the digits, the period or the time are out of range.
 *
 * @example The first row of RFC 6238
 * ```ts
 * import { Secret, totp } from "@otpsmith/core";
 *
 * const secret = Secret.take(new TextEncoder().encode("12345678901234567890"));
 * const code = totp(secret, { algorithm: "SHA1", digits: 8, period: 30, time: 59 });
 * if (code !== "94287082") throw new Error("wrong code");
 * ```
 */
export function totp(secret: Secret, options: TotpOptions): string {
  const step = timeStep(options.time, options.period);
  return withCoder(secret, options, (codeAt) => codeAt(step));
}

/**
 * The number of whole periods since 1970: what the code is computed from.
 *
 * @param time Seconds since 1970; fractions are fine.
 * @param period Length of a step in seconds.
 * @throws {RangeError} If the time is negative or not finite, or the period is not a whole number of
 * seconds from 1.
 *
 * @example One minute is two steps of 30 seconds
 * ```ts
 * import { timeStep } from "@otpsmith/core";
 *
 * if (timeStep(59, 30) !== 1 || timeStep(60, 30) !== 2) throw new Error("unexpected");
 * ```
 */
export function timeStep(time: number, period: number): number {
  if (!Number.isInteger(period) || period < 1) {
    throw new RangeError(`Cannot count time steps: ${period} seconds are not a period`);
  }
  if (!(time >= 0) || time > Number.MAX_SAFE_INTEGER) {
    throw new RangeError("Cannot count time steps: the time is not in seconds since 1970");
  }
  return Math.floor(time / period);
}
