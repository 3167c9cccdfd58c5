import { isProjectError, LinkError } from "@otpsmith/core/errors";
import { CliError } from "./cli_error.ts";

/** How the command ends; a contract with scripts. */
export const EXIT = {
  /** Done. */
  done: 0,
  /** Failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Refused before anything was sent to a token. */
  refused: 3,
  /** A person has to do something first. */
  needsPerson: 4,
} as const;

/** One of the five exit codes. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** The lines for `--help`. */
export const EXIT_CODE_HELP = `Exit codes:
  0  done
  1  failed
  2  the command line is wrong
  3  refused before anything was written to a token
  4  needs a person: a token to place, a question to answer, a code to type`;

const BY_CODE: Readonly<Record<string, ExitCode>> = {
  "link/absent": EXIT.needsPerson,
  "token/wants-touch": EXIT.needsPerson,
  "token/unsupported": EXIT.refused,
};

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exit;
  if (!isProjectError(error)) return EXIT.failed;
  if (error instanceof LinkError && error.reason === "aborted") {
    return error.delivery === "not-sent" ? EXIT.refused : EXIT.failed;
  }
  if (error.code.startsWith("format/")) return EXIT.refused;
  return BY_CODE[error.code] ?? EXIT.failed;
}
