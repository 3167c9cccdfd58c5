import { encodeBase32, type TokenRecord } from "@otpsmith/formats";
import { accountName } from "../account/find_account.ts";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { type FileOptions, isRefused, readTokenSource, wipeFile } from "../files/token_source.ts";
import type { CommandContext } from "../program.ts";

/** Options of `otpsmith import`. */
export interface ImportOptions extends FileOptions {
  readonly reveal?: boolean;
}

/** `otpsmith import`: says what a file holds. */
export async function importFile(
  source: string | undefined,
  options: ImportOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out } = context;
  const file = await readTokenSource(needSource(source), { ...options, context });
  try {
    const records = file.entries.filter((entry) => !isRefused(entry)) as readonly TokenRecord[];
    const refused = file.entries.filter(isRefused);
    out.field("File", `${file.format}${file.encrypted ? ", encrypted" : ""}`);
    out.field("Tokens", `${records.length}${refused.length ? `, ${refused.length} refused` : ""}`);
    file.entries.forEach((entry, index) => {
      if (isRefused(entry)) {
        const line = entry.line === undefined ? "" : ` (line ${entry.line})`;
        out.problem({ message: `${index + 1}  ${entry.message}${line}`, next: entry.next });
        return;
      }
      out.line(`${index + 1}  ${describe(entry)}`);
      if (options.reveal) out.line(`   ${revealed(entry)}`);
      for (const warning of entry.warnings) out.warn(`${index + 1}: ${warning}`);
    });
    const exit = records.length > 0 ? EXIT.done : EXIT.refused;
    out.result({
      command: "import",
      ok: exit === EXIT.done,
      exit,
      format: file.format,
      encrypted: file.encrypted,
      tokens: records.map((record) => tokenReport(record, options)),
      refused: refused.map(({ code, message, next, line, position }) => ({
        code,
        message,
        next,
        line: line ?? null,
        position: position ?? null,
      })),
    });
    return exit;
  } finally {
    wipeFile(file);
  }
}

/** The source of a command that asks nobody for a seed. */
export function needSource(source: string | undefined): string {
  if (source !== undefined) return source;
  throw new CliError("Cannot read tokens: no file was named", {
    code: "usage/no-source",
    exit: EXIT.usage,
    next: "Name a file, or pipe into standard input with '-'.",
  });
}

/** A token on one line. */
function describe(record: TokenRecord): string {
  const { serial, user, manufacturer, model, type, digits, period, counter, algorithm } = record;
  const names = [
    record.issuer || record.account ? accountName(record) : "",
    serial && `serial ${serial}`,
    user && `user ${user}`,
    [manufacturer, model].filter((part) => part !== "").join(" "),
  ].filter((part) => part !== "");
  const moving = type === "totp" ? `every ${period} s` : `counter ${counter}`;
  const settings =
    `${digits} digits, ${moving}, ${algorithm}, seed of ${record.secret.length} bytes`;
  return `${names.join(", ") || "without a name"}: ${settings}`;
}

function tokenReport(
  { secret, ...record }: TokenRecord,
  { reveal }: ImportOptions,
): Readonly<Record<string, unknown>> {
  const { line = null, ...rest } = record;
  return {
    ...rest,
    line,
    secretBytes: secret.length,
    ...(reveal ? { secret: revealed({ secret }) } : {}),
  };
}

function revealed({ secret }: Pick<TokenRecord, "secret">): string {
  const text = secret.use(encodeBase32);
  try {
    return new TextDecoder().decode(text);
  } finally {
    text.fill(0);
  }
}
