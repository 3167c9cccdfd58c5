import { concatBytes } from "@otpsmith/core/bytes";
import { u32 } from "../device/descriptors.ts";

/** Message types from the host (CCID 1.1, section 6.1). */
export const COMMAND = {
  setParameters: 0x61,
  powerOn: 0x62,
  powerOff: 0x63,
  slotStatus: 0x65,
  escape: 0x6b,
  getParameters: 0x6c,
  resetParameters: 0x6d,
  transfer: 0x6f,
  abort: 0x72,
} as const;

/** Message types to the host (CCID 1.1, sections 6.2 and 6.3). */
export const ANSWER = {
  dataBlock: 0x80,
  slotStatus: 0x81,
  parameters: 0x82,
  escape: 0x83,
  slotChange: 0x50,
} as const;

/** Slot error codes, bError (CCID 1.1, table 6.2-2). Small numbers are offsets of a bad field. */
export const SLOT_ERROR = {
  aborted: 0xff,
  mute: 0xfe,
  protocol: 0xf6,
  busy: 0xe0,
  notSupported: 0x00,
  length: 1,
  slot: 5,
  specific0: 7,
  level: 8,
} as const;

/** What bits 0 and 1 of bStatus say of the card. */
export const CARD_STATE = { active: 0, inactive: 1, absent: 2 } as const;

/** Bytes of a message's header. */
export const HEADER = 10;

/** A message from the host. */
export interface CcidCommand {
  /** bMessageType. */
  readonly type: number;
  /** bSlot. */
  readonly slot: number;
  /** bSeq. */
  readonly sequence: number;
  /** The three bytes whose meaning depends on the type. */
  readonly specific: readonly [number, number, number];
  /** What follows the header. */
  readonly data: Uint8Array;
}

/** A message to the host. */
export interface CcidAnswer {
  /** bMessageType. */
  readonly type: number;
  /** State of the card, bits 0 and 1 of bStatus. */
  readonly card: number;
  /** What became of the command; `ok` unless given. */
  readonly outcome?: "ok" | "failed" | "extended" | undefined;
  /** bError: why it failed, or by how much the time is extended. 0 unless given. */
  readonly error?: number | undefined;
  /** The last byte of the header: chain parameter, protocol or clock. 0 unless given. */
  readonly specific?: number | undefined;
  /** What follows the header; nothing unless given. */
  readonly data?: Uint8Array | undefined;
}

const ANSWER_TYPES: Readonly<Record<number, number>> = {
  [COMMAND.powerOn]: ANSWER.dataBlock,
  [COMMAND.transfer]: ANSWER.dataBlock,
  [COMMAND.setParameters]: ANSWER.parameters,
  [COMMAND.getParameters]: ANSWER.parameters,
  [COMMAND.resetParameters]: ANSWER.parameters,
  [COMMAND.escape]: ANSWER.escape,
};

/** Which type of message answers a command, even one that is refused (CCID 1.1, table 6.1-1). */
export function answerType(command: number): number {
  return ANSWER_TYPES[command] ?? ANSWER.slotStatus;
}

const OUTCOME = { ok: 0x00, failed: 0x40, extended: 0x80 } as const;

/** How many bytes a message has in all, as its header says. The header must be there. */
export function messageLength(bytes: Uint8Array): number {
  return HEADER + bytes[1]! + bytes[2]! * 0x100 + bytes[3]! * 0x1_0000 + bytes[4]! * 0x100_0000;
}

/** Takes one whole message apart. */
export function decodeCommand(bytes: Uint8Array): CcidCommand {
  return {
    type: bytes[0]!,
    slot: bytes[5]!,
    sequence: bytes[6]!,
    specific: [bytes[7]!, bytes[8]!, bytes[9]!],
    data: bytes.slice(HEADER),
  };
}

/** Puts an answer to the command of this slot and sequence number together. */
export function encodeAnswer(
  answer: CcidAnswer,
  to: Pick<CcidCommand, "slot" | "sequence">,
): Uint8Array {
  const { type, card, outcome = "ok", error = 0, specific = 0, data = new Uint8Array() } = answer;
  const status = OUTCOME[outcome] | card;
  const header = [type, ...u32(data.length), to.slot, to.sequence, status, error, specific];
  return concatBytes([Uint8Array.from(header), data]);
}

/** The interrupt message that tells which slots have a card: two bits a slot (CCID 1.1, 6.3.1). */
export function encodeSlotChange(
  slots: readonly { readonly present: boolean; readonly changed: boolean }[],
): Uint8Array {
  const message = new Uint8Array(1 + Math.ceil(slots.length / 4));
  message[0] = ANSWER.slotChange;
  slots.forEach(({ present, changed }, slot) => {
    message[1 + (slot >> 2)]! |= (Number(present) | Number(changed) << 1) << 2 * (slot & 3);
  });
  return message;
}
