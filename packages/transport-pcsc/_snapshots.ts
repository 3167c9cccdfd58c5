import type { TimeSource } from "@otpsmith/core/time";
import type { PcscBinding, ReaderState } from "./binding.ts";

/** How long to wait before asking for a service that is away: doubling from the first to the last. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

/**
 * Whole lists of readers, the first at once and one after each change, until the signal fires. Without
 * a service the list is empty, and goes on when the service is back. Of several changes between two
 * looks only the last is given.
 */
export async function* snapshots(
  binding: () => Promise<PcscBinding>,
  { time, signal }: { readonly time: TimeSource; readonly signal: AbortSignal },
): AsyncGenerator<readonly ReaderState[]> {
  let last: string | undefined;
  let retry = FIRST_RETRY_MS;
  while (!signal.aborted) {
    const mailbox = new Mailbox(signal);
    let stop: (() => Promise<void>) | undefined;
    try {
      stop = await (await binding()).monitor({
        changed: (readers) => mailbox.put(readers),
        failed: () => mailbox.put(undefined),
      });
    } catch {
      mailbox.put(undefined); // why, is for probe() and list() to say
    }
    try {
      for (let readers = await mailbox.take(); !signal.aborted; readers = await mailbox.take()) {
        const seen = JSON.stringify(readers ?? [], (_, v) => v instanceof Uint8Array ? [...v] : v);
        if (seen !== last) yield readers ?? [];
        last = seen;
        if (!readers) break;
        retry = FIRST_RETRY_MS;
      }
    } finally {
      await stop?.();
    }
    await time.sleep(retry, signal).catch(() => undefined);
    retry = Math.min(2 * retry, LAST_RETRY_MS);
  }
}

/** Holds the newest list until somebody wants it; `undefined` says that the service went away. */
class Mailbox {
  readonly #signal: AbortSignal;
  #content: { readonly readers: readonly ReaderState[] | undefined } | undefined;
  #wake: () => void = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  put(readers: readonly ReaderState[] | undefined): void {
    this.#content = { readers };
    this.#wake();
  }

  async take(): Promise<readonly ReaderState[] | undefined> {
    if (!this.#content && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = () => {
          this.#signal.removeEventListener("abort", this.#wake);
          resolve();
        };
        this.#signal.addEventListener("abort", this.#wake, { once: true });
      });
    }
    const content = this.#content;
    this.#content = undefined;
    return content?.readers;
  }
}
