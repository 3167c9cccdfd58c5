import { LinkError } from "@otpsmith/core/errors";
import type { VirtualReportDevice } from "../../report_device.ts";
import { DESCRIPTOR, u16 } from "../device/descriptors.ts";
import type { SetupPacket } from "../device/usb_device.ts";
import type {
  EndpointShape,
  FunctionWire,
  InterfaceShape,
  UsbFunction,
} from "../device/usb_function.ts";
import { reportShape } from "./report_descriptors.ts";

/** Options of {@linkcode HidInterface}. */
export interface HidInterfaceOptions {
  /** What speaks in reports. */
  readonly reports: VirtualReportDevice;
  /** An interrupt endpoint to the host and, where output reports do not go over control, one back. */
  readonly endpoints: readonly EndpointShape[];
  /** Whether it says that it is a boot keyboard, as OTP tokens do; not unless given. */
  readonly keyboard?: boolean | undefined;
  /** What stands between the host and the token: the `reportFaults` of a virtual token. */
  readonly passage?: ReportPassage | undefined;
}

/** Lets reports pass, or not. A call that rejects is a stall. */
export interface ReportPassage {
  /** Lets a report pass to the token; `take` says `false` where the token stalls. */
  toToken(report: Uint8Array, take: () => boolean | void): Promise<void>;
  /** Lets a report pass from the token; `read` gives `undefined` where the token stalls. */
  fromToken(read: () => Uint8Array | undefined): Promise<Uint8Array>;
  /** The interface is reset, or the token pulled out. */
  interrupt(): void;
}

/** A feature report that goes wrong: refused with a stall, or dropped while the token says nothing. */
export interface HidFault {
  /** `stall` refuses the next report, `drop` loses it, `remove` pulls the token out before it. */
  readonly kind: "stall" | "drop" | "remove";
  /** Strikes this direction only: `set` is to the token, `get` is a feature report read, `input` sent. */
  readonly on?: "set" | "get" | "input" | undefined;
}

const REQUEST = {
  getReport: 0x01,
  getIdle: 0x02,
  setReport: 0x09,
  setIdle: 0x0a,
  setProtocol: 0x0b,
};
const REPORT = { input: 1, output: 2, feature: 3 } as const;
const ACKNOWLEDGED = new Uint8Array();

/**
 * A HID interface around anything that speaks in reports.
 *
 * @example A token that keeps one feature report
 * ```ts
 * import { createUsbDevice, HidInterface, keyboardDescriptor } from "@otpsmith/simulator/usb";
 *
 * let kept = new Uint8Array(8);
 * const otp = new HidInterface({
 *   keyboard: true,
 *   endpoints: [{ address: 0x81, type: "interrupt", packet: 8, interval: 10 }],
 *   reports: {
 *     descriptor: keyboardDescriptor({ featureBytes: 8 }),
 *     power() {},
 *     getFeature: () => kept,
 *     setFeature: (report) => void (kept = report.slice()),
 *   },
 * });
 * const device = createUsbDevice({
 *   identity: { vendorId: 0x1209, productId: 0x0001, manufacturer: "Example", product: "OTP" },
 *   functions: [otp],
 * });
 * const set = { requestType: 0x21, request: 9, value: 0x0300, index: 0, length: 8 };
 * await device.control(set, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)).result;
 * const get = { requestType: 0xa1, request: 1, value: 0x0300, index: 0, length: 8 };
 * const { data } = await device.control(get).result;
 * if (data.join() !== "1,2,3,4,5,6,7,8") throw new Error("unexpected");
 * ```
 */
export class HidInterface implements UsbFunction {
  /** What it tells of itself. */
  readonly shape: InterfaceShape;
  /** What speaks in reports behind it. */
  readonly reports: VirtualReportDevice;
  readonly #input: number | undefined;
  readonly #numbered: boolean;
  readonly #passage: ReportPassage | undefined;
  /** Input reports keep their order. */
  #inputs: Promise<void> = Promise.resolve();
  #faults: readonly HidFault[] = [];
  #wire!: FunctionWire;

