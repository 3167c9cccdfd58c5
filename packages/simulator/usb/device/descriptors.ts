import { concatBytes } from "@otpsmith/core/bytes";
import type { InterfaceShape } from "./usb_function.ts";

/** Types of descriptors (USB 2.0, table 9-5; HID 1.11 and CCID 1.1 for the class ones). */
export const DESCRIPTOR = {
  device: 1,
  configuration: 2,
  string: 3,
  interface: 4,
  endpoint: 5,
  class: 0x21,
  report: 0x22,
} as const;

/** What tells one device from another. */
export interface DeviceIdentity {
  /** Vendor id. */
  readonly vendorId: number;
  /** Product id. */
  readonly productId: number;
  /** Release of the device in binary-coded decimals, bcdDevice; 0x0100 unless given. */
  readonly release?: number | undefined;
  /** Manufacturer's string. */
  readonly manufacturer: string;
  /** Product's string. */
  readonly product: string;
  /** Serial number string; none unless given. */
  readonly serial?: string | undefined;
}

const TRANSFER_TYPE = { bulk: 2, interrupt: 3 } as const;

/** A 16-bit number, least significant byte first. */
export function u16(value: number): [number, number] {
  return [value & 0xff, value >> 8 & 0xff];
}

/** A 32-bit number, least significant byte first. */
export function u32(value: number): [number, number, number, number] {
  return [value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >>> 24];
}

/** The device descriptor of a full-speed device with one configuration (USB 2.0, table 9-8). */
export function encodeDevice(identity: DeviceIdentity): Uint8Array {
  const { vendorId, productId, release = 0x0100, serial } = identity;
  const ids = [...u16(vendorId), ...u16(productId), ...u16(release)];
  const strings = [1, 2, serial === undefined ? 0 : 3];
  return Uint8Array.of(18, DESCRIPTOR.device, ...u16(0x0200), 0, 0, 0, 64, ...ids, ...strings, 1);
}

/** The configuration descriptor over its interfaces, in order (USB 2.0, tables 9-10, 9-12, 9-13). */
export function encodeConfiguration(interfaces: readonly InterfaceShape[]): Uint8Array {
  const body = concatBytes(interfaces.flatMap(({ kind, extra, endpoints }, number) => [
    Uint8Array.of(9, DESCRIPTOR.interface, number, 0, endpoints.length, ...kind, 0),
    ...extra,
    ...endpoints.map(({ address, type, packet = 64, interval = 0 }) =>
      Uint8Array.of(
        7,
        DESCRIPTOR.endpoint,
        address,
        TRANSFER_TYPE[type],
        ...u16(packet),
        interval,
      )
    ),
  ]));
  const head = [...u16(9 + body.length), interfaces.length, 1, 0, 0x80, 50];
  return concatBytes([Uint8Array.of(9, DESCRIPTOR.configuration, ...head), body]);
}

/** A string descriptor; number 0 tells the languages: English (United States). */
export function encodeString(strings: readonly string[], index: number): Uint8Array | undefined {
  if (index === 0) return Uint8Array.of(4, DESCRIPTOR.string, 0x09, 0x04);
  const text = strings[index - 1];
  if (text === undefined) return undefined;
  const units = [...text.slice(0, 126)].flatMap((letter) =>
    Array.from({ length: letter.length }, (_, i) => u16(letter.charCodeAt(i))).flat()
  );
  return Uint8Array.of(2 + units.length, DESCRIPTOR.string, ...units);
}
