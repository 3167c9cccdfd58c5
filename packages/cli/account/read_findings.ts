import type { OtpAlgorithm } from "@otpsmith/core/otp";
import { isProjectError } from "@otpsmith/core/errors";
import {
  accountOfRecord,
  classifyCode,
  describeAmbiguity,
  detectFormat,
  type OtpAccount,
  readAccount,
  type TokenFile,
} from "@otpsmith/formats";
import { scanImage } from "@otpsmith/scan";
import type { Sighting } from "@otpsmith/scan/capture";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { openSource } from "../files/open_source.ts";
import { type FileOptions, readContent } from "../files/token_source.ts";
import { ask, askHidden } from "../io/prompt.ts";
import type { CommandContext } from "../program.ts";

/** Options that say what a source does not. */
export interface AccountOptions extends FileOptions {
  readonly algorithm?: OtpAlgorithm;
  readonly period?: number;
  readonly digits?: number;
  readonly pick?: number;
}

/** One thing found in a source, for people and for `--json`; holds no secret. */
export type CodeReport =
  | {
    readonly kind: "otpauth";
    readonly issuer: string;
    readonly account: string;
    readonly algorithm: OtpAlgorithm;
    readonly digits: number;
    readonly period: number;
    readonly secretBytes: number;
    readonly warnings: readonly string[];
    /** Bytes of a QR code that something covered, and that were restored from the others; left out if none. */
    readonly restoredBytes?: number;
    readonly seen?: readonly Sighting[];
  }
  | {
    readonly kind: "wrong";
    readonly is: string;
    readonly message: string;
    readonly next: string;
    readonly seen?: readonly Sighting[];
  };

/** An account as it was read. */
export interface ReadAccount extends OtpAccount {
  /**
   * Bytes of the QR code that something covered. They follow from the check bytes, and enough of those are left over;
   * all the same a person must have seen that the token's codes are right.
   */
  readonly restoredBytes: number;
}

/** What a source holds: reports for all, accounts for those that can be burned. */
export interface Findings {
  readonly reports: readonly CodeReport[];
  /** Same order as the reports; `undefined` for wrong codes. Wipe the secrets after use. */
  readonly accounts: readonly (ReadAccount | undefined)[];
}

/** Reads a picture, a text file, standard input, the screens or a hidden prompt. */
export async function readFindings(
  source: string | undefined,
  options: AccountOptions & { readonly context: CommandContext },
): Promise<Findings> {
  const { io, out, signal } = options.context;
  if (source === undefined) {
    if (!out.interactive) {
      throw new CliError("Cannot read a seed: no source was named and nobody can be asked", {
        code: "usage/no-source",
        exit: EXIT.usage,
        next: "Name a picture or a file, or pipe into standard input with '-'.",
      });
    }
    const typed = await askHidden(`Seed (${options.as ?? "base32"} or a link, not shown): `, {
      io,
      signal,
    });
    try {
      return isLink(typed) ? collect([{ bytes: typed }], "prompt") : bareSeed(typed, {
        ...options,
        as: options.as ?? await askForm(typed, options),
        name: "prompt",
      });
    } finally {
      typed.fill(0);
    }
  }
  const read = await openSource(source, options);
  if (read.kind === "codes") {
    const { reports, accounts } = collect(read.codes, read.source);
    return {
      reports: reports.map((found, index) => ({ ...found, seen: read.codes[index]!.seen })),
      accounts,
    };
  }
  try {
    const format = detectFormat(read.bytes);
    if (format !== undefined && format !== "otpauth") {
      return fromFile(await readContent(read, options), read.source);
    }
    if (read.kind === "picture") {
      const codes = await scanImage(read.bytes, { source: read.source, signal });
      return collect(codes, read.source);
    }
    return options.as === undefined
      ? collect(linesOf(read.bytes).map((bytes) => ({ bytes })), read.source)
      : bareSeed(read.bytes, { ...options, as: options.as, name: read.source });
  } finally {
    read.bytes.fill(0);
  }
}

/** More lines than that are no list of accounts but the wrong file. */
const MAX_LINES = 1000;

function isLink(bytes: Uint8Array): boolean {
  return /^\s*[a-z-]+:/i.test(String.fromCharCode(...bytes.subarray(0, 24)));
}

/** The lines of a text that are not empty, as views: what is wiped is the text itself. */
function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length && lines.length < MAX_LINES;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    const line = bytes.subarray(start, end);
    if (line.some((byte) => byte > 0x20)) lines.push(line);
    start = end + 1;
  }
  return lines;
}

/** A seed that is a whole one both ways is a question for a person: a wrong guess burns a wrong seed. */
async function askForm(
  bytes: Uint8Array,
  { context: { io, signal } }: { readonly context: CommandContext },
): Promise<"base32" | "hex"> {
  const both = describeAmbiguity(bytes);
  if (!both) return "base32";
  const { base32Bytes, hexBytes } = both;
  for (;;) {
    const answer = await ask(
      `This can be read as base32 (${base32Bytes} bytes) or as hex (${hexBytes} bytes). Which is it? `,
      { io, signal },
    );
    if (answer === "base32" || answer === "hex") return answer;
  }
}

function bareSeed(
  bytes: Uint8Array,
  options: AccountOptions & { readonly as: "base32" | "hex"; readonly name: string },
): Findings {
  const read = readAccount(bytes, { source: options.name, as: options.as });
  const { algorithm = read.algorithm, digits = read.digits, period = read.period } = options;
  const given = isLink(bytes) ? read : { ...read, algorithm, digits, period };
  const account = { ...given, restoredBytes: 0 };
  return { reports: [report(account)], accounts: [account] };
}

function collect(
  texts: readonly { readonly bytes: Uint8Array; readonly erasures?: number }[],
  source: string,
): Findings {
  const reports: CodeReport[] = [];
  const accounts: (ReadAccount | undefined)[] = [];
  for (const { bytes, erasures = 0 } of texts) {
    const found = classifyCode(bytes, { source });
    bytes.fill(0);
    if (found.kind === "otpauth") {
      const account = { ...found.account, restoredBytes: erasures };
      reports.push(report(account));
      accounts.push(account);
    } else {
      reports.push(found);
      accounts.push(undefined);
    }
  }
  return { reports, accounts };
}

function report(account: ReadAccount): CodeReport {
  const { issuer, account: name, algorithm, digits, period, secret, warnings } = account;
  return {
    kind: "otpauth",
    issuer,
    account: name,
    algorithm,
    digits,
    period,
    secretBytes: secret.length,
    warnings,
    ...account.restoredBytes > 0 && { restoredBytes: account.restoredBytes },
  };
}

/** The accounts of a file of many, in its order: `--pick` counts all of its entries. */
function fromFile(file: TokenFile, source: string): Findings {
  const reports: CodeReport[] = [];
  const accounts: (ReadAccount | undefined)[] = [];
  for (const entry of file.entries) {
    try {
      if (isProjectError(entry)) throw entry;
      const account = { ...accountOfRecord(entry, { source }), restoredBytes: 0 };
      accounts.push(account);
      reports.push(report(account));
    } catch (error) {
      if (!isProjectError(error)) throw error;
      const { message, next = "See 'otpsmith import' for all of the file." } = error;
      accounts.push(undefined);
      reports.push({ kind: "wrong", is: "refused-entry", message, next });
    }
  }
  return { reports, accounts };
}
