/** What may go wrong with a USB device, whatever reaches it. */
export type UsbFailure =
  /** The system does not let this account open it. */
  | "denied"
  /** Something else has claimed the interface. */
  | "busy"
  /** It was unplugged. */
  | "gone"
  /** Nothing came in time; what may have come is lost. */
  | "timeout"
  /** The endpoint is halted, or the request is not known. */
  | "stall"
  /** Anything else. */
  | "failed";

/**
 * A failure of a {@linkcode UsbPort}, told by its kind.
 *
 * @example A port that says that nothing came
 * ```ts
 * import { UsbPortError } from "@otpsmith/transport-usb";
 *
 * const error = new UsbPortError("timeout", "transferIn error: Cancelled");
 * if (error.failure !== "timeout") throw error;
 * ```
 */
export class UsbPortError extends Error {
  /** `UsbPortError` */
  override readonly name = "UsbPortError";
  /** What has happened. */
  readonly failure: UsbFailure;

  /** Makes one from its kind and the words of whoever noticed. */
  constructor(failure: UsbFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** A request to an interface over the control pipe, with its data going out. */
export interface UsbClassRequest {
  /** bRequest. */
  readonly request: number;
  /** wValue. */
  readonly value: number;
  /** wIndex: the interface. */
  readonly index: number;
}

/**
 * An open USB device, as much of it as a CCID host needs. Shaped like WebUSB, so that a backend over it is a
 * few lines. Every call rejects with {@linkcode UsbPortError}; no call waits longer than it is told. Calls on
 * different endpoints may overlap, calls on one endpoint never do.
 */
export interface UsbPort {
  /** Takes an interface for this program alone. */
  claim(interfaceNumber: number): Promise<void>;
  /** Sends a class request without data to an interface. */
  control(request: UsbClassRequest, timeoutMs: number): Promise<void>;
  /** Sends one message. The array is not kept. */
  bulkOut(endpoint: number, data: Uint8Array, timeoutMs: number): Promise<void>;
  /** Receives one message of at most `length` bytes; a short packet ends it. */
  bulkIn(endpoint: number, length: number, timeoutMs: number): Promise<Uint8Array>;
  /** Receives one interrupt message; `undefined` if none came. */
  interruptIn(
    endpoint: number,
    length: number,
    timeoutMs: number,
  ): Promise<Uint8Array | undefined>;
  /** Clears the halt of an endpoint, given with its direction bit. */
  clearHalt(endpoint: number): Promise<void>;
  /** Resets the device; interfaces stay claimed. */
  reset(): Promise<void>;
  /** Gives everything back. Called when no other call is out. */
  close(): Promise<void>;
}

/** A USB device that is plugged in. */
export interface UsbDevice {
  /** Unique while it is plugged in, and not used again for another one: bus, port and address. */
  readonly id: string;
  /** Vendor id. */
  readonly vendorId: number;
  /** Product id. */
  readonly productId: number;
  /** Manufacturer's string, where the system knows it. */
  readonly manufacturer?: string | undefined;
  /** Product's string. */
  readonly product?: string | undefined;
  /** Serial number string. */
  readonly serial?: string | undefined;
  /** The active configuration descriptor with everything in it, as the system read it when it was plugged in. */
  readonly configuration: Uint8Array;
  /** Whether this account may open it, where that can be told without opening. */
  readonly permitted?: boolean | undefined;
  /** Opens it; claims nothing yet. */
  open(): Promise<UsbPort>;
}

/** What reaches USB devices. */
export interface UsbSystem {
  /** All devices of the system; opens none. */
  list(): Promise<readonly UsbDevice[]>;
}
