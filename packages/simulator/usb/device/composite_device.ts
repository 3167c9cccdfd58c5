import { ended, InEndpoint, OpenTransfer } from "./_transfers.ts";
import {
  DESCRIPTOR,
  type DeviceIdentity,
  encodeConfiguration,
  encodeDevice,
  encodeString,
} from "./descriptors.ts";
import type {
  SetupPacket,
  UsbDescriptors,
  UsbSpeed,
  UsbStatus,
  UsbTransfer,
  VirtualUsbDevice,
} from "./usb_device.ts";
import type { UsbFunction } from "./usb_function.ts";

/** Options of {@linkcode createUsbDevice}. */
export interface UsbDeviceOptions {
  /** Ids and strings. */
  readonly identity: DeviceIdentity;
  /** Its interfaces: the first is number 0. */
  readonly functions: readonly UsbFunction[];
  /** Full speed unless given, as readers and tokens are. */
  readonly speed?: UsbSpeed | undefined;
  /** Makes its descriptors lie: gets the true ones, gives back what the host is told. */
  readonly lie?: ((truth: UsbDescriptors) => UsbDescriptors) | undefined;
}

const EMPTY = new Uint8Array(0);
const RECIPIENT = { device: 0, interface: 1, endpoint: 2 } as const;
const ENDPOINT_HALT = 0;

/**
 * Makes a USB device out of interfaces, plugged in.
 *
 * @example A device with one interface that does nothing
 * ```ts
 * import { createUsbDevice } from "@otpsmith/simulator/usb";
 *
 * const device = createUsbDevice({
 *   identity: { vendorId: 0x1209, productId: 0x0001, manufacturer: "Example", product: "Nothing" },
 *   functions: [{
 *     shape: { kind: [0xff, 0, 0], extra: [], endpoints: [] },
 *     attach() {},
 *     power() {},
 *     control: () => undefined,
 *     out() {},
 *   }],
 * });
 * const setup = { requestType: 0x80, request: 6, value: 0x0100, index: 0, length: 18 };
 * const { status, data } = await device.control(setup).result;
 * if (status !== "done" || data[8] !== 0x09) throw new Error("unexpected");
 * ```
 */
export function createUsbDevice(options: UsbDeviceOptions): VirtualUsbDevice {
  return new CompositeDevice(options);
}

class CompositeDevice implements VirtualUsbDevice {
  readonly descriptors: UsbDescriptors;
  readonly speed: UsbSpeed;
  plugged = true;
  readonly #functions: readonly UsbFunction[];
  readonly #byEndpoint = new Map<number, UsbFunction>();
  readonly #sending = new Map<number, InEndpoint>();
  readonly #halted = new Set<number>();
  readonly #listeners = new Set<(plugged: boolean) => void>();
  /** Transfers that an interface thinks about. */
  readonly #open = new Set<OpenTransfer>();
  /** How often it has been pulled out. */
  #removals = 0;
  #configuration = 0;

  constructor({ identity, functions, speed = "full", lie }: UsbDeviceOptions) {
    const { manufacturer, product, serial } = identity;
    const truth: UsbDescriptors = {
      device: encodeDevice(identity),
      configuration: encodeConfiguration(functions.map(({ shape }) => shape)),
      strings: [manufacturer, product, ...(serial === undefined ? [] : [serial])],
    };
    this.descriptors = lie?.(truth) ?? truth;
    this.speed = speed;
    this.#functions = functions;
    for (const each of functions) {
      for (const { address, packet } of each.shape.endpoints) {
        this.#byEndpoint.set(address, each);
        if (address & 0x80) this.#sending.set(address, new InEndpoint(packet));
      }
      each.attach({
        send: (endpoint, data) => {
          if (this.plugged) this.#sending.get(endpoint)?.send(data);
        },
        stall: (endpoint) => this.#halt(endpoint),
        unplug: () => this.unplug(),
      });
      each.power("on");
    }
  }

