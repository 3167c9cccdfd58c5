import { type CodeDiagnosis, diagnoseCode } from "../otp/mod.ts";
import type { OtpParameters } from "../otp/mod.ts";
import type { Secret } from "../secret/mod.ts";
import type { ProofLevel } from "../token/mod.ts";

/** What is known about a burn. `presence` never means that the seed is the right one. */
export interface Proof {
  /** How it was found out; `none` while nobody has looked at the display. */
  readonly level: ProofLevel | "none";
  /** Whether the token shows what the service will expect. */
  readonly match: boolean;
  /** Time steps between the token and the computer, positive when the token is ahead. */
  readonly driftSteps?: number | undefined;
  /** The same in seconds. */
  readonly driftSeconds?: number | undefined;
  /** Whether a service with a window of one step takes the code now. */
  readonly acceptable?: boolean | undefined;
  /** Where it does not match: what is most likely wrong. */
  readonly diagnosis?: Extract<CodeDiagnosis, { match: false }> | undefined;
}

/** Services look this many steps to either side (RFC 6238, section 5.2). */
const SERVICE_WINDOW_STEPS = 1;
/** So many steps to either side are searched, to measure a drift: 41 codes, one false match in 24,000. */
const SEARCH_WINDOW_STEPS = 20;

/** Options of {@linkcode proveByDisplay}. */
export interface DisplayProofOptions {
  /** Hash function, code length, time step. */
  readonly parameters: OtpParameters;
  /** The six or so digits that the person reads on the token. */
  readonly code: string;
  /** The computer's clock when the code was typed, in milliseconds since 1970. */
  readonly now: number;
  /** The seed that was in the token before, where it is known. */
  readonly previous?: Secret | undefined;
}

/**
 * Compares what the token's display shows with the seed. This is the only proof for a token that can
 * neither be read back nor asked to compute. The expected code is never given away.
 *
 * @example The right code, a step late
 * ```ts
 * import { proveByDisplay, Secret, totp } from "@otpsmith/core";
 *
 * const seed = Secret.take(new TextEncoder().encode("12345678901234567890"));
 * const parameters = { algorithm: "SHA1", digits: 6, period: 30 } as const;
 * const code = totp(seed, { ...parameters, time: 1_700_000_000 - 30 });
 * const proof = proveByDisplay(seed, { parameters, code, now: 1_700_000_000_000 });
 * if (!proof.match || proof.driftSteps !== -1) throw new Error("unexpected");
 * ```
 */
export function proveByDisplay(seed: Secret, options: DisplayProofOptions): Proof {
  const { parameters, code, now, previous } = options;
  const found = diagnoseCode(seed, {
    parameters,
    code,
    time: Math.floor(now / 1000),
    window: SEARCH_WINDOW_STEPS,
    previous,
  });
  if (!found.match) return { level: "display", match: false, diagnosis: found };
  const { driftSteps, driftSeconds } = found;
  return {
    level: "display",
    match: true,
    driftSteps,
    driftSeconds,
    acceptable: Math.abs(driftSteps) <= SERVICE_WINDOW_STEPS,
  };
}
