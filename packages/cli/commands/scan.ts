import { EXIT, type ExitCode } from "../exit_code.ts";
import { accountName } from "../account/find_account.ts";
import { type AccountOptions, readFindings } from "../account/read_findings.ts";
import type { CommandContext } from "../program.ts";

/** `otpsmith scan`: says what a source holds. */
export async function scan(
  source: string | undefined,
  options: AccountOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out } = context;
  const { reports, accounts } = await readFindings(source, { ...options, context });
  for (const account of accounts) account?.secret.wipe();
  reports.forEach((code, index) => {
    if (reports.length > 1) out.line(out.style(`Code ${index + 1}`, "bold"));
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
