import { LinkError } from "@otpsmith/core/errors";
import {
  type CallOptions,
  createFeatureLink,
  createReportLink,
  type Endpoint,
  type FeatureLink,
  type OpenOptions,
  type ReportLink,
  type Transport,
} from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import { EchoHid, toReport } from "../echo/echo_hid.ts";
import type { TransportSetup } from "../transport/setup.ts";
import type { Breakage, EchoState } from "./echo_transport.ts";

/** The two kinds of report. */
export type ReportKind = "report" | "feature";

/** An open device: reports as they are. */
export interface HidPort {
  write(report: Uint8Array): Promise<void>;
  read(signal?: AbortSignal): Promise<Uint8Array>;
  release(): Promise<void>;
}

/** A link of either kind. */
export interface HidLink {
  readonly closed: AbortSignal;
  write(report: Uint8Array, options?: CallOptions): Promise<void>;
  read(options?: CallOptions): Promise<Uint8Array>;
}

/** Places at which a transport of reports can be broken on purpose; those of lists are as elsewhere. */
export interface HidBreakage extends Pick<Breakage, "list" | "transport"> {
  readonly port?: (port: HidPort) => Partial<HidPort>;
  readonly link?: (link: HidLink, port: HidPort) => Partial<HidLink>;
  readonly opening?: (state: EchoState, port: HidPort) => void | Promise<void>;
}

const REPORT_BYTES = 64;
/** The device's clock is out after so long: what would never be answered is. */
const NEVER_MS = 600;

const deviceTime = {
  ...systemTime,
  sleep: (ms: number, signal?: AbortSignal) =>
    systemTime.sleep(ms === 0xffff ? NEVER_MS : ms, signal),
};

function openPort(device: EchoHid, kind: ReportKind, state: EchoState): HidPort {
  const release = (): Promise<void> => Promise.resolve(void (state.open = false));
  if (kind === "feature") {
    return {
      write: (report) => Promise.resolve(device.setFeature(report.slice())),
      read: () => Promise.resolve(device.getFeature()),
      release,
    };
  }
  const inputs: Uint8Array[] = [];
  let wake = (): void => {};
  const stop = device.onInput((report) => {
    inputs.push(report);
    wake();
  });
  return {
    write: (report) => Promise.resolve(device.output(report.slice())),
    read: async (signal) => {
      const closed = (): void => wake();
      signal?.addEventListener("abort", closed, { once: true });
      while (inputs.length === 0) {
        signal?.throwIfAborted();
        await new Promise<void>((resolve) => wake = resolve);
      }
      signal?.removeEventListener("abort", closed);
      return inputs.shift()!;
    },
    release: () => {
      stop();
      return release();
    },
  };
}

function linkOver(
  kind: ReportKind,
  port: HidPort,
  broken: HidBreakage["link"] = () => ({}),
): ReportLink | FeatureLink {
  const common = { label: "Echo", reportBytes: REPORT_BYTES, release: () => port.release() };
  const write = (report: Uint8Array): Promise<void> => port.write(report);
  if (kind === "report") {
    const whole = createReportLink({ ...common, send: write, receive: (over) => port.read(over) });
    const uniform: HidLink = {
      closed: whole.closed,
      write: (report, options) => whole.send(report, options),
      read: (options) => whole.receive(options),
    };
    const { closed, write: send, read: receive } = { ...uniform, ...broken(uniform, port) };
    const reportBytes = REPORT_BYTES;
    const dispose = (): Promise<void> => Promise.resolve(whole[Symbol.asyncDispose]());
    return { kind, reportBytes, closed, send, receive, [Symbol.asyncDispose]: dispose };
  }
  const whole = createFeatureLink({ ...common, set: write, get: () => port.read() });
  const uniform: HidLink = {
    closed: whole.closed,
    write: (report, options) => whole.set(report, options),
    read: (options) => whole.get(options),
  };
  const { closed, write: set, read: get } = { ...uniform, ...broken(uniform, port) };
  const reportBytes = REPORT_BYTES;
  const dispose = (): Promise<void> => Promise.resolve(whole[Symbol.asyncDispose]());
  return { kind, reportBytes, closed, set, get, [Symbol.asyncDispose]: dispose };
}

function refuse(reason: "busy" | "absent" | "aborted"): LinkError {
  return new LinkError(reason, `Cannot open: it is ${reason}`, {
    delivery: "not-sent",
    next: "Look at it.",
  });
}

/** Prepares a case on two HID devices in this process, one of which cannot be opened. */
export function hidSetup(kind: ReportKind, breakage: HidBreakage = {}): Promise<TransportSetup> {
  const device = new EchoHid({ reportBytes: REPORT_BYTES, time: deviceTime });
  const state: EchoState = {
    card: {
      process: (command) => {
        device.output(toReport(command, { tag: 254, reportBytes: REPORT_BYTES }));
        return Promise.resolve(new Uint8Array());
      },
      power: (event) => device.power(event),
    },
    open: false,
    lists: 0,
  };
  const open = async ({ signal }: OpenOptions = {}): Promise<ReportLink & FeatureLink> => {
    if (signal?.aborted) throw refuse("aborted");
    const whole = openPort(device, kind, state);
    const port = { ...whole, ...breakage.port?.(whole) };
    await breakage.opening?.(state, port);
    if (state.open) throw refuse("busy");
    state.open = true;
    return linkOver(kind, port, breakage.link) as ReportLink & FeatureLink;
  };
  const common = { kind, transport: "hid-echo", facts: {} };
  const endpoints = [
    { ...common, id: "hid:0", label: "Echo", open },
    { ...common, id: "hid:1", label: "Empty", open: () => Promise.reject(refuse("absent")) },
  ] as unknown as readonly Endpoint[];
  const transport: Transport = {
    name: "hid-echo",
    kinds: [kind],
    probe: () => Promise.resolve({ usable: true }),
    list: ({ signal } = {}) => {
      if (signal?.aborted) return Promise.reject(refuse("aborted"));
      state.lists++;
      return Promise.resolve(breakage.list?.(endpoints, state) ?? endpoints);
    },
    watch: async function* ({ signal } = {}) {
      yield endpoints;
      await new Promise<void>((resolve) => {
        if (signal?.aborted) resolve();
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return Promise.resolve({
    transport: breakage.transport?.(transport, state) ?? transport,
    echo: "Echo",
    absent: "Empty",
    refuses: ["Empty"],
    child: () => Promise.resolve("ended"),
  });
}
