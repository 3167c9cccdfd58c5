import type { OtpAlgorithm } from "../otp/mod.ts";
import type { Secret } from "../secret/mod.ts";

/** What is to be burned. */
export interface BurnRequest {
  /** The seed as the service gave it. It is copied; the caller keeps and wipes its own. */
  readonly seed: Secret;
  /** Hash function the service computes with. */
  readonly algorithm: OtpAlgorithm;
  /** Code length. */
  readonly digits: number;
  /** Time step in seconds. */
  readonly period: number;
  /** Whether the token's clock is set to the computer's. Otherwise the token keeps its own time. */
  readonly syncClock: boolean;
  /** After how many seconds the display goes off; 30 by default, or the nearest that the model knows. */
  readonly displayOffSeconds?: number | undefined;
  /** The serial number that is expected on the reader, where the person named one. */
  readonly serial?: string | undefined;
  /**
   * The slot, on tokens with several: its number, or `next` for the first that is free. Where slots are
   * found by title, the title says which, and this is left out.
   */
  readonly slot?: number | "next" | undefined;
  /** The title of the slot, on tokens that keep one. */
  readonly title?: string | undefined;
  /** Whether each code is to need a touch, on tokens that can do so. */
  readonly touch?: boolean | undefined;
}

/** What the person or the organisation allows. */
export interface BurnPolicy {
  /** The computer's clock in milliseconds since 1970. */
  readonly now: number;
  /**
   * The person has compared the computer's clock with another one: the token's may be far off. Without
   * that, clocks that are more than a day apart stop a burn.
   */
  readonly hostClockChecked?: boolean | undefined;
  /**
   * Slots whose seeds the person agrees to lose, each by its name: the number of the slot, or its title.
   * Where there is only one place for a seed, no such consent is asked for here.
   */
  readonly replace?: readonly (number | string)[] | undefined;
  /** Whether the owner's key, password or PIN is at hand. */
  readonly secretGiven?: boolean | undefined;
}
