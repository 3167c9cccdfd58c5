import type { Secret } from "../secret/secret.ts";
import { hypotheses } from "./_hypotheses.ts";
import type { OtpParameters } from "./algorithm.ts";
import { type Drift, findDrift } from "./find_drift.ts";

/**
 * Why a code is not the expected one.
 *
 * - `old-seed`: it belongs to the seed that was in the token before.
 * - `hex-as-base32`, `base32-as-hex`: the seed's text was read in the other way.
 * - `other-algorithm`, `other-period`: the token is configured for another hash function or period.
 * - `cut-off-seed`: the token holds only the beginning of the seed.
 * - `far-clock`: the seed is right, the token's clock is hours off; a guess.
 * - `not-digits`, `wrong-length`: what was typed cannot be such a code.
 * - `unknown`: none of these.
 */
export type CodeProblem =
  | "old-seed"
  | "hex-as-base32"
  | "base32-as-hex"
  | "other-algorithm"
  | "other-period"
  | "cut-off-seed"
  | "far-clock"
  | "not-digits"
  | "wrong-length"
  | "unknown";

/** The token shows what the service expects, give or take its clock. */
export interface CodeMatch {
  /** Always `true`. */
  readonly match: true;
  /** Time steps between the token and the computer, positive when the token is ahead. */
  readonly driftSteps: number;
  /** The same in seconds. */
  readonly driftSeconds: number;
}

/** The token shows something else. */
export interface CodeMismatch {
  /** Always `false`. */
  readonly match: false;
  /** What is most likely wrong. */
  readonly diagnosis: CodeProblem;
  /** How it is wrong, in a few words, where there is more to say: "SHA256, 30 seconds". */
  readonly detail?: string | undefined;
  /** One plain sentence for a person. Names neither the expected code nor the typed one. */
  readonly message: string;
  /** What the person can do about it. */
  readonly next: string;
}

/** Answer of {@linkcode diagnoseCode}. */
export type CodeDiagnosis = CodeMatch | CodeMismatch;

/** What {@linkcode diagnoseCode} needs besides the secret. */
export interface DiagnoseCodeOptions {
  /** What the token should be set to. */
  readonly parameters: OtpParameters;
  /** What the person typed; spaces and hyphens between the digits are skipped. */
  readonly code: string;
  /** When it was typed, in seconds since 1970 by the computer's clock. */
  readonly time: number;
  /** How many steps to either side count as a match: 0 to {@linkcode MAX_DRIFT_WINDOW}. */
  readonly window: number;
  /** The seed that was in the token before, where it is known. */
  readonly previous?: Secret | undefined;
}

/**
 * Whether a code belongs to a seed, and if not, why not. Everything is tried that people are known to
 * get wrong, likeliest first, by computing what the token would then show. The expected code is never
 * given away, and seeds made for the search are wiped.
 *
 * @throws {RangeError} If the parameters, the window or the time are out of range.
 *
 * @example A token that was left on SHA-1
 * ```ts
 * import { diagnoseCode, Secret, totp } from "@otpsmith/core";
 *
 * const seed = Secret.take(new TextEncoder().encode("12345678901234567890"));
 * const parameters = { algorithm: "SHA256", digits: 6, period: 30 } as const;
 * const time = 1_700_000_000;
 * const code = totp(seed, { ...parameters, algorithm: "SHA1", time });
 * const found = diagnoseCode(seed, { parameters, code, time, window: 10 });
 * if (found.match || found.diagnosis !== "other-algorithm") throw new Error("unexpected");
 * ```
 */
export function diagnoseCode(secret: Secret, options: DiagnoseCodeOptions): CodeDiagnosis {
  const { parameters, time, window, previous } = options;
  const code = options.code.normalize("NFKC").replace(/[\s\p{Pd}]/gu, "");
  if (!/^[0-9]+$/.test(code)) {
    return mismatch("not-digits", {
      state: "it has other characters than digits, or none",
      next: "Type the digits that the token shows, and nothing else.",
    });
  }
  if (code.length !== parameters.digits) return wrongLength(secret, { ...options, code });

  const drift = findDrift(secret, { parameters, code, time, window });
  if (drift) return { match: true, driftSteps: drift.steps, driftSeconds: drift.seconds };

  return secret.use((bytes) => {
    for (const guess of hypotheses(secret, { bytes, parameters, previous, window })) {
      const found = findDrift(guess.seed, { ...guess, code, time });
      if (found) {
        return mismatch(guess.diagnosis, {
          state: told(guess.state, found),
          next: guess.next,
          detail: guess.detail && told(guess.detail, found),
        });
      }
    }
    return mismatch("unknown", {
      state: "no known mistake explains it",
      next: "Most likely the token still shows the code of its old seed: switch it off and on, " +
        "then type the code that it shows.",
    });
  });
}

/** More digits than wanted may be the right code on a token that is set to show more, and fewer too. */
function wrongLength(secret: Secret, options: DiagnoseCodeOptions): CodeMismatch {
  const { parameters, code, time, window } = options;
  const digits = code.length;
  const right = digits >= 6 && digits <= 10 &&
    findDrift(secret, { parameters: { ...parameters, digits }, code, time, window });
  const lengths = `${digits} digits instead of ${parameters.digits}`;
  return mismatch("wrong-length", {
    state: right ? `the seed is right, but the token is set to ${lengths}` : `it has ${lengths}`,
    next: right
      ? `Burn again with ${parameters.digits} digits, or tell the service that codes have ${digits}.`
      : `Type all ${parameters.digits} digits that the token shows.`,
    detail: lengths,
  });
}

function mismatch(
  diagnosis: CodeProblem,
  { state, next, detail }: { state: string; next: string; detail?: string | undefined },
): CodeMismatch {
  const message = `Code does not match: ${state}`;
  return { match: false, diagnosis, message, next, ...detail === undefined ? {} : { detail } };
}

function told(text: string | ((drift: Drift) => string), drift: Drift): string {
  return typeof text === "string" ? text : text(drift);
}
