import type { TimeSource } from "./time_source.ts";

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/**
 * A clock that moves only when it is told to: for tests and for simulations.
 *
 * @example Let an hour pass at once
 * ```ts
 * import { ManualTime } from "@otpsmith/core";
 *
 * const time = new ManualTime(1_700_000_000_000);
 * const slept = time.sleep(3_600_000);
 * time.advance(3_600_000);
 * await slept;
 * ```
 */
export class ManualTime implements TimeSource {
  #now: number;
  #sleepers: Sleeper[] = [];

  /** Starts at the given time, in milliseconds since 1970. */
  constructor(now: number) {
    this.#now = now;
  }

  /** How many sleeps are waiting: lets a test wait until the code under test has gone to sleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** The time it was set or moved to. */
  now(): number {
    return this.#now;
  }

  /** Moves the clock forward and wakes, in order, everything whose time has come. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
    const due = this.#sleepers.filter((s) => s.until <= this.#now).sort((a, b) =>
      a.until - b.until
    );
    this.#sleepers = this.#sleepers.filter((s) => s.until > this.#now);
    for (const sleeper of due) sleeper.wake();
  }

  /** Resolves when {@linkcode ManualTime.advance} has moved the clock far enough. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (milliseconds <= 0) return resolve();
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((s) => s !== sleeper);
        reject(signal!.reason);
      };
      const sleeper: Sleeper = {
        until: this.#now + milliseconds,
        wake: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}
