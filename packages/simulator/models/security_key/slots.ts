import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { Button } from "../../parts/button.ts";
import type { Cells } from "../../parts/cells.ts";
import { mac } from "./_mac.ts";
import type { KeyMemory } from "./memory.ts";
import type { SecurityKeyModel } from "./models.ts";

/** What came of a command of the slots. */
export type SlotOutcome =
  | { readonly kind: "data"; readonly data: Uint8Array }
  | { readonly kind: "status" }
  | { readonly kind: "rejected" }
  | { readonly kind: "untouched" };

const REJECTED: SlotOutcome = { kind: "rejected" };
const DONE: SlotOutcome = { kind: "status" };
const TOUCH_MS = 15_000;
/** Where things stand in a record of 52 bytes (Yubico/yubikey-personalization@db0c0d6, ykdef.h). */
const RECORD = 52;
const SERIAL_VISIBLE = 0x04;
const MAY_UPDATE = 0x20;
/** Flags that an update may change, in ext, tkt and cfg. */
const UPDATE_MASKS = [0xff, 0x3f, 0x0c] as const;
/** What the checksum over a right record comes to. */
const RIGHT = 0xf0b8;

/** The record of a slot that answers challenges with that key, as the maker's client writes it. */
export function deliveredRecord(key: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD);
  record.set(key.subarray(0, 16), 22);
  record.set(key.subarray(16, 20), 16);
  record.set([SERIAL_VISIBLE | MAY_UPDATE, 0x40, 0x26], 45);
  const crc = ~checksum(record.subarray(0, RECORD - 2));
  record.set([crc & 0xff, (crc >> 8) & 0xff], RECORD - 2);
  return record;
}

/** The key in a record; zeros behind a shorter one are not told from it. */
export function keyOfRecord(record: Uint8Array): Uint8Array {
  const key = Uint8Array.of(...record.subarray(22, 38), ...record.subarray(16, 20));
  return key.slice(0, key.findLastIndex((byte) => byte !== 0) + 1);
}

/** All else that a record says. */
export function withoutKey(record: Uint8Array): Uint8Array {
  return Uint8Array.of(
    ...record.subarray(0, 16),
    ...record.subarray(20, 22),
    ...record.subarray(38, 50),
  );
}

/** What {@linkcode Slots} is made of. */
export interface SlotsParts {
  readonly model: SecurityKeyModel;
  readonly cells: Cells<KeyMemory>;
  readonly button: Button;
}

/** The two OTP slots of a key, behind whichever interface. */
export class Slots {
  readonly #parts: SlotsParts;

  constructor(parts: SlotsParts) {
    this.#parts = parts;
  }

  /** Version, sequence, and which slots are used and typed by touch. */
  status(): Uint8Array {
    const { model, cells } = this.#parts;
    const { slots, sequence } = cells.read();
    const flags = slots.reduce((sum, record, i) => {
      if (record === null) return sum;
      const typed = !answersChallenges(decodeHex(record));
      return sum | (1 << i) | (typed ? 4 << i : 0);
    }, 0);
    return Uint8Array.of(...model.version, sequence, flags, 0);
  }

  /** Carries a command out. */
  async run(command: number, payload: Uint8Array): Promise<SlotOutcome> {
    const byCommand: Readonly<Record<number, () => SlotOutcome | Promise<SlotOutcome>>> = {
      0x01: () => this.#write(0, payload),
      0x03: () => this.#write(1, payload),
      0x04: () => this.#update(0, payload),
      0x05: () => this.#update(1, payload),
      0x06: () => this.#swap(payload),
      0x10: () => this.#serial(),
      0x30: () => this.#answer(0, payload),
      0x38: () => this.#answer(1, payload),
    };
    return await byCommand[command]?.() ?? REJECTED;
  }

