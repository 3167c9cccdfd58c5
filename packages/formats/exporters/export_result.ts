import type { TokenRecord } from "../token_record.ts";

/** Something that a target cannot say or that its importer will get wrong. */
export interface Loss {
  /** Which records it concerns, counted from 1; empty if it concerns the whole file. */
  readonly records: readonly number[];
  /** Stable name of the reason: `hash-by-length`, `no-user`. */
  readonly code: LossCode;
  /** What is lost or guessed, as a sentence for a person. */
  readonly message: string;
}

/**
 * Reasons of losses and refusals.
 *
 * - `hotp`: the target takes no counter-based tokens.
 * - `algorithm`, `digits`, `period`: the target cannot say this value: codes would be wrong.
 * - `hash-by-length`: the target takes the hash from the length of the seed, and would take another one.
 * - `seed-too-long`: the target takes no seed of this length.
 * - `no-serial`: the target needs a serial number, and the record has none.
 * - `serial-twice`: two records have one serial number, and the target would keep one of them.
 * - `bad-text`: a text holds a character that would break the target's format.
 * - `no-user`: the target assigns tokens by user, and the record names none.
 * - `setting-elsewhere`: a setting is not in the file and has to be chosen at the target.
 * - `names-lost`: issuer, account, user, maker or model are left out.
 * - `counter-lost`: the counter is left out: the target starts at zero.
 * - `no-drift`: the target follows no clock that drifts.
 */
export type LossCode =
  | "hotp"
  | "algorithm"
  | "digits"
  | "period"
  | "hash-by-length"
  | "seed-too-long"
  | "no-serial"
  | "serial-twice"
  | "bad-text"
  | "no-user"
  | "setting-elsewhere"
  | "names-lost"
  | "counter-lost"
  | "no-drift";

/** A file for a target, or why there is none. */
export type ExportResult =
  | {
    readonly ok: true;
    /** The file. It holds the seeds: overwrite it after it was written. */
    readonly bytes: Uint8Array;
    /** What the file does not say; tell the person. */
    readonly losses: readonly Loss[];
  }
  | {
    readonly ok: false;
    /** Why codes would be wrong or tokens lost: nothing was made. */
    readonly refusals: readonly Loss[];
    readonly losses: readonly Loss[];
  };

/** One rule of a target: says of a record what would go wrong, or nothing. */
export type Rule = (record: TokenRecord) => Omit<Loss, "records"> | undefined;

/** Asks the rules about all records; the same answer for several of them is one line. */
export function ask(records: readonly TokenRecord[], rules: readonly Rule[]): readonly Loss[] {
  const found = new Map<string, { loss: Omit<Loss, "records">; records: number[] }>();
  records.forEach((record, index) => {
    for (const rule of rules) {
      const loss = rule(record);
      if (!loss) continue;
      const known = found.get(loss.message) ?? { loss, records: [] };
      known.records.push(index + 1);
      found.set(loss.message, known);
    }
  });
  return [...found.values()].map(({ loss, records }) => ({ ...loss, records }));
}
