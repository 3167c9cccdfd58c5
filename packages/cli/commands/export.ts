import {
  EXPORT_FORMATS,
  type ExportOptions,
  exportTokens,
  type Loss,
  type TokenRecord,
} from "@otpsmith/formats";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import {
  type FileOptions,
  isRefused,
  readTokenSource,
  type Tokens,
  wipeFile,
} from "../files/token_source.ts";
import { lockFor, type LockOptions } from "../files/unlock.ts";
import { checkSecretOutput, type SecretOutput, writeSecret } from "../files/write_secret.ts";
import type { CommandContext } from "../program.ts";
import { needSource } from "./import.ts";

/** Options of `otpsmith export` and `otpsmith convert`. */
export interface ExportCommandOptions extends FileOptions, LockOptions, SecretOutput {
  readonly to: ExportOptions["to"];
  readonly partial?: boolean;
}

/** `otpsmith export`: a file for an identity provider. */
export function exportFile(
  source: string | undefined,
  options: ExportCommandOptions,
  context: CommandContext,
): Promise<ExitCode> {
  return write("export", source, { ...options, context });
}

/** `otpsmith convert`: the same tokens in another neutral form. */
export function convertFile(
  source: string | undefined,
  options: ExportCommandOptions,
  context: CommandContext,
): Promise<ExitCode> {
  return write("convert", source, { ...options, context });
}

async function write(
  command: "export" | "convert",
  source: string | undefined,
  options: ExportCommandOptions & { readonly context: CommandContext },
): Promise<ExitCode> {
  const { context, to } = options;
  const { out } = context;
  checkSecretOutput(options, context);
  const file = await readTokenSource(needSource(source), options);
  try {
    const records = usable(file, options);
    const { locked, name } = EXPORT_FORMATS.find(({ format }) => format === to)!;
    const keys = locked ? await lockFor(options, context) : {};
    try {
      const result = exportTokens(records, { to, ...keys });
      const losses = result.losses.map(report);
      if (!result.ok) throw refusedExport(name, result.refusals, losses);
      for (const loss of result.losses) out.warn(`${concerned(loss)}${loss.message}`);
      try {
        const written = await writeSecret(result.bytes, options, context);
        const tokens = `${records.length} ${records.length === 1 ? "token" : "tokens"}`;
        out.progress(`${tokens} written for ${name}.`);
        const exit = EXIT.done;
        out.result({ command, ok: true, exit, to, tokens: records.length, losses, ...written });
        return exit;
      } finally {
        result.bytes.fill(0);
      }
    } finally {
      keys.passphrase?.fill(0);
      keys.key?.fill(0);
    }
  } finally {
    wipeFile(file);
  }
}

/** The records; an entry that was refused stops the work unless the person agrees to leave it out. */
function usable(
  file: Tokens,
  { partial, context: { out } }: { partial?: boolean; context: CommandContext },
): readonly TokenRecord[] {
  const refused = file.entries.filter(isRefused);
  const records = file.entries.filter((entry) => !isRefused(entry)) as readonly TokenRecord[];
  if (refused.length === 0) return records;
  if (partial && records.length > 0) {
    for (const { message } of refused) out.warn(`Left out: ${message}`);
    return records;
  }
  const [first] = refused;
  const others = refused.length === 1 ? "" : `; and ${refused.length - 1} more`;
  throw new CliError(`${first!.message}${others}`, {
    code: "code/refused-entry",
    exit: EXIT.refused,
    next: records.length === 0
      ? first!.next
      : `${first!.next ?? ""} Or write the other ${records.length} with --partial.`.trim(),
    fields: {
      refused: refused.map(({ code, message, line }) => ({ code, message, line: line ?? null })),
    },
  });
}

function refusedExport(
  name: string,
  refusals: readonly Loss[],
  losses: readonly object[],
): CliError {
  const reasons = refusals.map((refusal) => `${concerned(refusal)}${refusal.message}`);
  return new CliError(`Cannot write a file for ${name}: ${reasons.join(" ")}`, {
    code: "code/refused-export",
    exit: EXIT.refused,
    next: "Nothing was written. Choose another format, or leave these tokens out.",
    fields: { refusals: refusals.map(report), losses },
  });
}

function report({ code, message, records }: Loss): Readonly<Record<string, unknown>> {
  return { code, message, tokens: records };
}

/** "Tokens 1, 2, 3: " in front of what concerns some of them. */
function concerned({ records }: Loss): string {
  if (records.length === 0) return "";
  const shown = records.slice(0, 10).join(", ") + (records.length > 10 ? ", …" : "");
  return `${records.length === 1 ? "Token" : "Tokens"} ${shown}: `;
}
