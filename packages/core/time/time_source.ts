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
  sleep: async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    let left = milliseconds;
    for (; left > LONGEST_TIMER_MS; left -= LONGEST_TIMER_MS) await timer(LONGEST_TIMER_MS, signal);
    await timer(left, signal);
  },
};

/** Timers take 31 bits: a longer one, or an infinite one, would fire at once. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

function timer(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(running);
      reject(signal!.reason);
    };
    const running = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
