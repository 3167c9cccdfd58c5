import type { SetupPacket } from "./usb_device.ts";

/** One endpoint of an interface. */
export interface EndpointShape {
  /** Address, with bit 7 set for one that sends to the host. */
  readonly address: number;
  /** How it transfers. */
  readonly type: "bulk" | "interrupt";
  /** Most bytes in one packet; 64 unless given. */
  readonly packet?: number | undefined;
  /** Polling interval, bInterval; 0 unless given. */
  readonly interval?: number | undefined;
}

/** What an interface tells of itself, but for its number, which its place in the device gives it. */
export interface InterfaceShape {
  /** Class, subclass and protocol. */
  readonly kind: readonly [number, number, number];
  /** Class-specific descriptors that stand behind the interface descriptor. */
  readonly extra: readonly Uint8Array[];
  /** Its endpoints. */
  readonly endpoints: readonly EndpointShape[];
}

/** How an interface reaches the host. */
export interface FunctionWire {
  /** Sends one transfer on an endpoint of its own; it waits there until the host asks. */
  send(endpoint: number, data: Uint8Array): void;
  /** Stalls an endpoint until the host clears it. */
  stall(endpoint: number): void;
  /** The whole device is pulled out. */
  unplug(): void;
}

/** One interface of a device, and the behaviour behind it. */
export interface UsbFunction {
  /** What it tells of itself. */
  readonly shape: InterfaceShape;
  /** Gets its wire when the device is made. */
  attach(wire: FunctionWire): void;
  /** It is plugged in, pulled out, or reset. */
  power(event: "on" | "off" | "reset"): void;
  /** A request to this interface. `undefined` stalls; empty bytes acknowledge. */
  control(
    setup: SetupPacket,
    data: Uint8Array,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Takes what the host sent to one of its endpoints; `false` stalls. */
  out(endpoint: number, data: Uint8Array): boolean | void | Promise<boolean | void>;
}
