import { type Endpoint, systemTime } from "@otpsmith/core";
import type { Bench } from "../token/bench.ts";

/** How long to wait before looking again, where watching failed: the service may be starting. */
const AGAIN_MS = 1000;

/** Follows what is plugged in until the signal fires; whatever ends a watch, another one begins. */
export async function watchReaders(
  bench: Bench,
  { signal, onReaders, onTrouble }: {
    readonly signal: AbortSignal;
    readonly onReaders: (endpoints: readonly Endpoint[]) => void;
    /** Called where a watch ended by itself: the transports can say why. */
    readonly onTrouble: () => Promise<void>;
  },
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const endpoints of bench.watch(signal)) onReaders(endpoints);
    } catch {
      // what was watched is gone: said by `onTrouble`
    }
    if (signal.aborted) return;
    onReaders([]);
    await onTrouble().catch(() => undefined);
    await systemTime.sleep(AGAIN_MS, signal).catch(() => undefined);
  }
}