  control(setup: SetupPacket, data: Uint8Array = EMPTY): UsbTransfer {
    if (!this.plugged) return ended("gone");
    const { requestType, index, length } = setup;
    const type = requestType >> 5 & 3;
    return this.#answered(
      () =>
        type === 0
          ? this.#standard(setup, data)
          : this.#functionOf(requestType & 0x1f, index)?.control(setup, data),
      (answer) => answer ? ended("done", answer.subarray(0, length)) : ended("stall"),
    );
  }

  out(endpoint: number, data: Uint8Array): UsbTransfer {
    if (!this.plugged) return ended("gone");
    const target = this.#byEndpoint.get(endpoint);
    if (!target || this.#halted.has(endpoint)) return ended("stall");
    return this.#answered(() => target.out(endpoint, data), (taken) => {
      if (taken !== false) return ended("done");
      this.#halt(endpoint);
      return ended("stall");
    });
  }

  in(endpoint: number, length: number): UsbTransfer {
    if (!this.plugged) return ended("gone");
    const sending = this.#sending.get(endpoint);
    if (!sending || this.#halted.has(endpoint)) return ended("stall");
    return sending.take(length);
  }

  reset(): void {
    this.#forget("aborted");
    for (const each of this.#functions) each.power("reset");
  }

  plug(): void {
    if (this.plugged) return;
    this.plugged = true;
    for (const each of this.#functions) each.power("on");
    for (const listener of [...this.#listeners]) listener(true);
  }

  unplug(): void {
    if (!this.plugged) return;
    this.plugged = false;
    this.#removals++;
    this.#forget("gone");
    for (const each of this.#functions) each.power("off");
    for (const listener of [...this.#listeners]) listener(false);
  }

  onPlugged(listener: (plugged: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What an interface says, at once or later. Asking may pull the device out, and put it back at once. */
  #answered<T>(ask: () => T | Promise<T>, end: (answer: T) => UsbTransfer): UsbTransfer {
    const removals = this.#removals;
    const answer = ask();
    if (this.#removals !== removals) return ended("gone");
    if (!(answer instanceof Promise)) return end(answer);
    const transfer = new OpenTransfer(0, (over) => this.#open.delete(over));
    this.#open.add(transfer);
    void answer.then(async (value) => {
      if (!this.#open.has(transfer)) return; // given up, or pulled out meanwhile
      const { status, data } = await end(value).result;
      transfer.end(status, data);
    });
    return transfer;
  }

  #forget(status: UsbStatus): void {
    for (const transfer of [...this.#open]) transfer.end(status);
    this.#configuration = 0;
    this.#halted.clear();
    for (const sending of this.#sending.values()) sending.flush(status);
  }

  #halt(endpoint: number): void {
    this.#halted.add(endpoint);
    this.#sending.get(endpoint)?.flush("stall");
  }

  #functionOf(recipient: number, index: number): UsbFunction | undefined {
    if (recipient === RECIPIENT.endpoint) return this.#byEndpoint.get(index & 0xff);
    return this.#functions[index & 0xff];
  }

  /** The requests that every device knows (USB 2.0, section 9.4); the rest stalls. */
  #standard(setup: SetupPacket, data: Uint8Array): ReturnType<UsbFunction["control"]> {
    const { requestType, value, index } = setup;
    const recipient = requestType & 0x1f;
    const endpoint = recipient === RECIPIENT.endpoint ? index & 0xff : undefined;
    switch (setup.request) {
      case 0: // GET_STATUS
        return Uint8Array.of(endpoint !== undefined && this.#halted.has(endpoint) ? 1 : 0, 0);
      case 1: // CLEAR_FEATURE
        if (endpoint !== undefined && value === ENDPOINT_HALT) this.#halted.delete(endpoint);
        return EMPTY;
      case 3: // SET_FEATURE
        if (endpoint !== undefined && value === ENDPOINT_HALT) this.#halt(endpoint);
        return EMPTY;
      case 5: // SET_ADDRESS
      case 11: // SET_INTERFACE
        return EMPTY;
      case 6: // GET_DESCRIPTOR
        if (recipient === RECIPIENT.interface) {
          return this.#functionOf(recipient, index)?.control(setup, data);
        }
        return this.#descriptor(value >> 8, value & 0xff);
      case 8: // GET_CONFIGURATION
        return Uint8Array.of(this.#configuration);
      case 9: // SET_CONFIGURATION
        if (value > 1) return undefined;
        this.#configuration = value;
        return EMPTY;
      case 10: // GET_INTERFACE
        return Uint8Array.of(0);
    }
    return undefined;
  }

  #descriptor(type: number, index: number): Uint8Array | undefined {
    if (type === DESCRIPTOR.device) return this.descriptors.device;
    if (type === DESCRIPTOR.configuration && index === 0) return this.descriptors.configuration;
    if (type === DESCRIPTOR.string) return encodeString(this.descriptors.strings, index);
    return undefined;
  }
}
