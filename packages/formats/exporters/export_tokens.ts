import { FormatError } from "@otpsmith/core/errors";
import type { TokenRecord } from "../token_record.ts";
import { csv, duo, entraCsv, linotp, netiq, privacyideaCsv } from "./csv_targets.ts";
import { ask, type ExportResult, type Loss, type Rule } from "./export_result.ts";
import { entraGraph, okta, pingone } from "./json_targets.ts";
import { otpauth } from "./otpauth_target.ts";
import { freeipa, privacyideaPskc, pskc } from "./pskc_target.ts";
import type { Lock, Target } from "./target.ts";

/** Files that other programs read without a provider's own rules. */
export type NeutralFormat = "csv" | "pskc" | "otpauth";

/** What an identity provider takes. */
export type ProviderFormat =
  | "entra-csv"
  | "entra-graph"
  | "duo"
  | "privacyidea-csv"
  | "privacyidea-pskc"
  | "freeipa"
  | "linotp"
  | "netiq"
  | "pingone"
  | "okta";

const TARGETS: Readonly<Record<NeutralFormat | ProviderFormat, Target>> = {
  csv,
  pskc,
  otpauth,
  "entra-csv": entraCsv,
  "entra-graph": entraGraph,
  duo,
  "privacyidea-csv": privacyideaCsv,
  "privacyidea-pskc": privacyideaPskc,
  freeipa,
  linotp,
  netiq,
  pingone,
  okta,
};

/** How {@linkcode exportTokens} writes. */
export interface ExportOptions {
  /** What is written. */
  readonly to: NeutralFormat | ProviderFormat;
  /** Passphrase as UTF-8 for formats that are encrypted. Left as it is: wipe it. */
  readonly passphrase?: Uint8Array | undefined;
  /** A key of 16 bytes that both sides have, instead of a passphrase. */
  readonly key?: Uint8Array | undefined;
  /** Rounds of PBKDF2; 100,000 by default. */
  readonly rounds?: number | undefined;
  /** Fills an array with random bytes; `crypto.getRandomValues` if left out. */
  readonly random?: Lock["random"] | undefined;
}

/** Names and what they are called, for lists and `--help`; `locked` ones want a passphrase or a key. */
export const EXPORT_FORMATS: readonly {
  readonly format: NeutralFormat | ProviderFormat;
  readonly name: string;
  readonly locked: boolean;
}[] = Object.entries(TARGETS).map(([format, { name, locked = false }]) => ({
  format: format as NeutralFormat | ProviderFormat,
  name,
  locked,
}));

/**
 * Writes records in the form that a target takes, with a list of what the form cannot say and what its
 * importer will guess. Refuses, with every reason, where codes would be wrong or tokens would be lost.
 *
 * @throws {FormatError} `format/cannot-lock` if an encrypted format gets neither passphrase nor key, or a
 * key of another length; `format/nothing-to-export` without records.
 *
 * @example A refusal instead of wrong codes
 * ```ts
 * import { exportTokens, readTokens, recordsOf } from "@otpsmith/formats";
 *
 * const text = "serial,seed,hash\nS1,JBSWY3DPEHPK3PXP,SHA256\n";
 * const records = recordsOf(readTokens(new TextEncoder().encode(text), { source: "tokens.csv" }));
 * const result = exportTokens(records, { to: "privacyidea-csv" });
 * if (result.ok || result.refusals[0]?.code !== "hash-by-length") throw new Error("unexpected");
 * ```
 */
export function exportTokens(
  records: readonly TokenRecord[],
  options: ExportOptions,
): ExportResult {
  const target = TARGETS[options.to];
  if (records.length === 0) {
    throw new FormatError("nothing-to-export", "Cannot export tokens: there are none", {
      source: "export",
      next: "Name a file with at least one token.",
    });
  }
  const losses = judge(records, target.lose(records));
  const refusals = judge(records, target.refuse(records));
  if (refusals.length > 0) return { ok: false, refusals, losses };
  const { passphrase, key, rounds, random = (bytes) => crypto.getRandomValues(bytes) } = options;
  const bytes = target.write(records, { passphrase, key, rounds, random });
  return { ok: true, bytes, losses };
}

function judge(
  records: readonly TokenRecord[],
  list: readonly (Rule | Loss)[],
): readonly Loss[] {
  const rules = list.filter((entry) => typeof entry === "function");
  const notes = list.filter((entry): entry is Loss => typeof entry !== "function");
  return [...ask(records, rules), ...notes];
}
