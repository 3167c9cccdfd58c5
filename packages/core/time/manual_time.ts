import { sleepUntilRung } from "./_sleep.ts";
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

  /** How many sleeps and alarms are waiting: lets a test wait until the code under test sleeps. */
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
    return sleepUntilRung((ring) => this.alarm(milliseconds, ring), signal);
  }

  /** Rings while {@linkcode ManualTime.advance} moves the clock far enough; at once where it is there. */
  alarm(milliseconds: number, ring: () => void): () => void {
    const sleeper: Sleeper = { until: this.#now + milliseconds, wake: ring };
    this.#sleepers.push(sleeper);
    if (milliseconds <= 0) queueMicrotask(() => this.advance(0));
    return () => void (this.#sleepers = this.#sleepers.filter((s) => s !== sleeper));
  }
}
