import { Secret } from "../secret/secret.ts";
import { ALGORITHMS } from "./_hash.ts";
import { base32TakenForHex, cutSeeds, hexTakenForBase32 } from "./_misread.ts";
import type { OtpParameters } from "./algorithm.ts";
import type { CodeProblem } from "./diagnose_code.ts";
import { type Drift, MAX_DRIFT_WINDOW } from "./find_drift.ts";

/** A mistake that would explain the code, and how to check it. */
export interface Hypothesis {
  readonly diagnosis: CodeProblem;
  readonly seed: Secret;
  readonly parameters: OtpParameters;
  readonly window: number;
  /** What is wrong, to stand behind "Code does not match:". */
  readonly state: string | ((drift: Drift) => string);
  readonly next: string;
  readonly detail?: string | ((drift: Drift) => string);
}

/**
 * A wrong guess sends a person the wrong way, so each alternative gets the two steps to either side that
 * typing takes, and no more. With six digits a code that fits nothing then passes for one of the at most
 * 21 alternatives between the old seed and the far clock (5 codes each) once in 9,500.
 */
const WINDOW = 2;

/** The periods that tokens and services use. */
const PERIODS = [30, 60];

/** What a person did wrong, likeliest first. Seeds made here are wiped when the next is asked for. */
export function* hypotheses(
  secret: Secret,
  { bytes, parameters, previous, window }: {
    readonly bytes: Uint8Array;
    readonly parameters: OtpParameters;
    readonly previous: Secret | undefined;
    readonly window: number;
  },
): Generator<Hypothesis, void> {
  if (previous) {
    yield {
      diagnosis: "old-seed",
      seed: previous,
      parameters,
      window, // as likely as a match, so searched as far
      state: "it belongs to the seed that was in the token before",
      next: "Switch the token off and on, then type the code that it shows.",
    };
  }
  yield* otherParameters(secret, parameters);
  const misread = { parameters, window: WINDOW, next: ASK_THE_SERVICE };
  yield* withSeed(hexTakenForBase32(bytes), {
    ...misread,
    diagnosis: "hex-as-base32",
    state: "the token holds the hexadecimal text of this seed taken for base32",
  });
  yield* withSeed(base32TakenForHex(bytes), {
    ...misread,
    diagnosis: "base32-as-hex",
    state: "the token holds the base32 text of this seed taken for hexadecimal",
  });
  for (const cut of cutSeeds(bytes)) {
    yield* withSeed(cut, {
      diagnosis: "cut-off-seed",
      parameters,
      window: WINDOW,
      state:
        `the token holds only the beginning of the seed, ${cut.length} of ${bytes.length} bytes`,
      next: "Burn the seed again, all of it.",
      detail: `${cut.length} of ${bytes.length} bytes`,
    });
  }
  yield {
    diagnosis: "far-clock",
    seed: secret,
    parameters,
    window: MAX_DRIFT_WINDOW, // wrong once in 174: the last guess, worded as one
    state: (drift) => `the token's clock seems to be ${distance(drift.seconds)}`,
    next:
      "Type the next code to make sure, check this computer's clock, then set the token's clock.",
    detail: (drift) => distance(drift.seconds),
  };
}

const ASK_THE_SERVICE =
  "Find out whether the service writes its secret in base32 or in hexadecimal, then burn it again so.";

function* otherParameters(seed: Secret, wanted: OtpParameters): Generator<Hypothesis, void> {
  const periods = [wanted.period, ...PERIODS.filter((period) => period !== wanted.period)];
  const algorithms = [
    wanted.algorithm,
    ...ALGORITHMS.filter((algorithm) => algorithm !== wanted.algorithm),
  ];
  for (const period of periods) {
    for (const algorithm of algorithms) {
      if (period === wanted.period && algorithm === wanted.algorithm) continue;
      yield {
        diagnosis: algorithm === wanted.algorithm ? "other-period" : "other-algorithm",
        seed,
        parameters: { ...wanted, algorithm, period },
        window: WINDOW,
        state: `the token is set to ${algorithm} and ${period} seconds, ` +
          `not to ${wanted.algorithm} and ${wanted.period} seconds`,
        next: "Burn again with the settings of the service, configuration included.",
        detail: `${algorithm}, ${period} seconds`,
      };
    }
  }
}

function* withSeed(
  bytes: Uint8Array | undefined,
  rest: Omit<Hypothesis, "seed">,
): Generator<Hypothesis, void> {
  if (!bytes) return;
  const seed = Secret.take(bytes);
  try {
    yield { ...rest, seed };
  } finally {
    seed.wipe();
  }
}

function distance(seconds: number): string {
  const size = Math.abs(seconds);
  const [unit, name] = size < 120
    ? [1, "seconds"]
    : size < 7200
    ? [60, "minutes"]
    : [3600, "hours"];
  return `about ${Math.round(size / unit)} ${name} ${seconds > 0 ? "ahead" : "behind"}`;
}
