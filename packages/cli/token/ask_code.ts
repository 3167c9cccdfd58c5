import {
  type OtpParameters,
  type Proof,
  proveByDisplay,
  type Secret,
  systemTime,
} from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { ask } from "../io/prompt.ts";
import type { Output } from "../io/output.ts";
import type { CommandContext } from "../program.ts";

/** How often a person may mistype before it is taken as an answer. */
const MAX_TRIES = 3;

/** A proof as it stands in results of `--json`. */
export function proofFields(proof: Proof): Readonly<Record<string, unknown>> {
  const { level, match, driftSteps, driftSeconds, acceptable, diagnosis } = proof;
  return {
    level,
    match,
    driftSteps: driftSteps ?? null,
    driftSeconds: driftSeconds ?? null,
    ...(acceptable === undefined ? {} : { acceptable }),
    ...(diagnosis
      ? { diagnosis: diagnosis.diagnosis, message: diagnosis.message, next: diagnosis.next }
      : {}),
  };
}

/** Says what a comparison has shown. */
export function showProof(
  proof: Proof,
  { out, slot }: { readonly out: Output; readonly slot?: number | undefined },
): void {
  const where = slot === undefined ? "" : ` in slot ${slot}`;
  if (proof.level === "presence") {
    if (proof.match) {
      out.line(
        `The token says that it holds a seed${where} with these settings. Whether it is the right one, ` +
          "only a code from its display shows.",
      );
    } else {
      out.problem({
        message: `The token says something else than what was written${where}`,
        next: "Look at it with 'otpsmith slots', then burn again.",
      });
    }
    return;
  }
  if (proof.diagnosis) {
    out.problem(proof.diagnosis);
    return;
  }
  if (!proof.match) return;
  const drift = proof.driftSteps === 0
    ? "the clocks agree"
    : `the token is ${Math.abs(proof.driftSeconds ?? 0)} s ${
      (proof.driftSteps ?? 0) > 0 ? "ahead" : "behind"
    }`;
  const proven = out.style("Proven:", "green");
  // What computes for whoever asks takes the asker's time: there is no drift to speak of.
  if (proof.level === "computed") out.line(`${proven} the token computes the right code${where}.`);
  else out.line(`${proven} the token shows the right code${where}, ${drift}.`);
  if (proof.acceptable === false) {
    out.warn(
      "So large a drift is more than most services accept: burn again with the clock synchronised.",
    );
  }
}

/** Compares a typed code with the seed; on a terminal a person may type again. */
export async function proveTyped(
  seed: Secret,
  options: {
    readonly parameters: OtpParameters;
    readonly code: string | undefined;
    /** When that code was shown, where it is known: in milliseconds since 1970. A person types it now. */
    readonly shownAt?: number | undefined;
    /** The seed that was in the token before, where it is known. */
    readonly previous?: Secret | undefined;
    readonly context: CommandContext;
  },
): Promise<Proof | undefined> {
  const { parameters, previous, shownAt, context: { io, out, signal } } = options;
  let { code } = options;
  for (let tries = 1;; tries++) {
    if (code === undefined) {
      if (!out.interactive || signal.aborted) return undefined;
      code = await ask("Code on the display (Enter to skip): ", { io, signal });
      if (code === "") return undefined;
    }
    const typed = code.replace(/[\s-]/g, "");
    const proof = proveByDisplay(seed, {
      parameters,
      code: typed,
      previous,
      now: shownAt ?? systemTime.now(),
    });
    if (proof.match || tries >= MAX_TRIES || options.code !== undefined || !out.interactive) {
      return proof;
    }
    showProof(proof, { out });
    code = undefined;
  }
}

/** A burn that nobody has looked at: done, and not proven. */
export function notProven(serial: string, fields: Readonly<Record<string, unknown>>): CliError {
  return new CliError(`Burned, and not proven: nobody has compared the code on token ${serial}`, {
    code: "needs-person/code",
    exit: EXIT.needsPerson,
    next: "Switch the token off and on, then run 'otpsmith verify SOURCE --code DIGITS'.",
    fields,
  });
}
