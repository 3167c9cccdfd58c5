import process from "node:process";
import { isProjectError, TokenError } from "@otpsmith/core/errors";
import { CliError } from "./cli_error.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit_code.ts";
import { endProcess } from "./io/end_process.ts";
import { listenForInterrupts } from "./io/interrupt.ts";
import { type Io, Output } from "./io/output.ts";
import { refuseSecretsInArguments } from "./account/argument_guard.ts";
import { COMMANDS } from "./commands/table.ts";
import { runProgram } from "./program.ts";
/** Runs the command line of this process and ends it with the right exit code. */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const { stdin, stdout, stderr, env } = process;
  const exit = await run(argv, { stdin, stdout, stderr, env });
  await endProcess(exit);
}

/**
 * Runs one command line. Whatever happens, a person gets one clear message and a program gets a last
 * line with `event: "result"`.
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  // A reader that has gone (`| head -1`, a closed terminal) must not end a burn half-way: what it would
  // have read is dropped.
  for (const stream of [io.stdout, io.stderr]) stream.on("error", () => undefined);
  const out = new Output(io, { json: argv.includes("--json") });
  const interrupts = listenForInterrupts(() =>
    out.progress("Stopping where it does no harm; press Ctrl-C again to stop at once.")
  );
  // All that may be repeated of a command line is its command: the rest may be a seed that was pasted.
  const command = COMMANDS.find(({ name }) => `${argv.join(" ")} `.startsWith(`${name} `))?.name ??
    null;
  try {
    refuseSecretsInArguments(argv);
    return await runProgram(argv, { io, out, ...interrupts });
  } catch (error) {
    const shown = isProjectError(error)
      ? error
      : interrupts.signal.aborted
      ? new CliError("Stopped", {
        code: "stopped",
        exit: EXIT.refused,
        next: "Do it again when you are ready.",
      })
      : unexpected(error, io);
    const exit = exitCodeOf(shown);
    out.problem(shown);
    const { code, message, next } = shown;
    const counted = shown instanceof TokenError && shown.attemptsLeft !== undefined
      ? { attemptsLeft: shown.attemptsLeft }
      : {};
    const fields = shown instanceof CliError ? shown.fields : {};
    out.result({ command, ok: false, exit, error: { code, message, next, ...counted }, ...fields });
    return exit;
  } finally {
    interrupts.release();
  }
}

/** A defect of ours. The text of a foreign error may hold anything, a seed too: it is not shown. */
function unexpected(error: unknown, io: Io): CliError {
  const place = error instanceof Error ? error.stack?.match(/\bat [^\n]+/)?.[0] : undefined;
  return new CliError("Cannot go on: otpsmith has a defect here", {
    code: "defect",
    exit: EXIT.failed,
    next: io.env["OTPSMITH_DEBUG"] && place
      ? `${(error as Error).name} ${place}`
      : "Please report it; with OTPSMITH_DEBUG=1 the place in the code is shown.",
  });
}
