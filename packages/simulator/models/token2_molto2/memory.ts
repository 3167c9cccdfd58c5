import { concatBytes, Cursor } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import type { FlashImage } from "../../parts/flash.ts";

/** One profile of a multi-profile token. */
export interface Molto2Slot {
  /** The title, without padding; it outlives the seed. */
  readonly title: Uint8Array;
  /** What the token's clock said when this profile was told the time. */
  readonly rtcSeconds: number;
  /** The time that this profile was told. */
  readonly toldSeconds: number;
  /** Hash as the byte on the wire: 1 SHA-1, 2 SHA-256. */
  readonly algorithm: number;
  /** Time step as the byte on the wire. */
  readonly step: number;
  /** Code length. */
  readonly digits: number;
  /** Time until the display goes off, as the byte on the wire. */
  readonly displayOff: number;
  /** The seed, or `null` where there is none. */
  readonly seed: Secret | null;
}

/** All that a multi-profile token keeps besides serial number and clock. */
export interface Molto2Memory {
  /** SM4 key that the customer key was turned into. */
  readonly key: Uint8Array;
  /** Whether its display is locked. */
  readonly locked: boolean;
  /** The profiles. */
  readonly slots: readonly Molto2Slot[];
}

/** A profile that was never written: it shows settings all the same. */
export const EMPTY_SLOT: Molto2Slot = {
  title: new Uint8Array(),
  rtcSeconds: 0,
  toldSeconds: 0,
  algorithm: 1,
  step: 0x1e,
  digits: 6,
  displayOff: 1,
  seed: null,
};

const KEY_BYTES = 16;
const TITLE_BYTES = 16;
const SEED_BYTES = 63;

/** Writes the memory as bytes: key, lock, and a record of one size for each profile. */
export function encodeMemory({ key, locked, slots }: Molto2Memory): Secret {
  const bytes = concatBytes([key, Uint8Array.of(locked ? 1 : 0), ...slots.map(encodeSlot)]);
  return Secret.take(bytes);
}

function encodeSlot(slot: Molto2Slot): Uint8Array {
  const { title, rtcSeconds, toldSeconds, algorithm, step, digits, displayOff, seed } = slot;
  const record = new Uint8Array(1 + TITLE_BYTES + 8 + 4 + 1 + SEED_BYTES);
  const view = new DataView(record.buffer);
  record[0] = title.length;
  record.set(title, 1);
  view.setUint32(17, rtcSeconds);
  view.setUint32(21, toldSeconds);
  record.set([algorithm, step, digits, displayOff, seed?.length ?? 0], 25);
  seed?.use((bytes) => record.set(bytes, 30));
  return record;
}

/**
 * Reads the memory of a multi-profile token out of its image: for tests that look at what it holds.
 *
 * @throws {RangeError} If it is the image of another family.
 *
 * @example A new token holds no seed
 * ```ts
 * import { createVirtualToken, memoryFlash, readMolto2Memory } from "@otpsmith/simulator";
 *
 * const storage = memoryFlash();
 * createVirtualToken({ model: "token2-molto2:Molto2v2", storage });
 * const { slots } = readMolto2Memory(storage.read()!);
 * if (slots.length !== 100 || slots.some(({ seed }) => seed)) throw new Error("unexpected");
 * ```
 */
export function readMolto2Memory({ cells }: Pick<FlashImage, "cells">): Molto2Memory {
  if (!cells) throw new RangeError("Cannot read memory: the token is of another family");
  return cells.use((bytes) => {
    const cursor = new Cursor(bytes);
    const key = cursor.take(KEY_BYTES).slice();
    const locked = cursor.u8() === 1;
    const slots: Molto2Slot[] = [];
    while (cursor.left > 0) slots.push(readSlot(cursor));
    return { key, locked, slots };
  });
}

function readSlot(cursor: Cursor): Molto2Slot {
  const length = cursor.u8();
  const title = cursor.take(TITLE_BYTES).slice(0, length);
  const rtcSeconds = cursor.u32();
  const toldSeconds = cursor.u32();
  const [algorithm, step, digits, displayOff, seedLength] = cursor.take(5) as unknown as Five;
  const seed = cursor.take(SEED_BYTES).subarray(0, seedLength);
  return {
    title,
    rtcSeconds,
    toldSeconds,
    algorithm,
    step,
    digits,
    displayOff,
    seed: seedLength > 0 ? Secret.copyOf(seed) : null,
  };
}

type Five = readonly [number, number, number, number, number];
