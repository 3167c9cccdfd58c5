import {
  createFeatureLink,
  createReportLink,
  type Endpoint,
  type EndpointFacts,
  type LinkByKind,
  type LinkKind,
  type Transport,
} from "@otpsmith/core";
import type { VirtualReportDevice } from "@otpsmith/simulator";

/** What is plugged in: one HID interface and what the system says of it. */
export interface PluggedReports {
  readonly kind: "feature" | "report";
  readonly reports: VirtualReportDevice;
  readonly reportBytes: number;
  readonly facts: EndpointFacts;
}

/** A transport with one HID interface of software, in this very process. */
export function reportTransport(plugged: PluggedReports): Transport {
  const { kind, facts } = plugged;
  const endpoint: Endpoint<LinkKind> = {
    id: "plugged",
    kind,
    transport: "reports",
    label: "Simulated HID interface",
    facts,
    open: () => Promise.resolve(open(plugged) as LinkByKind[LinkKind]),
  };
  return {
    name: "reports",
    kinds: [kind],
    probe: () => Promise.resolve({ usable: true, detail: "one HID interface of software" }),
    list: () => Promise.resolve([endpoint]),
    watch: async function* () {
      yield await Promise.resolve([endpoint]);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function open({ kind, reports, reportBytes }: PluggedReports): LinkByKind["feature" | "report"] {
  const label = "Simulated HID interface";
  const refused = (): Promise<never> => Promise.reject(new Error("the interface stalls"));
  if (kind === "feature") {
    return createFeatureLink({
      label,
      reportBytes,
      set: (report) => reports.setFeature!(report, 0) === false ? refused() : Promise.resolve(),
      get: () => {
        const report = reports.getFeature!(0);
        return report ? Promise.resolve(report) : refused();
      },
      release: () => Promise.resolve(),
    });
  }
  const queue: Uint8Array[] = [];
  let wake: (() => void) | undefined;
  const stop = reports.onInput!((report) => {
    queue.push(report.slice());
    wake?.();
  });
  return createReportLink({
    label,
    reportBytes,
    send: (report) => reports.output!(report, 0) === false ? refused() : Promise.resolve(),
    receive: async () => {
      while (queue.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return queue.shift()!;
    },
    set: (report) => (reports.setFeature?.(report, 0) ?? false) ? Promise.resolve() : refused(),
    get: () => {
      const report = reports.getFeature?.(0);
      return report ? Promise.resolve(report) : refused();
    },
    release: () => Promise.resolve(stop()),
  });
}
