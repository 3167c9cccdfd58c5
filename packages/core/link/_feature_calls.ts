import { checkReport, paddedReport } from "./_report.ts";
import { ExclusiveGate } from "./exclusive.ts";
import type { FeatureBackend } from "./feature_link.ts";
import type { GatedCalls } from "./_gated_calls.ts";
import type { CallOptions } from "./link.ts";

/** Feature reports over the calls of a link: reading and writing queue together, in order. */
export class FeatureCalls {
  readonly #calls: GatedCalls;
  readonly #backend: Pick<FeatureBackend, "reportBytes" | "set" | "get">;
  readonly #gate = new ExclusiveGate();

  constructor(calls: GatedCalls, backend: Pick<FeatureBackend, "reportBytes" | "set" | "get">) {
    this.#calls = calls;
    this.#backend = backend;
  }

  set(report: Uint8Array, options?: CallOptions): Promise<void> {
    const bytes = paddedReport(report, this.#backend.reportBytes);
    if (typeof bytes === "string") return this.#calls.refuse(bytes);
    const operate = (): Promise<void> => this.#backend.set(bytes);
    return this.#calls.run({ gate: this.#gate, action: "send to", bytes, operate }, options);
  }

  get(options?: CallOptions): Promise<Uint8Array> {
    const operate = (): Promise<Uint8Array> => this.#backend.get().then(checkReport);
    return this.#calls.run({ gate: this.#gate, action: "read from", operate }, options);
  }
}
