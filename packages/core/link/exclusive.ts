import { attempt } from "./_attempt.ts";

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
  #busy = false;
  readonly #waiting: (() => void)[] = [];

  /**
   * Runs the task when all earlier ones have settled, at once where there are none. A signal that fires
   * while the task waits takes it out of the queue and rejects with the signal's reason; once the task
   * runs the signal is its own business.
   */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const begin = (): void => {
        signal?.removeEventListener("abort", leave);
        attempt(task).then((value) => {
          this.#next();
          resolve(value);
        }, (error: unknown) => {
          this.#next();
          reject(error);
        });
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal!.reason);
      };
      if (this.#busy) {
        this.#waiting.push(begin);
        signal?.addEventListener("abort", leave);
      } else {
        this.#busy = true;
        begin();
      }
    });
  }

  #next(): void {
    const begin = this.#waiting.shift();
    if (begin) begin();
    else this.#busy = false;
  }

  /** Resolves when everything that is queued now has settled. */
  idle(): Promise<void> {
    return this.run(() => Promise.resolve());
  }
}
