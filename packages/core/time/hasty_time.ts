import { sleepUntilRung } from "./_sleep.ts";
import { systemTime, type TimeSource } from "./time_source.ts";

/**
 * The computer's clock for somebody in a hurry: whoever sleeps is woken at once, and the clock has moved
 * on by as much as was to be slept. For tests of code that looks again and again until a device is ready,
 * or waits for a hand that never comes. Alarms, which are deadlines, ring when either clock is there.
 *
 * @example Wait for an hour
 * ```ts
 * import { HastyTime } from "@otpsmith/core";
 *
 * const time = new HastyTime();
 * const before = time.now();
 * await time.sleep(3_600_000);
 * if (time.now() - before < 3_600_000) throw new Error("unexpected");
 * ```
 */
export class HastyTime implements TimeSource {
  #skipped = 0;
  readonly #alarms = new Set<{ readonly at: number; readonly ring: () => void }>();

  /** The computer's time and all that was slept. */
  now(): number {
    return systemTime.now() + this.#skipped;
  }

  /** Moves on by that time, and lets others have their turn. */
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await sleepUntilRung((ring) => systemTime.alarm(0, ring), signal);
    this.#skipped += milliseconds;
    for (const alarm of [...this.#alarms]) {
      if (alarm.at <= this.now()) alarm.ring();
    }
  }

  /** Rings when that time has passed, or was slept. */
  alarm(milliseconds: number, ring: () => void): () => void {
    const alarm = {
      at: this.now() + milliseconds,
      ring: (): void => {
        cancel();
        ring();
      },
    };
    const stop = systemTime.alarm(milliseconds, alarm.ring);
    const cancel = (): void => {
      stop();
      this.#alarms.delete(alarm);
    };
    this.#alarms.add(alarm);
    return cancel;
  }
}
