import type { Endpoint } from "@otpsmith/core/link";
import type { TimeSource } from "@otpsmith/core/time";

/** How a list is watched. */
export interface WatchOptions<E extends Endpoint> {
  /** Gives what is plugged in. */
  readonly list: () => Promise<readonly E[]>;
  /** How often it is asked. */
  readonly pollMs: number;
  /** The clock. */
  readonly time: TimeSource;
  /** Ends the watch. */
  readonly until: AbortSignal;
}

/**
 * Whole snapshots, by asking again and again: notices of the system do not come in containers, and the npm
 * packages do not pass all of them on.
 */
export async function* watchByPolling<E extends Endpoint>(
  { list, pollMs, time, until }: WatchOptions<E>,
): AsyncGenerator<readonly E[]> {
  let last: string | undefined;
  while (!until.aborted) {
    const endpoints = await list().catch(() => []); // why, is for probe() and list() to say
    const seen = JSON.stringify(endpoints, (_, v) => v instanceof Uint8Array ? [...v] : v);
    if (seen !== last && !until.aborted) yield endpoints;
    last = seen;
    await time.sleep(pollMs, until).catch(() => undefined);
  }
}
