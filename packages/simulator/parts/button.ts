import type { TimeSource } from "@otpsmith/core/time";

/** Who presses a token's button when it blinks, and when. */
export interface Presser {
  /** So long after it began to blink, in milliseconds; at once unless given. */
  readonly afterMs?: number | undefined;
  /** Nobody does. */
  readonly never?: boolean | undefined;
  /** Only whoever calls {@linkcode Button.press}. */
  readonly byHand?: boolean | undefined;
}

/**
 * The button of a token that wants to be touched: it blinks while a command waits, for so long as the
 * firmware allows.
 *
 * @example A person who is late
 * ```ts
 * import { ManualTime } from "@otpsmith/core";
 * import { Button } from "@otpsmith/simulator";
 *
 * const time = new ManualTime(0);
 * const button = new Button(time, { afterMs: 20_000 });
 * const pressed = button.pressed(15_000);
 * time.advance(15_000);
 * if (await pressed) throw new Error("unexpected");
 * ```
 */
export class Button {
  readonly #time: TimeSource;
  readonly #presser: Presser;
  readonly #watchers = new Set<() => void>();
  #waiting: (() => void) | undefined;

  /** A button with somebody beside it. */
  constructor(time: TimeSource, presser: Presser = {}) {
    this.#time = time;
    this.#presser = presser;
  }

  /** Whether a command waits for it now. */
  get blinking(): boolean {
    return this.#waiting !== undefined;
  }

  /** Calls back whenever it begins to blink. Returns a function that stops it. */
  onBlink(listener: () => void): () => void {
    const own = (): void => listener();
    this.#watchers.add(own);
    return () => void this.#watchers.delete(own);
  }

  /** Presses it. Nothing happens while no command waits. */
  press(): void {
    this.#waiting?.();
  }

  /** Blinks until it is pressed, which gives `true`, or the time is over. */
  async pressed(withinMs: number): Promise<boolean> {
    const { afterMs = 0, never = false, byHand = false } = this.#presser;
    if (!never && !byHand && afterMs === 0) return true;
    const over = new AbortController();
    const press = new Promise<boolean>((resolve) => this.#waiting = () => resolve(true));
    for (const tell of [...this.#watchers]) tell();
    const after = (ms: number, result: boolean): Promise<boolean> =>
      this.#time.sleep(ms, over.signal).then(() => result, () => false);
    const ends = [press, after(withinMs, false)];
    if (!never && !byHand && afterMs < withinMs) ends.push(after(afterMs, true));
    try {
      return await Promise.race(ends);
    } finally {
      this.#waiting = undefined;
      over.abort();
    }
  }
}
