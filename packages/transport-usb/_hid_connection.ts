import process from "node:process";
import type { LinkError } from "@otpsmith/core/errors";
import type { FeatureBackend, ReportBackend } from "@otpsmith/core/link";
import type { HidPort } from "./hid_port.ts";
import { hidError } from "./_node_hid.ts";
import { toLinkError, type UsbError } from "./usb_error.ts";

/** How reports are laid out, and for whom. */
export interface HidConnectionOptions {
  /** What a person knows it by. */
  readonly label: string;
  /** Size of a report, without its id. */
  readonly reportBytes: number;
  /** Id of the report; 0 for none. */
  readonly reportId: number;
  /** Whether input reports are wanted: a keyboard's are its keystrokes. */
  readonly listens: boolean;
}

/** How many reports are kept that nobody has waited for: devices that talk all the time must not fill memory. */
const MOST_REPORTS = 256;

/**
 * An open HID interface for both kinds of link. Report ids are put on and taken off here and nowhere else:
 * hidapi wants one in front of every report that goes out, 0 where the device has none, and puts it in front
 * of what comes in only where it has.
 */
export class HidConnection implements ReportBackend, FeatureBackend {
  readonly label: string;
  readonly reportBytes: number;
  readonly #port: HidPort;
  readonly #id: number;
  readonly #gone = new AbortController();
  #reports: Uint8Array[] = [];
  /** Who waits for the next report. */
  #wake: (() => void) | undefined;

  private constructor(port: HidPort, options: HidConnectionOptions) {
    this.#port = port;
    this.label = options.label;
    this.reportBytes = options.reportBytes;
    this.#id = options.reportId;
    port.on("error", (reason) => this.lose(hidError(reason)));
    if (options.listens) port.on("data", (report) => this.#keep(report));
  }

  /** Takes a port over. */
  static async over(port: HidPort, options: HidConnectionOptions): Promise<HidConnection> {
    const connection = new HidConnection(port, options);
    // It begins to read one tick later, and throws where nobody can catch it if it was closed before
    // (node-hid 3.4.0, nodehid.js).
    await new Promise<void>((resolve) => process.nextTick(resolve));
    return connection;
  }

  /** Fires when the device went away. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The device went away. */
  lose(reason: UsbError): void {
    this.#gone.abort(toLinkError(reason, { action: `Cannot use "${this.label}"`, sending: false }));
    this.#wake?.();
  }

  async send(report: Uint8Array): Promise<void> {
    await this.#out(report, (bytes) => this.#port.write(bytes));
  }

  async set(report: Uint8Array): Promise<void> {
    await this.#out(report, (bytes) => this.#port.sendFeatureReport(bytes));
  }

  async get(): Promise<Uint8Array> {
    try {
      const report = await this.#port.getFeatureReport(this.#id, this.reportBytes + 1);
      return new Uint8Array(report.subarray(1));
    } catch (error) {
      throw this.#failed("read from", error);
    }
  }

  async receive(signal: AbortSignal): Promise<Uint8Array> {
    const onClosed = (): void => this.#wake?.();
    signal.addEventListener("abort", onClosed, { once: true });
    try {
      while (this.#reports.length === 0) {
        if (signal.aborted) throw signal.reason;
        if (this.gone.aborted) throw this.gone.reason;
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
      return this.#reports.shift()!;
    } finally {
      this.#wake = undefined;
      signal.removeEventListener("abort", onClosed);
    }
  }

  async release(): Promise<void> {
    for (const report of this.#reports.splice(0)) report.fill(0);
    await this.#port.close();
  }

  #keep(report: Uint8Array): void {
    // An empty report is what some versions give for "nothing came in time".
    if (report.length === 0) return;
    if (this.#id !== 0 && report[0] !== this.#id) return;
    this.#reports.push(new Uint8Array(this.#id === 0 ? report : report.subarray(1)));
    if (this.#reports.length > MOST_REPORTS) this.#reports.shift();
    this.#wake?.();
  }

  async #out(report: Uint8Array, write: (bytes: Buffer) => Promise<number>): Promise<void> {
    const bytes = Buffer.alloc(1 + report.length);
    bytes[0] = this.#id;
    bytes.set(report, 1);
    try {
      await write(bytes);
    } catch (error) {
      throw this.#failed("send to", error);
    } finally {
      bytes.fill(0);
    }
  }

  #failed(action: "send to" | "read from", error: unknown): LinkError {
    return toLinkError(hidError(error), {
      action: `Cannot ${action} "${this.label}"`,
      sending: true,
    });
  }
}
