import type { Secret } from "../secret/secret.ts";
import { withCoder } from "./_coder.ts";
import type { OtpParameters } from "./algorithm.ts";
import { timeStep } from "./totp.ts";

/** The widest search, in steps to either side: one day of 30-second steps, 5,761 codes. */
export const MAX_DRIFT_WINDOW = 2880;

/** What {@linkcode findDrift} needs besides the secret. */
export interface FindDriftOptions {
  /** Hash function, code length, time step. */
  readonly parameters: OtpParameters;
  /** The code that the token showed: digits only. */
  readonly code: string;
  /** When it was shown, in seconds since 1970 by the computer's clock. */
  readonly time: number;
  /** How many steps to either side are searched: 0 to {@linkcode MAX_DRIFT_WINDOW}. */
  readonly window: number;
}

/** How far the token's clock is from the computer's. */
export interface Drift {
  /** Whole time steps, positive when the token is ahead. */
  readonly steps: number;
  /** The same in seconds; true to one period. */
  readonly seconds: number;
}

/**
 * The time step nearest to now whose code is the one that a token showed. At equal distance the past
 * wins: a person types a code after it was shown.
 *
 * Each step that is searched matches a wrong code of six digits with a chance of one in a million, so a
 * window of 20 is wrong once in 24,000 and the widest once in 174: search no wider than is useful.
 *
 * @returns `undefined` where no code within the window is the same.
 * @throws {RangeError} If the window or the time are out of range.
 *
 * @example A token that is one minute ahead
 * ```ts
 * import { findDrift, Secret, totp } from "@otpsmith/core";
 *
 * const secret = Secret.take(new TextEncoder().encode("12345678901234567890"));
 * const parameters = { algorithm: "SHA1", digits: 6, period: 30 } as const;
 * const code = totp(secret, { ...parameters, time: 1_700_000_060 });
 * const drift = findDrift(secret, { parameters, code, time: 1_700_000_000, window: 3 });
 * if (drift?.steps !== 2 || drift.seconds !== 60) throw new Error("unexpected");
 * ```
 */
export function findDrift(secret: Secret, options: FindDriftOptions): Drift | undefined {
  const { parameters, code, time, window } = options;
  if (!Number.isInteger(window) || window < 0 || window > MAX_DRIFT_WINDOW) {
    throw new RangeError(
      `Cannot search drift: a window is 0 to ${MAX_DRIFT_WINDOW} steps, not ${window}`,
    );
  }
  const now = timeStep(time, parameters.period);
  return withCoder(secret, parameters, (codeAt) => {
    for (let distance = 0; distance <= window; distance++) {
      for (const steps of distance === 0 ? [0] : [-distance, distance]) {
        if (now + steps >= 0 && codeAt(now + steps) === code) {
          return { steps, seconds: steps * parameters.period };
        }
      }
    }
    return undefined;
  });
}
