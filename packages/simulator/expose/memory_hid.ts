import { LinkError } from "@otpsmith/core/errors";
import {
  createFeatureLink,
  createReportLink,
  type Endpoint,
  type EndpointFacts,
  type FeatureBackend,
  type FeatureLink,
  type OpenOptions,
  type ReportLink,
  type Transport,
} from "@otpsmith/core/link";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import type { VirtualReportDevice } from "../report_device.ts";
import { type ReportShape, reportShape } from "../usb/hid/report_descriptors.ts";
import type { VirtualToken } from "../virtual_token.ts";

/** A token that is plugged in, and what it is called. */
export interface MemoryHidDevice {
  /** What a person reads. */
  readonly name: string;
  /** The token. Its first HID interface is the one that is offered. */
  readonly token: VirtualToken;
}

/** Options of {@linkcode memoryHid}. */
export interface MemoryHidOptions {
  /** What is plugged in. */
  readonly devices: readonly MemoryHidDevice[];
  /** Measures how long a report may take. */
  readonly time?: TimeSource | undefined;
  /** After how many milliseconds a report that hangs is given up, and the interface reset; 5000 unless given. */
  readonly timeoutMs?: number | undefined;
}

/** Generic desktop: where keyboards are. */
const KEYBOARD_PAGE = 0x01;

/** Links of a HID interface: reports both ways, or feature reports where it has them. */
type HidLink = ReportLink | FeatureLink;

/**
 * HID tokens in this very process: no USB, no native code. A keyboard is reached through its feature reports, others
 * through input and output reports, with feature reports beside them where their report descriptor has some.
 *
 * @example Read the status of a YubiKey's slots
 * ```ts
 * import { withLink } from "@otpsmith/core";
 * import { createVirtualToken, memoryHid } from "@otpsmith/simulator";
 *
 * const token = createVirtualToken({ model: "oath:yubikey5" });
 * const transport = memoryHid({ devices: [{ name: "Key", token }] });
 * const [key] = await transport.list();
 * if (key?.kind !== "feature") throw new Error("unexpected");
 * const status = await withLink(key, (link) => link.get());
 * if (status[1] !== 5) throw new Error("unexpected");
 * ```
 */
export function memoryHid(options: MemoryHidOptions): Transport {
  const { devices, time = systemTime, timeoutMs = 5000 } = options;
  const plugs = devices.map((device, index) => new Plug(device, index, { time, timeoutMs }));
  const list = (): readonly Endpoint[] =>
    plugs.filter(({ device }) => device.token.card.present).map((plug) => plug.endpoint());
  return {
    name: "memory-hid",
    kinds: ["report", "feature"],
    probe: () => Promise.resolve({ usable: true, detail: "simulated HID tokens in this process" }),
    list: () => Promise.resolve(list()),
    watch: async function* ({ signal } = {}) {
      while (!signal?.aborted) {
        let ring = (): void => undefined;
        const change = new Promise<void>((resolve) => ring = resolve);
        const stops = devices.map(({ token }) => token.card.onPresence(ring));
        signal?.addEventListener("abort", ring);
        try {
          yield list();
          await change;
        } finally {
          for (const stop of stops) stop();
          signal?.removeEventListener("abort", ring);
        }
      }
    },
    [Symbol.asyncDispose]: () => {
      for (const plug of plugs) plug.unplug();
      return Promise.resolve();
    },
  };
}

/** One interface: whether it is open, and what became of it. */
class Plug {
  readonly device: MemoryHidDevice;
  readonly #id: string;
  readonly #reports: VirtualReportDevice;
  readonly #shape: ReportShape;
  readonly #limits: { readonly time: TimeSource; readonly timeoutMs: number };
  readonly #unplugged = new AbortController();
  #open = false;

  constructor(
    device: MemoryHidDevice,
    index: number,
    limits: { readonly time: TimeSource; readonly timeoutMs: number },
  ) {
    const [reports] = device.token.reports;
    if (!reports) throw new RangeError(`Cannot plug in "${device.name}": it has no HID interface`);
    this.device = device;
    this.#id = `memory-hid:${index + 1}:${device.name}`;
    this.#reports = reports;
    this.#shape = reportShape(reports.descriptor);
    this.#limits = limits;
  }

