import { markProjectError, type ProjectError } from "@otpsmith/core/errors";
import type { ExitCode } from "./exit_code.ts";

/** The command cannot go on, with its exit code and what goes into the result of `--json`. */
export class CliError extends Error implements ProjectError {
  override readonly name = "CliError";
  readonly code: string;
  readonly next: string | undefined;
  /** How the command ends. */
  readonly exit: ExitCode;
  /** Further fields for the result line. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    message: string,
    options: {
      readonly code: string;
      readonly exit: ExitCode;
      readonly next?: string | undefined;
      readonly fields?: Readonly<Record<string, unknown>> | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.exit = options.exit;
    this.next = options.next;
    this.fields = options.fields ?? {};
    markProjectError(this);
  }
}
