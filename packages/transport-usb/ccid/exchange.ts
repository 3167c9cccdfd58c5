import type { CcidAnswer } from "./message.ts";
import type { SlotCommand, TransactOptions } from "./reader.ts";

/** Sends one command to a slot. */
export type Send = (command: SlotCommand, options?: TransactOptions) => Promise<CcidAnswer>;

/** How APDUs go through a reader. */
export interface Exchange {
  /** The longest command and answer in bytes. */
  readonly limits: { readonly command: number; readonly response: number };
  /** Sends one APDU and gives its answer with both status bytes. */
  send(apdu: Uint8Array): Promise<Uint8Array>;
}
