import type { TimeSource } from "@otpsmith/core/time";
import { Button } from "./button.ts";

/** What {@linkcode Hands} needs to know of the token they hold. */
export interface HandledToken {
  /** It is switched on: what was stored becomes what it works with. */
  wake(): void;
  /** It is switched off or leaves the field: what lived in RAM is gone. */
  forget(): void;
  /** Seconds after which it switches itself off, or `undefined` if it never does. */
  autoOffSeconds(): number | undefined;
}

/**
 * The person at the desk: presses the token's button, lays it on the reader and takes it away. New
 * hands hold a token that is switched on and lies on the reader.
 *
 * @example New seeds show up only after switching off and on
 * ```ts
 * import { createVirtualToken } from "@otpsmith/simulator";
 *
 * const token = createVirtualToken({ model: "token2-single:C302-i" });
 * token.hands.switchOff();
 * if (token.card.present || token.display().text !== "") throw new Error("still on");
 * token.hands.switchOn();
 * if (!token.card.present || token.display().text !== "------") throw new Error("still off");
 * ```
 */
export class Hands {
  readonly #token: HandledToken;
  readonly #time: TimeSource;
  readonly #listeners = new Set<(present: boolean) => void>();
  #on = true;
  #placed = true;
  #wasPresent = true;
  #offAt: number | undefined;
  #timer: AbortController | undefined;

  /** The button that blinks while a command waits for a touch. */
  readonly button: Button;

  /** Takes a token that is on and lies on the reader. */
  constructor(token: HandledToken, time: TimeSource, button: Button = new Button(time)) {
    this.button = button;
    this.#token = token;
    this.#time = time;
    this.#startCountdown();
  }

  /** Whether the token is switched on. */
  get on(): boolean {
    this.#fallAsleep();
    return this.#on;
  }

  /** Whether it lies on the reader. */
  get placed(): boolean {
    return this.#placed;
  }

  /** Whether a reader finds it: switched on and in the field. */
  get present(): boolean {
    return this.on && this.#placed;
  }

  /** Presses the button that a command waits for. */
  press(): void {
    this.button.press();
  }

  /** Presses the button of a token that is off, or has switched itself off. */
  switchOn(): void {
    if (this.on) return;
    this.#token.wake();
    this.#on = true;
    this.#startCountdown();
    this.#tell();
  }

  /** Switches the token off. */
  switchOff(): void {
    this.#goOff();
    this.#tell();
  }

  /** Switches the token off, if it is on, and on again. */
  powerCycle(): void {
    this.switchOff();
    this.switchOn();
  }

  /** Lays the token on the reader. */
  place(): void {
    this.#placed = true;
    this.#tell();
  }

  /** Takes the token off the reader; it stays switched on. */
  takeAway(): void {
    this.#placed = false;
    this.#token.forget();
    this.#tell();
  }

  /** Calls back after each change of {@linkcode Hands.present}. Returns a function that stops it. */
  onPresence(listener: (present: boolean) => void): () => void {
    const own = (present: boolean): void => listener(present);
    this.#listeners.add(own);
    this.#keepTimer();
    return () => {
      this.#listeners.delete(own);
      this.#keepTimer();
    };
  }

  #goOff(): void {
    if (!this.#on) return;
    this.#on = false;
    this.#offAt = undefined;
    this.#keepTimer();
    this.#token.forget();
  }

  #startCountdown(): void {
    const seconds = this.#token.autoOffSeconds();
    this.#offAt = seconds === undefined ? undefined : this.#time.now() + seconds * 1000;
    this.#keepTimer();
  }

  #fallAsleep(): void {
    if (this.#offAt === undefined || this.#time.now() < this.#offAt) return;
    this.#goOff();
    this.#tell();
  }

  /** A timer runs only while somebody listens, so a token that nobody watches keeps no process alive. */
  #keepTimer(): void {
    this.#timer?.abort();
    this.#timer = undefined;
    if (this.#offAt === undefined || this.#listeners.size === 0) return;
    this.#timer = new AbortController();
    this.#time.sleep(Math.max(0, this.#offAt - this.#time.now()), this.#timer.signal).then(
      () => {
        this.#fallAsleep();
        if (this.#offAt !== undefined) this.#keepTimer(); // timers may ring a millisecond early
      },
      () => undefined, // nobody listens any more, or the token was switched off
    );
  }

  #tell(): void {
    const present = this.#on && this.#placed;
    if (present === this.#wasPresent) return;
    this.#wasPresent = present;
    for (const listener of [...this.#listeners]) listener(present);
  }
}
