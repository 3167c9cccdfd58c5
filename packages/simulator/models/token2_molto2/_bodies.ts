import { concatBytes, Cursor, decodeHex } from "@otpsmith/core/bytes";
import type { Molto2Slot } from "./memory.ts";

/** What stands before a padding of 80 and zeros; `undefined` where there is none. */
export function takePadded(padded: Uint8Array): Uint8Array | undefined {
  const end = padded.findLastIndex((byte) => byte !== 0);
  return end >= 0 && padded[end] === 0x80 ? padded.slice(0, end) : undefined;
}

/** What a write of settings says; one that sets the clock alone has no settings. */
export interface ConfigBody {
  /** Seconds since 1970. */
  readonly seconds: number;
  /** The rest. */
  readonly settings?:
    | Pick<Molto2Slot, "displayOff" | "algorithm" | "digits" | "step">
    | undefined;
}

/** The values that a byte of the settings may have. */
const ALLOWED: Readonly<Record<string, readonly number[]>> = {
  displayOff: [0, 1, 2, 3],
  algorithm: [1, 2],
  digits: [4, 6, 8, 10],
  step: [0x1e, 0x3c],
};

/** Reads settings, or a clock alone; `undefined` where a tag, a length or a value is another. */
export function readConfig(body: Uint8Array): ConfigBody | undefined {
  const cursor = new Cursor(body);
  const fixed = (hex: string): boolean => decodeHex(hex).every((byte) => byte === cursor.u8());
  if (body.length === 8) {
    return fixed("81060F04") ? { seconds: cursor.u32() } : undefined;
  }
  if (body.length !== 22 || !fixed("81141F01")) return undefined;
  const displayOff = cursor.u8();
  if (!fixed("0F04")) return undefined;
  const seconds = cursor.u32();
  if (!fixed("86090A01")) return undefined;
  const algorithm = cursor.u8();
  if (!fixed("0B01")) return undefined;
  const digits = cursor.u8();
  if (!fixed("0D01")) return undefined;
  const settings = { displayOff, algorithm, digits, step: cursor.u8() };
  const known = Object.entries(settings).every(([name, value]) => ALLOWED[name]!.includes(value));
  return known ? { seconds, settings } : undefined;
}

/** A new customer key as it is sent: 00, the SM4 key, 80, fourteen zeros. */
export function readNewKey(plain: Uint8Array): Uint8Array | undefined {
  if (plain.length !== 32 || plain[0] !== 0 || plain[17] !== 0x80) return undefined;
  return plain.subarray(18).every((byte) => byte === 0) ? plain.slice(1, 17) : undefined;
}

/**
 * Serial number and clock as hardware frames them (framefilter/keyroost@b26aa27): all of it in tag 95,
 * the serial number in 02, the clock in 11, and tags nobody has described up to 54 bytes in all.
 */
export function encodeInfo(serial: string, seconds: number): Uint8Array {
  const text = new TextEncoder().encode(serial);
  const known = concatBytes([
    Uint8Array.of(0x02, text.length),
    text,
    Uint8Array.of(0x11, 0x04),
    u32(seconds),
  ]);
  const rest = new Uint8Array(Math.max(0, 54 - known.length));
  rest.set([0x12, rest.length - 2].slice(0, rest.length));
  return concatBytes([Uint8Array.of(0x95, known.length + rest.length), known, rest]);
}

/** The public part of a profile: 29 bytes in tag 70, in tag 95. */
export function encodeProfile(slot: Molto2Slot): Uint8Array {
  const title = new Uint8Array(16);
  title.set(slot.title);
  return concatBytes([
    Uint8Array.of(0x95, 0x1f, 0x70, 0x1d, slot.seed ? 0x20 : 0x00),
    title,
    u32(slot.rtcSeconds),
    u32(slot.toldSeconds),
    Uint8Array.of(slot.algorithm, slot.step, slot.digits, slot.seed ? 1 : 0),
  ]);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
