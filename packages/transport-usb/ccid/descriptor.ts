import { u32 } from "./_little_endian.ts";

/** How a reader wants to be fed (bits 16 to 18 of dwFeatures). */
export type ExchangeLevel = "character" | "tpdu" | "short-apdu" | "extended-apdu";

/** One CCID interface of a device, as its descriptors say. */
export interface CcidInterface {
  /** bInterfaceNumber. */
  readonly number: number;
  /** Number of slots. */
  readonly slots: number;
  /** bVoltageSupport: bit 0 is 5 V, bit 1 3 V, bit 2 1.8 V. */
  readonly voltages: number;
  /** dwProtocols: bit 0 is T=0, bit 1 T=1. */
  readonly protocols: number;
  /** dwMaxIFSD: the longest information field of a T=1 block that the reader takes. */
  readonly longestBlock: number;
  /** dwFeatures. */
  readonly features: number;
  /** Level of exchange, from dwFeatures. */
  readonly level: ExchangeLevel;
  /** dwMaxCCIDMessageLength, header included. */
  readonly longestMessage: number;
  /** Address of the bulk endpoint to the reader. */
  readonly bulkOut: number;
  /** Address of the bulk endpoint to the host, direction bit included. */
  readonly bulkIn: number;
  /** Address and packet size of the interrupt endpoint, where there is one. */
  readonly interrupt: { readonly address: number; readonly packet: number } | undefined;
}

/** Bits of dwFeatures (CCID 1.1, table 5.1-1). */
export const FEATURE = {
  autoActivation: 0x04,
  autoVoltage: 0x08,
  autoNegotiation: 0x40,
  autoPps: 0x80,
  autoIfsd: 0x400,
} as const;

const INTERFACE = 4;
const ENDPOINT = 5;
const CLASS = 0x21;
const CLASS_LENGTH = 54;
const SMART_CARD = 0x0b;
/** Old readers, from before there was a class, say "vendor" and have the same descriptor. */
const VENDOR = 0xff;
const BULK = 2;
const INTERRUPT = 3;
const IN = 0x80;
/** No reader takes more than an extended APDU (64 KiB) and its header; one that says so is not believed. */
const LONGEST_MESSAGE = 10 + 65_544;
/** A header and the shortest answer; less is no reader. */
const SHORTEST_MESSAGE = 10 + 7;

/** A descriptor and what belongs to it until the next interface begins. */
interface Section {
  readonly head: Uint8Array;
  readonly parts: Uint8Array[];
}

/**
 * Finds the CCID interfaces in a configuration descriptor, with everything that follows the rules of CCID 1.1.
 * What a device says wrongly is passed over: an interface without both bulk endpoints, without the class
 * descriptor, or of the ICCD protocols that go over the control pipe is no reader. No bytes make it throw.
 */
export function findCcidInterfaces(configuration: Uint8Array): readonly CcidInterface[] {
  const found = new Map<number, CcidInterface>();
  for (const section of sectionsOf(configuration)) {
    const reader = readSection(section);
    if (reader && !found.has(reader.number)) found.set(reader.number, reader);
  }
  return [...found.values()];
}

function sectionsOf(configuration: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 0; at + 2 <= configuration.length;) {
    const length = configuration[at]!;
    if (length < 2 || at + length > configuration.length) break;
    const part = configuration.subarray(at, at += length);
    if (part[1] === INTERFACE && length >= 9) sections.push({ head: part, parts: [] });
    else sections.at(-1)?.parts.push(part);
  }
  return sections;
}

function readSection({ head, parts }: Section): CcidInterface | undefined {
  const [, , number, alternate, , kind, subclass, protocol] = head as unknown as number[];
  const ofReader = kind === SMART_CARD && subclass === 0 && protocol === 0;
  if (alternate !== 0 || !(ofReader || kind === VENDOR)) return undefined;
  // A few readers have it behind their endpoints (LudovicRousseau/CCID, src/ccid_usb.c).
  const own = parts.find((part) => part[1] === CLASS && part.length === CLASS_LENGTH);
  const bulkOut = endpointOf(parts, BULK, 0);
  const bulkIn = endpointOf(parts, BULK, IN);
  if (!own || bulkOut === undefined || bulkIn === undefined) return undefined;
  const message = u32(own, 44);
  if (message < SHORTEST_MESSAGE) return undefined;
  const features = u32(own, 40);
  return {
    number: number!,
    slots: own[4]! + 1,
    voltages: own[5]!,
    protocols: u32(own, 6),
    longestBlock: u32(own, 28),
    features,
    level: levelOf(features),
    longestMessage: Math.min(message, LONGEST_MESSAGE),
    bulkOut: bulkOut.address,
    bulkIn: bulkIn.address,
    interrupt: endpointOf(parts, INTERRUPT, IN),
  };
}

function endpointOf(
  parts: readonly Uint8Array[],
  type: number,
  direction: number,
): { address: number; packet: number } | undefined {
  const part = parts.find((bytes) =>
    bytes[1] === ENDPOINT && bytes.length >= 7 && (bytes[2]! & IN) === direction &&
    (bytes[2]! & 0x0f) !== 0 && (bytes[3]! & 3) === type
  );
  if (!part) return undefined;
  const packet = part[4]! + (part[5]! & 0x07) * 0x100;
  return { address: part[2]!, packet: Math.max(packet, 1) };
}

function levelOf(features: number): ExchangeLevel {
  if (features & 0x4_0000) return "extended-apdu";
  if (features & 0x2_0000) return "short-apdu";
  return features & 0x1_0000 ? "tpdu" : "character";
}
