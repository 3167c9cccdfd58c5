import { systemTime } from "@otpsmith/core";
import type { ActionInput, StationSimulator } from "../station_api/mod.ts";
import type { SimulatedToken } from "../token/simulated_token.ts";

/** Displays change with the time step; a look each quarter of a second is soon enough. */
const LOOK_MS = 250;

/** Shows a simulated token on the page, and moves it. */
export class SimulatorView {
  readonly #token: SimulatedToken;
  readonly #show: (view: StationSimulator) => void;
  readonly #closed = new AbortController();
  #slot: number | undefined;

  /** Shows the token now and whenever it looks different. */
  constructor(token: SimulatedToken, show: (view: StationSimulator) => void) {
    this.#token = token;
    this.#show = show;
    void this.#tick();
  }

  /** Does what hands do. */
  move({ hand, slot }: ActionInput<"simulate">): void {
    this.#slot = slot;
    const { hands } = this.#token;
    if (hand === "place") hands.place();
    else if (hand === "take-away") hands.takeAway();
    else if (hand === "switch-on") hands.switchOn();
    else if (hand === "switch-off") hands.switchOff();
    else hands.press();
    this.#look();
  }

  /** Looks at it no more. */
  close(): void {
    this.#closed.abort();
  }

  #look(): void {
    const { serial, model, hands } = this.#token;
    const display = this.#token.displayText(this.#slot);
    this.#show({ serial, model, on: hands.on, placed: hands.placed, display });
  }

  async #tick(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      this.#look();
      await systemTime.sleep(LOOK_MS, this.#closed.signal).catch(() => undefined);
    }
  }
}
