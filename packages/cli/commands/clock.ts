import { type OtpAlgorithm, planClockSync, systemTime, type TokenConnection } from "@otpsmith/core";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { journalPath, lastBurn } from "../journal/journal_file.ts";
import type { CommandContext } from "../program.ts";
import { carryOut, refused, showPlan } from "../token/carry_out.ts";
import { clockFields, showToken, tokenFields } from "../token/describe_token.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** Options of `otpsmith clock`. */
export interface ClockOptions extends TokenOptions {
  readonly sync?: boolean;
  readonly eraseSeed?: boolean;
  readonly hostClockChecked?: boolean;
  readonly algorithm?: OtpAlgorithm;
  readonly period?: number;
}

/** `otpsmith clock`: shows the drift, or sets the clock. */
export async function clock(
  _source: string | undefined,
  options: ClockOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out } = context;
  return await withToken({ ...options, context }, async (connection) => {
    const { token } = connection;
    showToken(token, out);
    const fields = {
      ...tokenFields(token.identity),
      clock: clockFields(token),
      driftSeconds: token.clock?.seen.driftSeconds ?? null,
    };
    const synced = options.sync === true;
    if (synced) await setClock(connection, options, context);
    out.result({ command: "clock", ok: true, exit: EXIT.done, ...fields, synced });
    return EXIT.done;
  });
}

async function setClock(
  connection: TokenConnection,
  options: ClockOptions,
  context: CommandContext,
): Promise<void> {
  const { out, io } = context;
  const { token } = connection;
  const burned = (await lastBurn(journalPath(io.env), token.identity.serial))?.parameters;
  const algorithm = options.algorithm ?? burned?.algorithm ?? "SHA1";
  const period = options.period ?? burned?.period ?? 30;
  const plan = planClockSync({
    token,
    settings: {
      algorithm,
      period,
      displayOffSeconds: burned?.displayOffSeconds,
      serial: options.serial,
    },
    policy: { now: systemTime.now(), hostClockChecked: options.hostClockChecked },
    eraseSeed: options.eraseSeed,
  });
  if (!plan.ok) throw refused(plan);
  showPlan(plan, context);
  if (!burned && (options.algorithm === undefined || options.period === undefined)) {
    out.warn(
      `Hash and time step are written with the clock and cannot be read: ${algorithm} and ${period} s are ` +
        "taken. If the token was burned with others, name them with --algorithm and --period.",
    );
  }
  const outcome = await carryOut(connection, plan, context);
  out.line(`${outcome.message}.`);
}