  #record(slot: 0 | 1): Uint8Array | undefined {
    const record = this.#parts.cells.read().slots[slot];
    return record ? decodeHex(record) : undefined;
  }

  #allowed(slot: 0 | 1, payload: Uint8Array): boolean {
    const code = this.#record(slot)?.subarray(38, 44);
    const given = payload.subarray(RECORD, RECORD + 6);
    return !code || code.every((byte) => byte === 0) ||
      code.every((byte, i) => byte === given[i]);
  }

  #store(change: (slots: KeyMemory["slots"]) => KeyMemory["slots"]): SlotOutcome {
    this.#parts.cells.write([(memory) => {
      const slots = change(memory.slots);
      const empty = slots.every((record) => record === null);
      return { ...memory, slots, sequence: empty ? 0 : (memory.sequence + 1) & 0xff };
    }]);
    return DONE;
  }

  #write(slot: 0 | 1, payload: Uint8Array): SlotOutcome {
    if (payload.length < RECORD + 6 || !this.#allowed(slot, payload)) return REJECTED;
    const record = payload.subarray(0, RECORD);
    const empties = record.every((byte) => byte === 0);
    if (!empties && checksum(record) !== RIGHT) return REJECTED;
    const kept = empties ? null : encodeHex(record);
    return this.#store(([one, two]) => slot === 0 ? [kept, two] : [one, kept]);
  }

  #update(slot: 0 | 1, payload: Uint8Array): SlotOutcome {
    const old = this.#record(slot);
    const given = payload.subarray(0, RECORD);
    if (!old || !this.#allowed(slot, payload) || checksum(given) !== RIGHT) return REJECTED;
    if ((old[45]! & MAY_UPDATE) === 0) return REJECTED;
    UPDATE_MASKS.forEach((mask, i) => {
      old[45 + i] = (old[45 + i]! & ~mask) | (given[45 + i]! & mask);
    });
    old.set(given.subarray(38, 44), 38);
    const kept = encodeHex(old);
    return this.#store(([one, two]) => slot === 0 ? [kept, two] : [one, kept]);
  }

  #swap(payload: Uint8Array): SlotOutcome {
    const { slots } = this.#parts.cells.read();
    if (slots.every((record) => record === null)) return REJECTED;
    const code = new Uint8Array(RECORD + 6);
    code.set(payload.subarray(0, 6), RECORD);
    if (!this.#allowed(0, code) || !this.#allowed(1, code)) return REJECTED;
    return this.#store(([one, two]) => [two, one]);
  }

  /** Told where no slot is in use, or one of them allows it. */
  #serial(): SlotOutcome {
    const { slots } = this.#parts.cells.read();
    const used = slots.filter((record) => record !== null).map(decodeHex);
    if (used.length > 0 && used.every((record) => (record[45]! & SERIAL_VISIBLE) === 0)) {
      return REJECTED;
    }
    const data = new Uint8Array(4);
    new DataView(data.buffer).setUint32(0, Number(this.#parts.cells.image.serial));
    return { kind: "data", data };
  }

  async #answer(slot: 0 | 1, payload: Uint8Array): Promise<SlotOutcome> {
    const record = this.#record(slot);
    if (!record || !answersChallenges(record) || (record[47]! & 0x22) !== 0x22) return REJECTED;
    if ((record[47]! & 0x08) !== 0 && !await this.#parts.button.pressed(TOUCH_MS)) {
      return { kind: "untouched" };
    }
    const whole = new Uint8Array(64);
    whole.set(payload.subarray(0, 64));
    const message = (record[47]! & 0x04) !== 0 ? shortened(whole) : whole;
    const key = Uint8Array.of(...record.subarray(22, 38), ...record.subarray(16, 20));
    return { kind: "data", data: await mac(1, key, message) };
  }
}

/** Without all that is like its last byte. */
function shortened(message: Uint8Array): Uint8Array {
  const last = message.at(-1);
  let end = message.length;
  while (end > 0 && message[end - 1] === last) end--;
  return message.subarray(0, end);
}

function answersChallenges(record: Uint8Array): boolean {
  return (record[46]! & 0x40) !== 0 && (record[47]! & 0x20) !== 0;
}

/** 16 bits from a table of nibbles: another way than the drivers' on purpose. */
export function checksum(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    for (const nibble of [byte & 0x0f, byte >> 4]) {
      crc = (crc >> 4) ^ NIBBLES[(crc ^ nibble) & 0x0f]!;
    }
  }
  return crc;
}

const NIBBLES: readonly number[] = [
  ...[0x0000, 0x1081, 0x2102, 0x3183, 0x4204, 0x5285, 0x6306, 0x7387],
  ...[0x8408, 0x9489, 0xa50a, 0xb58b, 0xc60c, 0xd68d, 0xe70e, 0xf78f],
];
