/**
 * A gate that lets one task through at a time, in the order of asking.
 *
 * @example Two tasks never overlap
 * ```ts
 * import { ExclusiveGate } from "@otpsmith/core";
 *
 * const gate = new ExclusiveGate();
 * const order: string[] = [];
 * await Promise.all([
 *   gate.run(async () => { order.push("a begins"); await null; order.push("a ends"); }),
 *   gate.run(async () => { order.push("b begins"); }),
 * ]);
 * if (order.join() !== "a begins,a ends,b begins") throw new Error(order.join());
 * ```
 */
export class ExclusiveGate {
  #tail: Promise<unknown> = Promise.resolve();

  /**
   * Runs the task when all earlier ones have settled. A signal that fires while the task waits takes
   * it out of the queue and rejects with the signal's reason; once the task runs the signal is its own
   * business.
   */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      let left = false;
      const leave = (): void => {
        left = true;
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#tail = this.#tail.then(async () => {
        signal?.removeEventListener("abort", leave);
        if (left) return;
        try {
          resolve(await task());
        } catch (error) {
          reject(error); // also where the task throws before it returns a promise
        }
      });
    });
  }

  /** Resolves when everything that is queued now has settled. */
  idle(): Promise<void> {
    return this.#tail.then(() => undefined);
  }
}
