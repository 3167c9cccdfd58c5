import { sleepUntilRung } from "./_sleep.ts";

/**
 * The clock that code is given instead of reaching for the system's: nothing outside this folder
 * reads the time on its own.
 */
export interface TimeSource {
  /** Milliseconds since 1970-01-01T00:00:00Z. May be wrong or jump: it is the computer's wall clock. */
  now(): number;
  /**
   * Waits. Rejects with the signal's reason as soon as the signal fires, and leaves no timer behind.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `ring` once, later, when that time has passed; never if the function that it returns is called
   * before. For deadlines, which nearly always end early: to make and fire a signal costs as much as a
   * quarter of an exchange with a card.
   */
  alarm(milliseconds: number, ring: () => void): () => void;
}

/**
 * The computer's own clock.
 *
 * @example Wait a little
 * ```ts
 * import { systemTime } from "@otpsmith/core";
 *
 * await systemTime.sleep(1);
 * ```
 */
export const systemTime: TimeSource = {
  now: (): number => Date.now(),
  sleep: (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    sleepUntilRung((ring) => systemTime.alarm(milliseconds, ring), signal),
  alarm: (milliseconds: number, ring: () => void): () => void => {
    let running: ReturnType<typeof setTimeout>;
    const wait = (left: number): void => {
      running = left > LONGEST_TIMER_MS
        ? setTimeout(() => wait(left - LONGEST_TIMER_MS), LONGEST_TIMER_MS)
        : setTimeout(ring, left);
    };
    wait(milliseconds);
    return () => clearTimeout(running);
  },
};

/** Timers take 31 bits: a longer one, or an infinite one, would fire at once. */
const LONGEST_TIMER_MS = 0x7fff_ffff;
