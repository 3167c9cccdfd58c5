import { DESCRIPTOR } from "./descriptors.ts";

/** One endpoint as a configuration descriptor tells it. */
export interface EndpointInfo {
  /** Address, with bit 7 set for one that sends to the host. */
  readonly address: number;
  /** bmAttributes: 2 is bulk, 3 interrupt. */
  readonly attributes: number;
  /** wMaxPacketSize. */
  readonly packet: number;
  /** bInterval. */
  readonly interval: number;
}

/** One interface as a configuration descriptor tells it. */
export interface InterfaceInfo {
  /** bInterfaceNumber. */
  readonly number: number;
  /** bAlternateSetting. */
  readonly alternate: number;
  /** Class, subclass and protocol. */
  readonly kind: readonly [number, number, number];
  /** Its endpoints. */
  readonly endpoints: readonly EndpointInfo[];
}

/**
 * Reads the interfaces out of a configuration descriptor, for exposures that have to tell them apart.
 * What a lying descriptor cuts off is left out; no bytes make it throw.
 *
 * @example Nothing in a descriptor of nothing
 * ```ts
 * import { interfacesOf } from "@otpsmith/simulator/usb";
 *
 * if (interfacesOf(Uint8Array.of(9, 2, 9, 0, 0, 1, 0, 0x80, 50)).length > 0) throw new Error("?");
 * ```
 */
export function interfacesOf(configuration: Uint8Array): readonly InterfaceInfo[] {
  const found: (InterfaceInfo & { endpoints: EndpointInfo[] })[] = [];
  for (let at = 0; at + 2 <= configuration.length;) {
    const [length = 0, type] = configuration.subarray(at, at + 2);
    if (length < 2 || at + length > configuration.length) break;
    const part = configuration.subarray(at, at + length);
    if (type === DESCRIPTOR.interface && length >= 9) {
      const [, , number, alternate, , a, b, c] = part as unknown as number[] & { length: 9 };
      found.push({ number: number!, alternate: alternate!, kind: [a!, b!, c!], endpoints: [] });
    }
    if (type === DESCRIPTOR.endpoint && length >= 7) {
      found.at(-1)?.endpoints.push({
        address: part[2]!,
        attributes: part[3]!,
        packet: part[4]! | part[5]! << 8,
        interval: part[6]!,
      });
    }
    at += length;
  }
  return found;
}
