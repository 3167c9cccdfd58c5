import { type OtpAlgorithm, planClockSync, systemTime, type TokenConnection } from "@otpsmith/core";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { journalPath, readRecord } from "../journal/journal_file.ts";
import type { CommandContext } from "../program.ts";
import { carryOut, refused, showPlan, wantConsent } from "../token/carry_out.ts";
import { clockFields, showToken, tokenFields } from "../token/describe_token.ts";
import type { Bench } from "../token/bench.ts";
import { ownerSecret, type SecretOptions } from "../token/owner_secret.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** Options of `otpsmith clock`. */
export interface ClockOptions extends TokenOptions, SecretOptions {
  readonly slot?: readonly number[];
  readonly sync?: boolean;
  readonly eraseSeed?: boolean;
  readonly yes?: boolean;
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
  return await withToken({ ...options, context }, async (connection, bench) => {
    const { token } = connection;
    showToken(token, out);
    const fields = {
      ...tokenFields(token.identity),
      clock: clockFields(token),
      driftSeconds: token.clock?.seen.driftSeconds ?? null,
    };
    if (token.configuration && !token.clock) {
      out.line(
        "Its clock can be set and not be read: a code that is compared tells how far it is off.",
      );
    }
    const synced = options.sync === true;
    if (synced) {
      await setClock(connection, options, { context, bench });
    }
    out.result({ command: "clock", ok: true, exit: EXIT.done, ...fields, synced });
    return EXIT.done;
  });
}

async function setClock(
  connection: TokenConnection,
  options: ClockOptions,
  { context, bench }: { readonly context: CommandContext; readonly bench: Bench },
): Promise<void> {
  const { out, io } = context;
  const { token } = connection;
  const simulated = bench.simulated !== undefined;
  const { settings } = await readRecord(
    journalPath(io.env, { simulated }),
    token.identity,
  );
  const { algorithms = [], periods = [] } = token.traits ?? {};
  const told = algorithms.length === 1 && periods.length === 1; // there is nothing to choose
  const algorithm = options.algorithm ?? settings?.algorithm ?? (told ? algorithms[0]! : "SHA1");
  const period = options.period ?? settings?.period ?? (told ? periods[0]! : 30);
  const plan = planClockSync({
    token,
    settings: {
      algorithm,
      period,
      displayOffSeconds: settings?.displayOffSeconds,
      serial: options.serial,
    },
    policy: { now: systemTime.now(), hostClockChecked: options.hostClockChecked },
    eraseSeed: options.eraseSeed,
    slots: options.slot,
  });
  if (!plan.ok) throw refused(plan);
  showPlan(plan, context);
  const apart = token.clock?.write !== undefined; // set without the settings, so they need not be known
  const known = apart || told || settings !== undefined ||
    (options.algorithm !== undefined && options.period !== undefined);
  if (!known) {
    out.warn(
      `Hash and time step are written with the clock and cannot be read: ${algorithm} and ${period} s are ` +
        "taken. If the token was burned with others, name them with --algorithm and --period.",
    );
  }
  // With settings that are only assumed, codes may change: that is for a person to agree to.
  await wantConsent(plan, { given: known || options.yes === true || simulated, context });
  const secret = await ownerSecret(token, { ...options, context });
  const outcome = await carryOut(connection, plan, { context, bench, secret })
    .finally(() => secret?.wipe());
  out.line(`${outcome.message}.`);
}
