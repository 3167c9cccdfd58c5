import { u32 } from "./_little_endian.ts";

/** Types of messages to the reader (CCID 1.1, section 6.1). */
export const COMMAND = {
  setParameters: 0x61,
  powerOn: 0x62,
  powerOff: 0x63,
  slotStatus: 0x65,
  exchange: 0x6f,
  abort: 0x72,
} as const;

/** Types of messages from the reader (CCID 1.1, section 6.2). */
export const ANSWER = { dataBlock: 0x80, slotStatus: 0x81, parameters: 0x82 } as const;

/** Bytes of a message before its data. */
export const HEADER_BYTES = 10;

/** A message to the reader. */
export interface CcidCommand {
  /** bMessageType. */
  readonly type: number;
  /** bSlot. */
  readonly slot: number;
  /** bSeq. */
  readonly sequence: number;
  /** Bytes 7 to 9, whose meaning depends on the type; zeros unless given. */
  readonly specific?: readonly [number, number, number] | undefined;
  /** What follows the header. */
  readonly data?: Uint8Array | undefined;
}

/** What the reader says of the card: bits 0 and 1 of bStatus. */
export type CardState = "active" | "inactive" | "absent";

/** A message from the reader. */
export interface CcidAnswer {
  /** bMessageType. */
  readonly type: number;
  /** bSlot. */
  readonly slot: number;
  /** bSeq of the command that it answers. */
  readonly sequence: number;
  /** State of the card. */
  readonly card: CardState;
  /** Bits 6 and 7 of bStatus. */
  readonly outcome: "ok" | "failed" | "time-extension";
  /** bError: why it failed, or the multiplier of a time extension. */
  readonly error: number;
  /** Byte 9: chain parameter, protocol or clock status. */
  readonly specific: number;
  /** What follows the header, as a view. */
  readonly data: Uint8Array;
}

/** Puts a message to the reader together. */
export function encodeCommand(command: CcidCommand): Uint8Array {
  const { type, slot, sequence, specific = [0, 0, 0], data = new Uint8Array() } = command;
  const message = new Uint8Array(HEADER_BYTES + data.length);
  message[0] = type;
  new DataView(message.buffer).setUint32(1, data.length, true);
  message[5] = slot;
  message[6] = sequence;
  message.set(specific, 7);
  message.set(data, HEADER_BYTES);
  return message;
}

const CARD: Readonly<Record<number, CardState>> = { 0: "active", 1: "inactive", 2: "absent" };
const OUTCOME: Readonly<Record<number, CcidAnswer["outcome"]>> = {
  0x00: "ok",
  0x40: "failed",
  0x80: "time-extension",
};

/** Takes a message from the reader apart; `undefined` for what is none. Bytes behind its end are passed over. */
export function decodeAnswer(message: Uint8Array): CcidAnswer | undefined {
  if (message.length < HEADER_BYTES) return undefined;
  const length = u32(message, 1);
  const status = message[7]!;
  const card = CARD[status & 0x03];
  const outcome = OUTCOME[status & 0xc0];
  if (length > message.length - HEADER_BYTES || !card || !outcome) return undefined;
  return {
    type: message[0]!,
    slot: message[5]!,
    sequence: message[6]!,
    card,
    outcome,
    error: message[8]!,
    specific: message[9]!,
    data: message.subarray(HEADER_BYTES, HEADER_BYTES + length),
  };
}

/** What an interrupt message says of one slot. */
export interface SlotChange {
  /** Whether a card is there. */
  readonly present: boolean;
  /** Whether that has changed since the last message. */
  readonly changed: boolean;
}

const NOTIFY_SLOT_CHANGE = 0x50;

/** Reads an interrupt message for one slot; `undefined` if it does not speak of it (CCID 1.1, section 6.3.1). */
export function decodeSlotChange(message: Uint8Array, slot: number): SlotChange | undefined {
  const byte = message[1 + (slot >> 2)];
  if (message[0] !== NOTIFY_SLOT_CHANGE || byte === undefined) return undefined;
  const bits = byte >> 2 * (slot & 3);
  return { present: (bits & 1) !== 0, changed: (bits & 2) !== 0 };
}
