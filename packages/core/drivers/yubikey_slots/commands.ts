import {
  type ApduCommandDefinition,
  defineCommand,
  defineMessageCommand,
  type MessageCommandDefinition,
  type Refusal,
} from "../../command/mod.ts";
import { type Cursor, decodeHex } from "../../bytes/mod.ts";
import { NO_TOUCH, REJECTED } from "./hid_framing.ts";
import { readStatusBytes, type SlotStatus } from "./status.ts";

// Yubico/yubikey-personalization@db0c0d6, Yubico/python-yubico@bcdf6c6, Yubico/yubikey-manager@b0dbb7f.

/** One of the two slots. */
export type SlotNumber = 1 | 2;

/** Commands by slot. */
const WRITE: Readonly<Record<SlotNumber, number>> = { 1: 0x01, 2: 0x03 };
const HMAC: Readonly<Record<SlotNumber, number>> = { 1: 0x30, 2: 0x38 };
const SERIAL = 0x10;

const UNKNOWN: Refusal = { kind: "unsupported", says: "the token has no such application" };
const REFUSED: Refusal = {
  kind: "refused",
  says:
    "the token did not carry it out: the slot is empty, of another use, or protected by an access code",
  next: "If the slot has an access code, give it.",
};
const UNTOUCHED: Refusal = {
  kind: "wants-touch",
  says: "nobody touched it in time",
  next: "Ask again, and touch the token when it blinks.",
};

const APDU_REFUSALS: Readonly<Record<number, Refusal>> = {
  0x6700: { kind: "refused", says: "the token does not accept this length" },
  0x6982: REFUSED,
  0x6985: UNTOUCHED,
  0x6a80: REFUSED,
  0x6a82: UNKNOWN,
  0x6a86: REFUSED,
  0x6d00: UNKNOWN,
  0x6e00: UNKNOWN,
};

const REPORT_REFUSALS: Readonly<Record<number, Refusal>> = {
  [REJECTED]: REFUSED,
  [NO_TOUCH]: UNTOUCHED,
};

/** Selects the application of the slots; the answer is their status. */
export const selectSlots: ApduCommandDefinition<void, SlotStatus> = defineCommand({
  name: "select slots",
  effect: "none",
  repeatable: true,
  encode: () => ({ cla: 0, ins: 0xa4, p1: 0x04, p2: 0, data: decodeHex("A0000005272001") }),
  decode: readStatusBytes,
  refusals: APDU_REFUSALS,
  secrets: [],
});

/** What a slot is written with. */
export interface SlotWrite {
  /** Which one. */
  readonly slot: SlotNumber;
  /** The record and the access code: 58 bytes, which are overwritten. */
  readonly record: Uint8Array;
}

/** What a slot is asked. */
export interface SlotChallenge {
  /** Which one. */
  readonly slot: SlotNumber;
  /** 64 bytes. */
  readonly challenge: Uint8Array;
}

/** The serial number in four bytes: whatever else answers is no key. */
function readSerialBytes(data: Cursor): string {
  const serial = String(data.u32());
  if (data.left > 0) throw new RangeError("Cannot read serial number: it is not four bytes");
  return serial;
}

const ALL_SECRET = [{ in: "command", from: 0 }] as const;
const ANSWER_SECRET = [{ in: "answer", from: 0 }] as const;

const write = {
  name: "write slot",
  effect: "writes-seed",
  repeatable: true,
  decode: readStatusBytes,
  secrets: ALL_SECRET,
} as const;
const challenge = {
  name: "compute code",
  effect: "none",
  repeatable: true,
  decode: (data: Cursor) => data.take(20).slice(),
  secrets: ANSWER_SECRET,
} as const;
const serial = {
  name: "read serial number",
  effect: "none",
  repeatable: true,
  decode: readSerialBytes,
  secrets: [],
} as const;

/** Writes or empties a slot, over PC/SC. What came of it says the sequence in the answer. */
export const writeSlot: ApduCommandDefinition<SlotWrite, SlotStatus> = defineCommand({
  ...write,
  encode: ({ slot, record }) => ({ cla: 0, ins: 0x01, p1: WRITE[slot], p2: 0, data: record }),
  refusals: APDU_REFUSALS,
});

/** Has a slot answer a challenge, over PC/SC. */
export const askSlot: ApduCommandDefinition<SlotChallenge, Uint8Array> = defineCommand({
  ...challenge,
  encode: ({ slot, challenge }) => ({ cla: 0, ins: 0x01, p1: HMAC[slot], p2: 0, data: challenge }),
  refusals: APDU_REFUSALS,
});

/** Reads the serial number, over PC/SC; tokens can be set not to tell it. */
export const readSlotSerial: ApduCommandDefinition<void, string> = defineCommand({
  ...serial,
  encode: () => ({ cla: 0, ins: 0x01, p1: SERIAL, p2: 0 }),
  refusals: APDU_REFUSALS,
});

/** The same over feature reports: the first byte of a message is the command. */
export const reportCommands: {
  readonly write: MessageCommandDefinition<SlotWrite, SlotStatus>;
  readonly ask: MessageCommandDefinition<SlotChallenge, Uint8Array>;
  readonly serial: MessageCommandDefinition<void, string>;
} = {
  write: defineMessageCommand({
    ...write,
    encode: ({ slot, record }) => {
      const message = Uint8Array.of(WRITE[slot], ...record);
      record.fill(0);
      return message;
    },
    refusals: REPORT_REFUSALS,
  }),
  ask: defineMessageCommand({
    ...challenge,
    encode: ({ slot, challenge }) => Uint8Array.of(HMAC[slot], ...challenge),
    refusals: REPORT_REFUSALS,
  }),
  serial: defineMessageCommand({
    ...serial,
    encode: () => Uint8Array.of(SERIAL),
    refusals: REPORT_REFUSALS,
  }),
};
