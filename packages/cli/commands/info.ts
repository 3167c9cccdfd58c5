import { type TokenConnection, TokenError } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { cutOffWords, journalPath, readRecord } from "../journal/journal_file.ts";
import type { CommandContext } from "../program.ts";
import { clockFields, showToken, tokenFields } from "../token/describe_token.ts";
import { report } from "../token/report.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** `otpsmith info`: who a token is and what its clock says. */
export async function info(
  _source: string | undefined,
  options: TokenOptions & { readonly report?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  if (options.report) return await report(options, context);
  return await withToken(
    { ...options, context },
    (connection, bench) =>
      describe(connection, { context, simulated: bench.simulated !== undefined }),
  ).catch((error: unknown) => {
    if (!(error instanceof TokenError) || error.kind !== "unsupported") throw error;
    const { message, next } = error;
    if (options.application !== undefined) throw error; // it was asked for by name: nothing strange lies there
    const hint = "'otpsmith info --report' asks it what only reads, for whoever could help.";
    throw new CliError(message, {
      code: "token/unsupported",
      exit: EXIT.refused,
      next: `${next ?? ""} ${hint}`.trim(),
    });
  });
}

/** The applications of a key, where it has several: each with the model and serial number it tells. */
async function applicationsOf(
  connection: TokenConnection,
  { out, signal }: CommandContext,
): Promise<readonly object[] | null> {
  if (connection.token.identity.application === undefined) return null;
  const found = await connection.applications({ signal });
  const names = found.map(({ application }) => application);
  if (names.length > 1) out.field("Offers", `${names.join(", ")}; name one with --application`);
  return found.map(tokenFields);
}

async function describe(
  connection: TokenConnection,
  { context, simulated }: { readonly context: CommandContext; readonly simulated: boolean },
): Promise<ExitCode> {
  const { out, io } = context;
  const { token, endpoint } = connection;
  showToken(token, out);
  out.field("Reader", endpoint.label);
  const applications = await applicationsOf(connection, context);
  out.field("Evidence", `${token.evidence.level}. ${token.evidence.note}`);
  const record = await readRecord(journalPath(io.env, { simulated }), token.identity);
  const { settings, unfinished } = record;
  const cutOff = cutOffWords(record);
  if (cutOff !== null) out.warn(cutOff);
  out.result({
    command: "info",
    ok: true,
    exit: EXIT.done,
    ...tokenFields(token.identity),
    clock: clockFields(token),
    driftSeconds: token.clock?.seen.driftSeconds ?? null,
    evidence: token.evidence,
    traits: token.traits ?? null,
    ...(applications ? { applications } : {}),
    reader: endpoint.label,
    settings: settings ?? null,
    unfinished: unfinished?.holds ?? (unfinished ? ["old-seed", "no-seed", "new-seed"] : null),
  });
  return EXIT.done;
}
