import type { Secret } from "../../secret/mod.ts";
import { crc16 } from "./_crc.ts";

// The record is that of the maker's library (Yubico/yubikey-personalization@db0c0d6, ykdef.h).

const RECORD_BYTES = 52;
/** Length of an access code. */
export const ACCESS_CODE_BYTES = 6;
/** Longest key that a slot keeps. */
export const KEY_BYTES = 20;

const AT = { uid: 16, key: 22, accessCode: 38, ext: 45, tkt: 46, cfg: 47, crc: 50 } as const;
/** The serial number may be read, and the flags may be changed later: what the maker's client sets. */
const EXT_FLAGS = 0x04 | 0x20;
const EXT_FAST_TRIGGER = 0x10;
const TKT_OATH = 0x40; // challenge-response and HOTP alike
const TKT_ENTER = 0x20;
const CFG_HMAC = 0x22;
const CFG_SHORT_MESSAGE = 0x04;
const CFG_TOUCH = 0x08;
const CFG_8_DIGITS = 0x02;

/** Which codes protect a slot. */
export interface AccessCodes {
  /** The code that the slot has now. */
  readonly current?: Secret | undefined;
  /** The code that it is to have. */
  readonly next?: Secret | undefined;
}

/** What a slot is to compute. */
export type SlotUse =
  | { readonly kind: "challenge-response"; readonly touch?: boolean | undefined }
  | {
    readonly kind: "hotp";
    readonly digits: 6 | 8;
    /** Where presses begin to be counted: a multiple of 16, at most FFFF0. */
    readonly counter?: number | undefined;
    /** Whether Enter is typed after each code. */
    readonly enter?: boolean | undefined;
  };

/**
 * Writes what a slot is to hold: the record of 52 bytes, with its checksum, and the access code that it has
 * now. Overwrite it after use.
 *
 * @throws {RangeError} If the seed is longer than 20 bytes or the counter has no place.
 *
 * @example A slot that answers challenges
 * ```ts
 * import { Secret } from "@otpsmith/core";
 * import { slotRecord } from "@otpsmith/core/drivers/yubikey_slots";
 *
 * const seed = Secret.take(new Uint8Array(20).fill(7));
 * if (slotRecord(seed, { kind: "challenge-response" }).length !== 58) throw new Error("unexpected");
 * ```
 */
export function slotRecord(
  seed: Secret,
  { codes = {}, ...use }: SlotUse & { readonly codes?: AccessCodes | undefined },
): Uint8Array {
  if (seed.length > KEY_BYTES) {
    throw new RangeError(`Cannot write slot: a seed of ${seed.length} bytes, ${KEY_BYTES} fit`);
  }
  const bytes = new Uint8Array(RECORD_BYTES + ACCESS_CODE_BYTES);
  seed.use((key) => {
    bytes.set(key.subarray(0, 16), AT.key);
    bytes.set(key.subarray(16), AT.uid); // the last four stand in front
  });
  bytes[AT.tkt] = TKT_OATH;
  if (use.kind === "challenge-response") {
    bytes[AT.ext] = EXT_FLAGS;
    bytes[AT.cfg] = CFG_HMAC | CFG_SHORT_MESSAGE | (use.touch ? CFG_TOUCH : 0);
  } else {
    const { digits, counter = 0, enter = true } = use;
    if (!Number.isInteger(counter) || counter < 0 || counter > 0xffff0 || counter % 16 !== 0) {
      throw new RangeError("Cannot write slot: a counter is a multiple of 16 up to FFFF0");
    }
    bytes[AT.ext] = EXT_FLAGS | EXT_FAST_TRIGGER;
    bytes.set([counter >>> 12, (counter >>> 4) & 0xff], AT.uid + 4);
    bytes[AT.tkt] = TKT_OATH | (enter ? TKT_ENTER : 0);
    bytes[AT.cfg] = digits === 8 ? CFG_8_DIGITS : 0;
  }
  codes.next?.use((code) => bytes.set(code, AT.accessCode));
  const crc = ~crc16(bytes.subarray(0, AT.crc));
  bytes.set([crc & 0xff, (crc >>> 8) & 0xff], AT.crc);
  codes.current?.use((code) => bytes.set(code, RECORD_BYTES));
  return bytes;
}

/** Writes what empties a slot: nothing, and the access code that it has now. */
export function emptyRecord(current?: Secret): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES + ACCESS_CODE_BYTES);
  current?.use((code) => bytes.set(code, RECORD_BYTES));
  return bytes;
}

/** Whether a record, with or without the access code behind it, empties a slot. */
export function isEmpty(record: Uint8Array): boolean {
  return record.subarray(0, RECORD_BYTES).every((byte) => byte === 0);
}

/**
 * The challenge of a time step, filled up to 64 bytes with a byte that it does not end in: the token takes
 * off all that is like the last one.
 */
export function challengeOf(step: number): Uint8Array {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(step / 0x1_0000_0000));
  view.setUint32(4, step >>> 0);
  if (bytes[7] === 0) bytes.fill(1, 8);
  return bytes;
}