  /** Makes one; it works as soon as it is part of a device. */
  constructor({ reports, endpoints, keyboard = false, passage }: HidInterfaceOptions) {
    this.reports = reports;
    this.#passage = passage;
    this.#numbered = reportShape(reports.descriptor).numbered;
    this.#input = endpoints.find(({ address }) => address >= 0x80)?.address;
    const subclass: [number, number] = keyboard ? [1, 1] : [0, 0];
    this.shape = { kind: [0x03, ...subclass], extra: [this.#hidDescriptor()], endpoints };
  }

  /** Lets something go wrong once. */
  strike(fault: HidFault): void {
    this.#faults = [...this.#faults, fault];
  }

  /** Gets its wire when the device is made. */
  attach(wire: FunctionWire): void {
    this.#wire = wire;
    this.reports.onInput?.((report) => {
      const fault = this.#strikes("input");
      if (this.#input === undefined || fault?.kind === "drop") return;
      if (fault?.kind === "remove") return wire.unplug();
      if (fault?.kind === "stall") return wire.stall(this.#input);
      this.#send(this.#input, report.slice());
    });
  }

  /** It is plugged in, pulled out, or reset. */
  power(event: "on" | "off" | "reset"): void {
    this.#passage?.interrupt();
    this.reports.power(event);
  }

  /** Descriptors and reports over endpoint 0. */
  control(
    { requestType, request, value, index }: SetupPacket,
    data: Uint8Array,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const [type, id] = [value >> 8, value & 0xff];
    if (requestType === 0x81 && request === 6) {
      if (type === DESCRIPTOR.report) return this.reports.descriptor;
      return type === DESCRIPTOR.class ? this.#hidDescriptor() : undefined;
    }
    if ((requestType & 0x60) !== 0x20 || index > 0xff) return undefined;
    if (request === REQUEST.getReport) return type === REPORT.feature ? this.#get(id) : undefined;
    if (request === REQUEST.setReport) {
      const [report] = this.#split(data);
      const taken = this.#set(type, report, id);
      const answer = (is: boolean): Uint8Array | undefined => is ? ACKNOWLEDGED : undefined;
      return taken instanceof Promise ? taken.then(answer) : answer(taken);
    }
    if (request === REQUEST.getIdle) return Uint8Array.of(0);
    return request === REQUEST.setIdle || request === REQUEST.setProtocol
      ? ACKNOWLEDGED
      : undefined;
  }

  /** An output report over an endpoint of its own. */
  out(_endpoint: number, data: Uint8Array): boolean | Promise<boolean> {
    const [report, id] = this.#split(data);
    return this.#set(REPORT.output, report, id);
  }

  #send(endpoint: number, report: Uint8Array): void {
    const passage = this.#passage;
    if (!passage) return this.#wire.send(endpoint, report);
    this.#inputs = this.#inputs.then(() => passage.fromToken(() => report)).then(
      (passed) => this.#wire.send(endpoint, passed),
      // Who was pulled out says nothing.
      (error) => error instanceof LinkError ? undefined : this.#wire.stall(endpoint),
    );
  }

  #get(id: number): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const fault = this.#strikes("get");
    if (fault?.kind === "remove") this.#wire.unplug();
    if (fault) return undefined;
    const read = (): Uint8Array | undefined => this.reports.getFeature?.(id);
    const told = (report: Uint8Array | undefined): Uint8Array | undefined =>
      report && (this.#numbered ? Uint8Array.of(id, ...report) : report);
    return this.#passage ? this.#passage.fromToken(read).then(told, () => undefined) : told(read());
  }

  #set(type: number, report: Uint8Array, id: number): boolean | Promise<boolean> {
    const fault = this.#strikes("set");
    if (fault?.kind === "remove") this.#wire.unplug();
    if (fault) return fault.kind === "drop";
    const take = (): boolean => this.#take(type, report, id);
    // A keyboard's lights are no reports of the token: systems set them whenever they like.
    const lights = type === REPORT.output && !this.reports.output;
    if (!this.#passage || lights) return take();
    return this.#passage.toToken(report, take).then(() => true, () => false);
  }

  #take(type: number, report: Uint8Array, id: number): boolean {
    const { reports } = this;
    if (type === REPORT.feature) {
      return reports.setFeature !== undefined && reports.setFeature(report, id) !== false;
    }
    // A keyboard's lights: who has no use for them takes them all the same.
    return type === REPORT.output && reports.output?.(report, id) !== false;
  }

  /** Numbered reports are led by their id. A copy: devices keep reports, and hosts overwrite theirs. */
  #split(data: Uint8Array): [report: Uint8Array, id: number] {
    const bytes = Uint8Array.from(data);
    return this.#numbered ? [bytes.subarray(1), bytes[0] ?? 0] : [bytes, 0];
  }

  #strikes(on: NonNullable<HidFault["on"]>): HidFault | undefined {
    const found = this.#faults.find((fault) => (fault.on ?? on) === on);
    this.#faults = this.#faults.filter((fault) => fault !== found);
    return found;
  }

  /** HID 1.11, section 6.2.1: one report descriptor of that length hangs below it. */
  #hidDescriptor(): Uint8Array {
    const length = u16(this.reports.descriptor.length);
    return Uint8Array.of(9, DESCRIPTOR.class, 0x11, 0x01, 0, 1, DESCRIPTOR.report, ...length);
  }
}