  /** Whether its input reports are answers: a keyboard's are keystrokes. */
  get #listens(): boolean {
    return this.#shape.featureBytes === 0 || this.#shape.page !== KEYBOARD_PAGE;
  }

  /** Nothing answers any more. */
  unplug(): void {
    this.#unplugged.abort();
  }

  endpoint(): Endpoint {
    const { token, name } = this.device;
    const { page, usage: id } = this.#shape;
    const facts: EndpointFacts = {
      usage: { page, id },
      ...(token.usb && {
        usb: { vendorId: token.usb.vendorId, productId: token.usb.productId },
      }),
      usbSerial: token.serial,
      inUse: this.#open,
    };
    return {
      id: this.#id,
      kind: this.#listens ? "report" : "feature",
      transport: "memory-hid",
      label: name,
      facts,
      open: (options) => new Promise((resolve) => resolve(this.#connect(options) as never)),
    };
  }

  #connect({ signal }: OpenOptions = {}): HidLink {
    const { card, reportFaults } = this.device.token;
    if (signal?.aborted) throw this.#refuse("aborted", "the call was given up");
    if (!card.present || this.#unplugged.signal.aborted) {
      throw this.#refuse("absent", "it was pulled out", "Plug the token in again.");
    }
    if (this.#open) {
      throw this.#refuse("busy", "another program holds it", "Close the other program.");
    }
    this.#open = true;
    const gone = new AbortController();
    const leave = (): void => {
      gone.abort();
      this.#reports.power("off");
      reportFaults.interrupt();
    };
    const stops = [card.onPresence(leave)];
    this.#unplugged.signal.addEventListener("abort", leave);
    const queue = this.#listens ? new InputQueue(this.#reports) : undefined;
    const common = {
      label: this.device.name,
      gone: gone.signal,
      release: () => {
        for (const stop of stops) stop();
        this.#unplugged.signal.removeEventListener("abort", leave);
        queue?.stop();
        this.#open = false;
        return Promise.resolve();
      },
    };
    return queue ? this.#reportLink(common, queue) : this.#featureLink(common);
  }

  #featureLink(common: Common): FeatureLink {
    const backend = { ...common, reportBytes: this.#shape.featureBytes, ...this.#features() };
    return createFeatureLink(backend, this.#limits.time);
  }

  #features(): Pick<FeatureBackend, "set" | "get"> {
    const { reportFaults: faults } = this.device.token;
    const reports = this.#reports;
    return {
      set: (report) =>
        this.#bounded(faults.toToken(report, () => reports.setFeature?.(report.slice(), 0))),
      get: () => this.#bounded(faults.fromToken(() => reports.getFeature?.(0))),
    };
  }

  #reportLink(common: Common, queue: InputQueue): ReportLink {
    const { reportFaults: faults } = this.device.token;
    const reports = this.#reports;
    return createReportLink({
      ...common,
      reportBytes: this.#shape.inputBytes,
      send: (report) =>
        this.#bounded(faults.toToken(report, () => reports.output?.(report.slice(), 0))),
      receive: async (signal) => {
        await queue.filled(signal);
        return await this.#bounded(faults.fromToken(() => queue.take()), signal);
      },
      ...(this.#shape.featureBytes > 0 && this.#features()),
    }, this.#limits.time);
  }

  /** A report that hangs for too long is given up, as systems do. */
  async #bounded<T>(passing: Promise<T>, signal?: AbortSignal): Promise<T> {
    const { reportFaults } = this.device.token;
    const { time, timeoutMs } = this.#limits;
    let late = false;
    const over = (): void => {
      this.#reports.power("reset");
      reportFaults.interrupt();
    };
    const cancel = time.alarm(timeoutMs, () => {
      late = true;
      over();
    });
    signal?.addEventListener("abort", over);
    try {
      return await passing;
    } catch (error) {
      if (!late) throw error;
      throw new LinkError("timeout", `Cannot talk to "${this.device.name}": no answer in time`, {
        delivery: "unknown",
        cause: error,
      });
    } finally {
      cancel();
      signal?.removeEventListener("abort", over);
    }
  }

  #refuse(reason: "aborted" | "absent" | "busy", state: string, next?: string): LinkError {
    return new LinkError(reason, `Cannot open "${this.device.name}": ${state}`, {
      delivery: "not-sent",
      next,
    });
  }
}

interface Common {
  readonly label: string;
  readonly gone: AbortSignal;
  readonly release: () => Promise<void>;
}

/** Input reports that nobody has read yet: the host keeps them while the interface is open. */
class InputQueue {
  readonly stop: () => void;
  readonly #queue: Uint8Array[] = [];
  #wake: (() => void) | undefined;

  constructor(reports: VirtualReportDevice) {
    this.stop = reports.onInput?.((report) => {
      this.#queue.push(report.slice());
      this.#wake?.();
    }) ?? (() => undefined);
  }

  /** Waits for a report. */
  async filled(signal: AbortSignal): Promise<void> {
    while (this.#queue.length === 0) {
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        if (signal.aborted) reject(signal.reason as Error);
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    }
  }

  take(): Uint8Array | undefined {
    return this.#queue.shift();
  }
}
