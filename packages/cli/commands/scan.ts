import { EXIT, type ExitCode } from "../exit_code.ts";
import { accountName } from "../account/find_account.ts";
import { type AccountOptions, readFindings } from "../account/read_findings.ts";
import { CliError } from "../cli_error.ts";
import { cleanTitle, describeSighting, isScreen, listScreens } from "../files/open_source.ts";
import { describePlace } from "../files/read_sources.ts";
import type { CommandContext } from "../program.ts";

/** Options of `otpsmith scan`. */
export interface ScanOptions extends AccountOptions {
  readonly list?: boolean;
}

/** `otpsmith scan`: says what a source holds. */
export async function scan(
  source: string | undefined,
  options: ScanOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out } = context;
  if (options.list) return await list(source, context);
  const { reports, accounts } = await readFindings(source, { ...options, context });
  for (const account of accounts) account?.secret.wipe();
  reports.forEach((code, index) => {
    if (reports.length > 1) out.line(out.style(`Code ${index + 1}`, "bold"));
    for (const sighting of code.seen ?? []) out.field("Seen", describeSighting(sighting));
    if (code.source !== undefined) out.field("Source", code.source);
    if (code.place && reports.length > 1) out.field("Place", describePlace(code.place));
    if (code.kind === "wrong") {
      out.problem(code);
      return;
    }
    out.field("Account", accountName(code));
    out.field("Codes", `${code.digits} digits every ${code.period} s, ${code.algorithm}`);
    out.field("Seed", `${code.secretBytes} bytes, not shown`);
    for (const warning of code.warnings) out.warn(warning);
  });
  const usable = accounts.some((account) => account !== undefined);
  const exit = usable ? EXIT.done : EXIT.refused;
  // A single wrong code is the answer to "what is it?": it stands in the result itself, too.
  const [only] = reports.length === 1 ? reports : [];
  out.result({
    command: "scan",
    ok: usable,
    exit,
    codes: reports,
    ...(only?.kind === "wrong" ? only : {}),
  });
  return exit;
}

/** What there is to look at. */
async function list(source: string | undefined, context: CommandContext): Promise<ExitCode> {
  const { out } = context;
  if (!isScreen(source)) {
    throw new CliError("Cannot list: only screens are made of monitors and windows", {
      code: "usage/screen-options",
      exit: EXIT.usage,
      next: "Say 'otpsmith scan screen --list'.",
    });
  }
  const targets = await listScreens({ context });
  for (const { kind, id, name, x, y, width, height } of targets) {
    const called = `${kind} ${id}`.padEnd(18);
    const place = `${width} x ${height} at ${x}, ${y}`.padEnd(26);
    out.line(`${called} ${place} ${cleanTitle(name)}`.trimEnd());
  }
  out.result({ command: "scan", ok: true, exit: EXIT.done, screens: targets });
  return EXIT.done;
}
