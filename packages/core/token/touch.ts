import type { CallOptions } from "../link/link.ts";

/** A token waits for a person. */
export interface TouchWanted {
  /** What is wanted: a sensor touched, or a button pressed. */
  readonly hand: "tap" | "press";
  /** The sentence for the person: "Press ▲ on the token." */
  readonly says: string;
  /**
   * Whether the token's own answer says that it was done. Otherwise the driver goes on when the promise
   * of {@linkcode TokenCallOptions.onTouch} is kept, and looks whether it was.
   */
  readonly tells: boolean;
}

/** Options of calls during which a token may wait for a person. */
export interface TokenCallOptions extends CallOptions {
  /**
   * Told when the token waits for a touch. Without it, a driver whose token cannot tell when it was done
   * fails with TokenError `wants-touch`.
   */
  readonly onTouch?: ((wanted: TouchWanted) => void | Promise<void>) | undefined;
}
