import type { CallOptions, Endpoint, Transport } from "@otpsmith/core/link";

/**
 * Watches several transports as one: snapshots of all that is plugged in, the first when each has given
 * its own. Ends when the signal fires, or when none is left to watch.
 */
export async function* watchAll(
  transports: readonly Transport[],
  options: CallOptions = {},
): AsyncGenerator<readonly Endpoint[]> {
  const watches = transports.map((transport) => transport.watch(options)[Symbol.asyncIterator]());
  const latest = new Map<number, readonly Endpoint[]>();
  const next = async (index: number) => ({ index, ...await watches[index]!.next() });
  const pending = new Map(watches.map((_, index) => [index, next(index)]));
  try {
    while (pending.size > 0) {
      const { index, done, value } = await Promise.race(pending.values());
      if (done) {
        pending.delete(index);
        latest.set(index, []);
      } else {
        latest.set(index, value);
        pending.set(index, next(index));
      }
      if (latest.size === watches.length && pending.size > 0) {
        yield watches.flatMap((_, index) => latest.get(index)!);
      }
    }
  } finally {
    // A generator that waits hears of return() only when it wakes: nobody waits for that.
    for (const watch of watches) void watch.return?.().then(undefined, () => undefined);
  }
}
