import { systemTime, type TimeSource } from "../time/time_source.ts";
import type { LinkBackend } from "./backend.ts";
import { FeatureCalls } from "./_feature_calls.ts";
import { GatedCalls } from "./_gated_calls.ts";
import type { CallOptions, FeatureLink } from "./link.ts";

/** What a transport has to supply for {@linkcode createFeatureLink}. Called once at a time. */
export interface FeatureBackend extends LinkBackend {
  /** Report size in bytes, without the report id. */
  readonly reportBytes: number;
  /**
   * Writes one feature report of `reportBytes` bytes. The array is only valid until the promise settles,
   * then it is overwritten.
   */
  set(report: Uint8Array): Promise<void>;
  /** Reads one feature report. */
  get(): Promise<Uint8Array>;
}

/**
 * Turns bare feature reports into a link that keeps the contract of {@linkcode createApduLink}: reading
 * and writing queue together, in order.
 *
 * @example A device that keeps what it is told
 * ```ts
 * import { createFeatureLink } from "@otpsmith/core";
 *
 * let kept = new Uint8Array(8);
 * const link = createFeatureLink({
 *   label: "example",
 *   reportBytes: 8,
 *   set: (report) => Promise.resolve(void (kept = report.slice())),
 *   get: () => Promise.resolve(kept),
 *   release: () => Promise.resolve(),
 * });
 * await link.set(Uint8Array.of(7));
 * if ((await link.get())[0] !== 7) throw new Error("unexpected");
 * await link[Symbol.asyncDispose]();
 * ```
 */
export function createFeatureLink(
  backend: FeatureBackend,
  time: TimeSource = systemTime,
): FeatureLink {
  return new GatedFeatureLink(backend, time);
}

class GatedFeatureLink implements FeatureLink {
  readonly kind = "feature" as const;
  readonly reportBytes: number;
  readonly #calls: GatedCalls;
  readonly #features: FeatureCalls;

  constructor(backend: FeatureBackend, time: TimeSource) {
    this.#calls = new GatedCalls(backend, time);
    this.#features = new FeatureCalls(this.#calls, backend);
    this.reportBytes = backend.reportBytes;
  }

  get closed(): AbortSignal {
    return this.#calls.closed;
  }

  set(report: Uint8Array, options?: CallOptions): Promise<void> {
    return this.#features.set(report, options);
  }

  get(options?: CallOptions): Promise<Uint8Array> {
    return this.#features.get(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#calls.dispose();
  }
}
