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
}
