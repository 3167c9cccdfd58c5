/** The eight bytes that open every control transfer, taken apart (USB 2.0, section 9.3). */
export interface SetupPacket {
  /** bmRequestType: direction in bit 7, type in bits 5 and 6, recipient in the rest. */
  readonly requestType: number;
  /** bRequest. */
  readonly request: number;
  /** wValue. */
  readonly value: number;
  /** wIndex: often an interface number or an endpoint address. */
  readonly index: number;
  /** wLength: how many bytes follow, or are wanted. */
  readonly length: number;
}

/**
 * How a transfer ended: `done`; `stall`: the device refused it; `overflow`: the device sent more than
 * was asked for; `aborted` by the host; `gone`: the device was pulled out.
 */
export type UsbStatus = "done" | "stall" | "overflow" | "aborted" | "gone";

/** What became of a transfer. */
export interface UsbResult {
  /** How it ended. */
  readonly status: UsbStatus;
  /** What the device sent; empty unless something was asked of it. */
  readonly data: Uint8Array;
}

/** A transfer under way. */
export interface UsbTransfer {
  /** Resolves when it is over, and never rejects. A device may leave a host waiting for ever. */
  readonly result: Promise<UsbResult>;
  /** The host gives it up: it ends as `aborted`, unless it has ended already. */
  abort(): void;
}

/** Bytes that a device tells of itself. They may lie. */
export interface UsbDescriptors {
  /** Device descriptor, 18 bytes. */
  readonly device: Uint8Array;
  /** Configuration descriptor with all that hangs below it. */
  readonly configuration: Uint8Array;
  /** Strings, the first of them with number 1. */
  readonly strings: readonly string[];
}

/** Full speed is 12 Mbit/s, high speed 480. */
export type UsbSpeed = "low" | "full" | "high";

/** A USB device of software, seen from the host's controller. It does not know how it is exposed. */
export interface VirtualUsbDevice {
  /** What it tells of itself. */
  readonly descriptors: UsbDescriptors;
  /** How fast it is. */
  readonly speed: UsbSpeed;
  /** Whether it is plugged in. */
  readonly plugged: boolean;
  /** A control transfer on endpoint 0. */
  control(setup: SetupPacket, data?: Uint8Array): UsbTransfer;
  /** A bulk or interrupt transfer to the device. */
  out(endpoint: number, data: Uint8Array): UsbTransfer;
  /** A bulk or interrupt transfer from the device, of at most `length` bytes. */
  in(endpoint: number, length: number): UsbTransfer;
  /** The host resets the port: what lived in RAM is gone, transfers under way are aborted. */
  reset(): void;
  /** Puts it in. */
  plug(): void;
  /** Pulls it out: transfers under way end as `gone`. */
  unplug(): void;
  /** Calls back after each change of `plugged`. Returns a function that stops it. */
  onPlugged(listener: (plugged: boolean) => void): () => void;
}
