import { type Delivery, LinkError, type LinkErrorReason } from "@otpsmith/core/errors";
import { systemTime } from "@otpsmith/core/time";
import { ConformanceError } from "./case.ts";

/** Fails the case with what to change. */
export function broken(whatToChange: string): never {
  throw new ConformanceError(whatToChange);
}

/** Fails the case with what to change, unless the condition holds. */
export function check(condition: boolean, whatToChange: string): asserts condition {
  if (!condition) broken(whatToChange);
}

/** Fails the case unless both are the same bytes. */
export function checkBytes(actual: Uint8Array, expected: Uint8Array, whatToChange: string): void {
  const same = actual.length === expected.length && actual.every((b, i) => b === expected[i]);
  check(same, `${whatToChange} (expected ${describe(expected)}, got ${describe(actual)})`);
}

function describe(bytes: Uint8Array): string {
  const shown = [...bytes.slice(0, 12)].map((b) => b.toString(16).padStart(2, "0")).join("");
  return `${bytes.length} bytes ${shown}${bytes.length > 12 ? "..." : ""}`;
}

/** Longer than any call here may take before it fails: contactless readers give a card up after 5 s. */
const REJECTS_WITHIN_MS = 10_000;

/** What a LinkError has to say. */
export interface ExpectedError {
  readonly reasons: readonly LinkErrorReason[];
  readonly delivery: Delivery;
}

/** Fails the case unless the promise rejects with such a LinkError; gives the error. */
export async function checkRejects(
  promise: Promise<unknown>,
  { reasons, delivery }: ExpectedError,
  whatToChange: string,
): Promise<LinkError> {
  const wanted = `a LinkError with reason ${reasons.join(" or ")} and delivery ${delivery}`;
  const rejected = promise.then(
    () => broken(`${whatToChange}: ${wanted} is expected, but the call succeeded`),
    (thrown: unknown) => thrown,
  );
  const error = await within(REJECTS_WITHIN_MS, rejected, `${whatToChange}: ${wanted} is expected`);
  check(
    error instanceof LinkError,
    `${whatToChange}: ${wanted} is expected, but it was ${String(error)}`,
  );
  check(
    reasons.includes(error.reason) && error.delivery === delivery,
    `${whatToChange}: ${wanted} is expected, but it was ${error.reason}, ${error.delivery}`,
  );
  return error;
}

/** Waits for the promise, and fails the case if that takes too long. */
export async function within<T>(
  milliseconds: number,
  promise: PromiseLike<T>,
  whatToChange: string,
): Promise<T> {
  const over = new AbortController();
  const late = systemTime.sleep(milliseconds, over.signal).then(
    () => broken(`${whatToChange} (nothing happened for ${milliseconds} ms)`),
  );
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
  }
}

/** Disposes, as a promise in any case. */
export async function dispose(disposable: AsyncDisposable): Promise<void> {
  await disposable[Symbol.asyncDispose]();
}

/** A promise that is looked at later: should the case end before, its failure is nobody's. */
export function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
