import type { TokenRecord } from "../token_record.ts";
import type { Loss, Rule } from "./export_result.ts";

/** How an encrypted file is locked. */
export interface Lock {
  /** A passphrase as UTF-8, or the bytes of a key that both sides have. */
  readonly passphrase?: Uint8Array | undefined;
  readonly key?: Uint8Array | undefined;
  /** Fills an array with random bytes: `crypto.getRandomValues`. */
  readonly random: (bytes: Uint8Array<ArrayBuffer>) => unknown;
  /** Rounds of PBKDF2. */
  readonly rounds?: number | undefined;
}

/** One target of an export: what it refuses, what it loses, what it writes. */
export interface Target {
  /** What it is called, for a person. */
  readonly name: string;
  /** Rules whose findings stop the export: codes would be wrong, or tokens would be lost. */
  readonly refuse: (records: readonly TokenRecord[]) => readonly Rule[];
  /** Rules and notes that the person is told. */
  readonly lose: (records: readonly TokenRecord[]) => readonly (Rule | Loss)[];
  /** Writes records that nothing refused; there is at least one. */
  readonly write: (records: readonly TokenRecord[], lock: Lock) => Uint8Array;
  /** Whether the file is encrypted. */
  readonly locked?: boolean;
}
