import type { OtpAlgorithm } from "../otp/algorithm.ts";
import type { TokenCallOptions } from "./touch.ts";

/** One of several places for seeds in a token. */
export interface SlotTarget {
  /** Its number, as the maker counts. Where slots are found by their title: its place in the list. */
  readonly slot: number;
  /** Its title; on tokens whose slots are found by title, the only thing that counts. */
  readonly title?: string | undefined;
}

/** Hash function, code length, time step, as far as a token tells them. */
export interface SlotSettings {
  /** Hash function. */
  readonly algorithm: OtpAlgorithm;
  /** Code length. */
  readonly digits: number;
  /** Time step in seconds. */
  readonly period: number;
}

/** What a token tells of one slot. */
export interface SlotState extends SlotTarget {
  /** Whether it holds a seed. */
  readonly occupied: boolean;
  /** Its settings, where the token tells them. */
  readonly settings?: Partial<SlotSettings> | undefined;
  /** Whether it counts time steps or button presses, where the token tells it. */
  readonly type?: "totp" | "hotp" | undefined;
  /** Whether a code needs a touch, where the token tells it. */
  readonly touch?: boolean | undefined;
}

/** Reads, names and erases slots. */
export interface SlotFacet {
  /** Reads one slot. Where slots are found by title and none has this one, it is not occupied. */
  read(target: SlotTarget, options?: TokenCallOptions): Promise<SlotState>;
  /** Reads all slots, in their order; where they are found by title, those that are occupied. */
  list(options?: TokenCallOptions): Promise<readonly SlotState[]>;
  /** Writes a title, where that is a command of its own. */
  writeTitle?(target: SlotTarget & { readonly title: string }, options?: TokenCallOptions): Promise<
    void
  >;
  /** Erases the seed of one slot. One that is empty counts as erased. */
  erase?(target: SlotTarget, options?: TokenCallOptions): Promise<void>;
}

/** Has the token compute a code. */
export interface CodeFacet {
  /** The code of a slot at a time given in seconds since 1970. */
  compute(
    target: SlotTarget & { readonly settings: SlotSettings },
    options: TokenCallOptions & { readonly seconds: number },
  ): Promise<string>;
}
