import { DESCRIPTOR, u16, u32 } from "../device/descriptors.ts";

/** Bits of dwFeatures (CCID 1.1, table 5.1-1). */
export const FEATURE = {
  parametersFromAtr: 0x02,
  activation: 0x04,
  voltage: 0x08,
  parameters: 0x40,
  pps: 0x80,
} as const;

/** What a CCID interface tells of itself, field by field (CCID 1.1, table 5.1-1). */
export interface CcidClass {
  /** bcdCCID: 0x0110 is 1.10. */
  readonly version: number;
  /** How many slots there are; 1 unless given. */
  readonly slots?: number | undefined;
  /** bVoltageSupport: 1 is 5 V, 2 is 3 V, 4 is 1.8 V. */
  readonly voltages: number;
  /** dwProtocols: 1 is T=0, 2 is T=1. */
  readonly protocols: number;
  /** dwDefaultClock and dwMaximumClock in kHz. */
  readonly clock: readonly [number, number];
  /** dwDataRate and dwMaxDataRate in bit/s. */
  readonly rate: readonly [number, number];
  /** dwMaxIFSD. */
  readonly ifsd: number;
  /** dwFeatures: what it does by itself, and in bits 16 to 18 its level of exchange. */
  readonly features: number;
  /** dwMaxCCIDMessageLength. */
  readonly message: number;
  /** bClassGetResponse and bClassEnvelope; 0 unless given, 0xFF echoes the class of the APDU. */
  readonly echo?: number | undefined;
}

/** On which level a reader takes what is sent to a card. */
export type ExchangeLevel = "character" | "tpdu" | "short-apdu" | "extended-apdu";

const LEVELS: Readonly<Record<number, ExchangeLevel>> = {
  1: "tpdu",
  2: "short-apdu",
  4: "extended-apdu",
};

/** The level of exchange that dwFeatures tells. */
export function exchangeLevel(features: number): ExchangeLevel {
  return LEVELS[features >> 16 & 7] ?? "character";
}

/** The class descriptor, 54 bytes. */
export function encodeClass(shape: CcidClass): Uint8Array {
  const { slots = 1, echo = 0 } = shape;
  const [clock, rate] = [shape.clock.flatMap(u32), shape.rate.flatMap(u32)];
  const head = [...u16(shape.version), slots - 1, shape.voltages, ...u32(shape.protocols)];
  const sizes = [...u32(shape.ifsd), ...u32(0), ...u32(0), ...u32(shape.features)];
  const tail = [...u32(shape.message), echo, echo, ...u16(0), 0, slots];
  return Uint8Array.of(54, DESCRIPTOR.class, ...head, ...clock, 0, ...rate, 0, ...sizes, ...tail);
}
