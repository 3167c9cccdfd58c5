import { systemTime, type TimeSource } from "../time/time_source.ts";
import { checkReport, paddedReport } from "./_report.ts";
import type { LinkBackend } from "./backend.ts";
import { ExclusiveGate } from "./exclusive.ts";
import { GatedCalls } from "./_gated_calls.ts";
import { FeatureCalls } from "./_feature_calls.ts";
import type { CallOptions, FeatureLink, ReportLink } from "./link.ts";

/** What a transport has to supply for {@linkcode createReportLink}. */
export interface ReportBackend extends LinkBackend {
  /** Report size in bytes, without the report id. */
  readonly reportBytes: number;
  /**
   * Sends one output report of `reportBytes` bytes. Called once at a time. The array is only valid until
   * the promise settles, then it is overwritten.
   */
  send(report: Uint8Array): Promise<void>;
  /**
   * Waits for the next input report. Called once at a time, also while a report is being sent. Settles
   * soon after the signal has fired: nobody waits for the report any more, and the handle is released next.
   */
  receive(signal: AbortSignal): Promise<Uint8Array>;
  /** Writes a feature report, as a {@linkcode FeatureBackend} does; left out where none can be reached. */
  set?(report: Uint8Array): Promise<void>;
  /** Reads a feature report; comes with {@linkcode ReportBackend.set}. */
  get?(): Promise<Uint8Array>;
}

/**
 * Turns bare reports into a link that keeps the contract of {@linkcode createApduLink}. Reports that are
 * sent queue in order, and so do those who wait for reports; the two do not wait for each other.
 *
 * @example A device that says back what it is told
 * ```ts
 * import { createReportLink } from "@otpsmith/core";
 *
 * const said: Uint8Array[] = [];
 * const link = createReportLink({
 *   label: "example",
 *   reportBytes: 64,
 *   send: (report) => Promise.resolve(void said.push(report.slice())),
 *   receive: () => Promise.resolve(said.shift()!),
 *   release: () => Promise.resolve(),
 * });
 * await link.send(Uint8Array.of(7));
 * const report = await link.receive();
 * if (report[0] !== 7 || report.length !== 64) throw new Error("unexpected");
 * await link[Symbol.asyncDispose]();
 * ```
 */
export function createReportLink(
  backend: ReportBackend,
  time: TimeSource = systemTime,
): ReportLink {
  return new GatedReportLink(backend, time);
}

class GatedReportLink implements ReportLink {
  readonly kind = "report" as const;
  readonly reportBytes: number;
  readonly features: Pick<FeatureLink, "set" | "get"> | undefined;
  readonly #backend: ReportBackend;
  readonly #calls: GatedCalls;
  readonly #sending = new ExclusiveGate();
  readonly #receiving = new ExclusiveGate();

  constructor(backend: ReportBackend, time: TimeSource) {
    this.#backend = backend;
    this.#calls = new GatedCalls(backend, time);
    this.reportBytes = backend.reportBytes;
    const { set, get } = backend;
    this.features = set && get
      ? new FeatureCalls(this.#calls, {
        reportBytes: backend.reportBytes,
        set: (report) => set.call(backend, report),
        get: () => get.call(backend),
      })
      : undefined;
  }

  get closed(): AbortSignal {
    return this.#calls.closed;
  }

  send(report: Uint8Array, options?: CallOptions): Promise<void> {
    const bytes = paddedReport(report, this.reportBytes);
    if (typeof bytes === "string") return this.#calls.refuse(bytes);
    const operate = (): Promise<void> => this.#backend.send(bytes);
    return this.#calls.run({ gate: this.#sending, action: "send to", bytes, operate }, options);
  }

  receive(options?: CallOptions): Promise<Uint8Array> {
    return this.#calls.run({
      gate: this.#receiving,
      action: "read from",
      operate: () => this.#backend.receive(this.closed).then(checkReport),
      stops: true,
    }, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#calls.dispose();
  }
}
