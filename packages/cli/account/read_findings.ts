import type { OtpAlgorithm } from "@otpsmith/core/otp";
import { isProjectError } from "@otpsmith/core/errors";
import {
  accountOfRecord,
  classifyCode,
  describeAmbiguity,
  type OtpAccount,
  readAccount,
  type TokenFile,
} from "@otpsmith/formats";
import type { Sighting } from "@otpsmith/scan/capture";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { leaveSource } from "../files/open_source.ts";
import { type CodePlace, type FoundText, readSources, readTexts } from "../files/read_sources.ts";
import type { FileOptions } from "../files/token_source.ts";
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
    readonly source?: string;
    readonly place?: CodePlace;
    readonly seen?: readonly Sighting[];
  }
  | {
    readonly kind: "wrong";
    readonly is: string;
    readonly message: string;
    readonly next: string;
    readonly source?: string;
    readonly place?: CodePlace;
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

/** Reads pictures, text files, standard input, the screens, the clipboard or a hidden prompt. */
export async function readFindings(
  source: string | undefined,
  options: AccountOptions & { readonly context: CommandContext },
): Promise<Findings> {
  const findings = await read(source, options);
  if (findings.accounts.some((account) => account !== undefined)) {
    await leaveSource(source, options);
  }
  return findings;
}

async function read(
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
  const all = await readSources(source, options);
  const name = all.length === 1 ? undefined : (source: string): string => source;
  const findings: Findings[] = [];
  const parts: FoundText[] = [];
  for (const read of all) {
    if (read.kind === "file") {
      findings.push(withSource(fromFile(read.file, read.source), name?.(read.source)));
      continue;
    }
    if (read.kind === "text" && options.as !== undefined && !read.isList) {
      const { bytes, source } = read.content;
      findings.push(
        withSource(bareSeed(bytes, { ...options, as: options.as, name: source }), name?.(source)),
      );
      bytes.fill(0);
      continue;
    }
    const texts = read.kind === "texts" ? read.texts : linesOf(read.content.bytes).map((bytes) => ({
      bytes,
      source: read.content.source,
      erasures: 0,
    }));
    // Accounts of an export stand where its first part was found.
    const exported = texts.filter(isExportPart);
    if (exported.length > 0 && parts.length === 0) findings.push(PARTS);
    parts.push(...exported);
    for (const text of texts) {
      if (!exported.includes(text)) findings.push(withSource(describe(text), name?.(text.source)));
    }
  }
  const restored = Math.max(0, ...parts.map(({ erasures }) => erasures));
  const fromParts = parts.length > 0
    ? fromFile(readTexts(parts), parts[0]!.source, restored)
    : undefined;
  const flat = findings.map((one) => one === PARTS ? fromParts! : one);
  return {
    reports: flat.flatMap(({ reports }) => reports),
    accounts: flat.flatMap(({ accounts }) => accounts),
  };
}

/** Where the accounts of an export will stand. */
const PARTS: Findings = { reports: [], accounts: [] };

function isExportPart({ bytes }: FoundText): boolean {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 64)).trimStart();
  return /^otpauth-migration:\/\//i.test(head);
}

/** Says which source something is from, where there are several. */
function withSource({ reports, accounts }: Findings, source: string | undefined): Findings {
  if (source === undefined) return { reports, accounts };
  return { reports: reports.map((found) => ({ ...found, source })), accounts };
}

/** What a text is, and where it was found. */
function describe(text: FoundText): Findings {
  const { source, place, seen } = text;
  const { reports, accounts } = collect([text], source);
  const at = { ...place ? { place } : {}, ...seen ? { seen } : {} };
  return { reports: reports.map((found) => ({ ...found, ...at })), accounts };
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
function fromFile(file: TokenFile, source: string, restoredBytes = 0): Findings {
  const reports: CodeReport[] = [];
  const accounts: (ReadAccount | undefined)[] = [];
  for (const entry of file.entries) {
    try {
      if (isProjectError(entry)) throw entry;
      const account = { ...accountOfRecord(entry, { source }), restoredBytes };
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
