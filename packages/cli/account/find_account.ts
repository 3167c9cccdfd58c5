import type { OtpAccount } from "@otpsmith/formats";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { ask } from "../io/prompt.ts";
import type { CommandContext } from "../program.ts";
import type { Output } from "../io/output.ts";
import {
  type AccountOptions,
  type CodeReport,
  type ReadAccount,
  readFindings,
} from "./read_findings.ts";

/** Reads a source that must lead to one account; several are listed and the person chooses. */
export async function findAccount(
  source: string | undefined,
  options: AccountOptions & { readonly context: CommandContext },
): Promise<ReadAccount> {
  const { out } = options.context;
  const { reports, accounts } = await readFindings(source, options);
  const usable = accounts.flatMap((account, index) => account ? [{ account, index }] : []);
  if (usable.length === 0) throw wrongCode(reports);
  for (const report of reports) {
    if (report.kind === "wrong") out.warn(`Passed over: ${report.message}`);
  }
  let chosen = usable.length === 1 && options.pick === undefined ? 0 : undefined;
  try {
    chosen ??= await choose(reports, usable.map(({ index }) => index), options);
  } finally {
    usable.forEach(({ account }, position) => position === chosen || account.secret.wipe());
  }
  const { account } = usable[chosen]!;
  refuseOtherSettings(account, options);
  warn(account, out);
  return account;
}

/** Reads a source whose accounts are all wanted, in their order. */
export async function findAccounts(
  source: string | undefined,
  options: AccountOptions & { readonly all?: boolean; readonly context: CommandContext },
): Promise<readonly ReadAccount[]> {
  if (!options.all) return [await findAccount(source, options)];
  const { out } = options.context;
  const { reports, accounts } = await readFindings(source, options);
  const usable = accounts.filter((account) => account !== undefined);
  if (usable.length === 0) throw wrongCode(reports);
  for (const report of reports) {
    if (report.kind === "wrong") out.warn(`Passed over: ${report.message}`);
  }
  try {
    for (const account of usable) refuseOtherSettings(account, options);
  } catch (error) {
    for (const { secret } of usable) secret.wipe();
    throw error;
  }
  for (const account of usable) warn(account, out);
  return usable;
}

/** What a person should know of an account before it is used. */
function warn(account: ReadAccount, out: Output): void {
  for (const warning of account.warnings) out.warn(warning);
  if (account.restoredBytes === 0) return;
  out.warn(
    `Something covers the QR code of ${
      accountName(account)
    }: ${account.restoredBytes} of its bytes were restored ` +
      "from the others. Better take a picture with nothing in front of it. After a burn, type the code that the token " +
      "shows.",
  );
}

/** How an account is called on the screen. */
export function accountName({ issuer, account }: { issuer: string; account: string }): string {
  return [issuer, account].filter((part) => part !== "").join(": ") || "without a name";
}

const SETTINGS = ["algorithm", "digits", "period"] as const;

/** A code says its own settings: other ones would make a token whose codes the service refuses. */
function refuseOtherSettings(account: OtpAccount, options: AccountOptions): void {
  for (const setting of SETTINGS) {
    if (options[setting] === undefined || options[setting] === account[setting]) continue;
    account.secret.wipe();
    throw new CliError(`Cannot take --${setting}: the code itself says ${account[setting]}`, {
      code: "usage/settings-of-code",
      exit: EXIT.usage,
      next: `Leave --${setting} out; it is for a seed that is typed.`,
    });
  }
}

function wrongCode(reports: readonly CodeReport[]): CliError {
  const [first] = reports;
  const wrong = first?.kind === "wrong" ? first : undefined;
  return new CliError(wrong?.message ?? "Cannot read a seed: the source holds none", {
    code: `code/${wrong?.is ?? "none"}`,
    exit: EXIT.refused,
    next: wrong?.next,
    fields: { codes: reports },
  });
}

async function choose(
  reports: readonly CodeReport[],
  usable: readonly number[],
  options: AccountOptions & { readonly context: CommandContext },
): Promise<number> {
  const { context: { io, out, signal }, pick } = options;
  if (pick !== undefined) {
    const position = usable.indexOf(pick - 1);
    if (position >= 0) return position;
    throw new CliError(`Cannot take code ${pick}: there is no such account in the source`, {
      code: "usage/pick",
      exit: EXIT.usage,
      next: "See 'otpsmith scan SOURCE' for the list.",
      fields: { codes: reports },
    });
  }
  if (!out.interactive) {
    throw new CliError(`Cannot choose among ${usable.length} accounts: a person must do that`, {
      code: "needs-person/choose-code",
      exit: EXIT.needsPerson,
      next: "Name one with --pick NUMBER; 'otpsmith scan SOURCE' lists them.",
      fields: { codes: reports },
    });
  }
  for (const index of usable) {
    const code = reports[index]!;
    if (code.kind === "otpauth") out.line(`${index + 1}  ${accountName(code)}`);
  }
  for (;;) {
    const answer = Number(await ask("Which one? ", { io, signal }));
    const position = usable.indexOf(answer - 1);
    if (position >= 0) return position;
    out.progress("Please type one of the numbers.");
  }
}
