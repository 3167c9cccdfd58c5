import { LinkError } from "@otpsmith/core/errors";
import type { TimeSource } from "@otpsmith/core/time";
import type { Fault, Faults } from "./faults.ts";
import { PowerLost } from "./firmware.ts";

/** What faults do to a token that speaks in reports. */
export interface ReportVictim {
  /** Pulls the token out. */
  takeAway(): void;
  /** Plugs it in again. */
  place(): void;
  /** It loses power, and stays off until somebody switches it on. */
  switchOff(): void;
  /** The next write loses power after so many of its steps, and `torn` is told of it. */
  tearNextWrite(steps: number | undefined, torn?: () => void): void;
}

/** The interface does not take a report, or has none. */
export class Stalled extends Error {}

/**
 * Faults between a host and the HID interfaces of one token. An exchange is one report, whichever way it
 * goes. What {@linkcode Fault} says of commands and answers is here:
 *
 * - `lose-before`, `lose-after`: the token is pulled out before or after the report was taken.
 * - `garble`: the next report from the token, this one or one behind it, is inverted or is `answer`. One
 *   to the token arrives as it is: USB checks it.
 * - `refuse`: the interface stalls; there are no status words.
 * - `hang`, `delay`: the report arrives when it is released or the time is over.
 * - `torn-write`: the next write of the token loses power, and the token is gone.
 */
export class ReportFaults implements Faults {
  readonly struck: Fault[] = [];
  readonly #victim: ReportVictim;
  readonly #time: TimeSource;
  readonly #held = new Set<() => void>();
  #interrupted = new AbortController();
  #exchanges = 0;
  #scheduled: readonly Fault[] = [];
  #spoils: ((report: Uint8Array) => Uint8Array) | undefined;

  /** Made by `createVirtualToken` for each token. */
  constructor(victim: ReportVictim, time: TimeSource) {
    this.#victim = victim;
    this.#time = time;
  }

  get exchanges(): number {
    return this.#exchanges;
  }

  schedule(fault: Fault): void {
    this.#scheduled = [...this.#scheduled, fault];
  }

  clear(): void {
    this.#scheduled = [];
  }

  release(): void {
    for (const letGo of this.#held) letGo();
    this.#held.clear();
  }

  /** The interface is reset, or the token pulled out: what hangs is over. */
  interrupt(): void {
    this.#interrupted.abort(lost());
    this.#interrupted = new AbortController();
  }

  /** Lets a report pass to the token; `take` says `false` where the token stalls. */
  async toToken(report: Uint8Array, take: () => boolean | void): Promise<void> {
    await this.#pass(report, () => {
      if (take() === false) throw stalled();
    });
  }

  /** Lets a report pass from the token; `read` gives `undefined` where the token stalls. */
  async fromToken(read: () => Uint8Array | undefined): Promise<Uint8Array> {
    let report = new Uint8Array(0);
    await this.#pass(undefined, () => {
      const found = read();
      if (!found) throw stalled();
      const spoil = this.#spoils;
      this.#spoils = undefined;
      report = Uint8Array.from(spoil?.(found) ?? found);
    });
    return report;
  }

  async #pass(report: Uint8Array | undefined, carry: () => void): Promise<void> {
    const number = ++this.#exchanges;
    const fault = this.#scheduled.find(({ at, when }) =>
      (at === undefined || at === number) &&
      (when === undefined || (report !== undefined && when(report)))
    );
    if (fault) {
      this.#scheduled = this.#scheduled.filter((other) => other !== fault);
      this.struck.push(fault);
      await this.#strike(fault, carry);
    } else {
      this.#carry(carry);
    }
  }

  /** Power that is lost in a write takes the token with it. */
  #carry(carry: () => void): void {
    try {
      carry();
    } catch (error) {
      if (!(error instanceof PowerLost)) throw error;
      throw lost();
    }
  }

  async #strike(fault: Fault, carry: () => void): Promise<void> {
    switch (fault.kind) {
      case "refuse":
        throw stalled();
      case "lose-after":
        this.#carry(carry);
        return this.#lose(fault.returns);
      case "lose-before":
        return this.#lose(fault.returns);
      case "garble":
        this.#spoils = (honest) => fault.answer ?? honest.map((byte) => byte ^ 0xff);
        return this.#carry(carry);
      case "torn-write":
        this.#victim.tearNextWrite(fault.steps ?? 0, () => this.#victim.switchOff());
        return this.#carry(carry);
      case "hang":
        await this.#untilReleased();
        return this.#carry(carry);
      case "delay":
        await this.#time.sleep(fault.milliseconds, this.#interrupted.signal);
        return this.#carry(carry);
    }
  }

  #lose(returns = true): never {
    this.#spoils = undefined;
    this.#victim.takeAway();
    if (returns) this.#victim.place();
    throw lost();
  }

  #untilReleased(): Promise<void> {
    const { signal } = this.#interrupted;
    return new Promise((resolve, reject) => {
      this.#held.add(resolve);
      signal.addEventListener("abort", () => {
        this.#held.delete(resolve);
        reject(signal.reason as LinkError);
      });
    });
  }
}

function lost(): LinkError {
  return new LinkError("lost", "Cannot go on: the token was pulled out", {
    delivery: "unknown",
    next: "Plug the token in again.",
  });
}

function stalled(): Stalled {
  return new Stalled("the interface stalls");
}
