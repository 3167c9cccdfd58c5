import { FormatError } from "@otpsmith/core/errors";
import type { Secret } from "@otpsmith/core/secret";
import type { ClockState } from "./clock.ts";

/** What a token computes codes from. */
export interface OtpSettings {
  /** The seed, or `null` where there is none. */
  readonly seed: Secret | null;
  /** Hash as the byte on the wire: 2 is SHA-256, the open firmware takes all others as SHA-1. */
  readonly algorithm: number;
  /** Length of a time step in seconds, as the byte on the wire. Not range-checked by tokens. */
  readonly period: number;
  /** Time until the display goes off, as the byte on the wire: 0, 1, 2, 3 are 15, 30, 60, 120 s. */
  readonly displayOff: number;
}

/** All that a virtual token keeps when nobody looks at it. */
export interface FlashImage {
  /** Family and model, such as `token2-single:C302-i`. */
  readonly model: string;
  /** Serial number, in digits. */
  readonly serial: string;
  /** Whether a clock or configuration write clears the seed. */
  readonly restricted: boolean;
  /** The clock. */
  readonly clock: ClockState;
  /** What was written last. */
  readonly stored: OtpSettings;
  /**
   * What the display computes with: `stored` as it was when the token was last switched on. On a real
   * token this is RAM; here it is kept, because the processes that play the token come and go.
   */
  readonly active: OtpSettings;
  /**
   * How often the token was switched on. A process that sees this change knows that another one
   * switched the token off and on, and forgets its authentication.
   */
  readonly powerCycles: number;
  /** Wrong answers to challenges since the last right one. */
  readonly wrongAnswers: number;
  /** Whether authentication is refused for good. */
  readonly locked: boolean;
  /**
   * The memory of a family with more in it than one seed, as bytes that its firmware alone can read.
   * `stored` and `active` are empty then.
   */
  readonly cells?: Secret | undefined;
}

/** The storage of one virtual token. Both calls are synchronous: a token's own flash is, too. */
export interface Flash {
  /** What a person knows it by: a file name, or "memory". */
  readonly label: string;
  /**
   * The image, or `undefined` where nothing was ever written.
   *
   * @throws {FormatError} If it cannot be read; the message never has any of its content.
   */
  read(): FlashImage | undefined;
  /**
   * Replaces the image by what `change` makes of it, in one step that no other writer can come
   * between. Nothing is written where `change` gives back the very object it was given. `change` may be
   * called more than once and must do nothing else.
   *
   * @throws {FormatError} If the storage cannot be read or written.
   */
  update(change: (image: FlashImage | undefined) => FlashImage): FlashImage;
}

/**
 * Storage that is gone when the process ends.
 *
 * @example A token without a file
 * ```ts
 * import { createVirtualToken, memoryFlash } from "@otpsmith/simulator";
 *
 * const storage = memoryFlash();
 * createVirtualToken({ model: "token2-single:C302-i", storage });
 * if (storage.read()?.serial !== "86596320000001") throw new Error("unexpected");
 * ```
 */
export function memoryFlash(): Flash {
  let image: FlashImage | undefined;
  return {
    label: "memory",
    read: () => image,
    update: (change) => image = change(image),
  };
}

/**
 * The image of a token that runs, which has one unless somebody deleted its file.
 *
 * @throws {FormatError} `format/state` if it is gone.
 *
 * @example What firmware reads at each command
 * ```ts
 * import { createVirtualToken, expectImage, memoryFlash } from "@otpsmith/simulator";
 *
 * const flash = memoryFlash();
 * createVirtualToken({ storage: flash });
 * if (expectImage(flash.read(), flash).locked) throw new Error("unexpected");
 * ```
 */
export function expectImage(image: FlashImage | undefined, flash: Flash): FlashImage {
  if (image) return image;
  throw new FormatError("state", `Cannot run token: its state "${flash.label}" is gone`, {
    source: flash.label,
    next: "Start the token again, which makes a new one.",
  });
}
