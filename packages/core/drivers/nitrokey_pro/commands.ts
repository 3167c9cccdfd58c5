import { type Cursor, encodeHex } from "../../bytes/mod.ts";
import {
  defineMessageCommand,
  type MessageCommandDefinition,
  type Refusal,
} from "../../command/mod.ts";
import type { Secret } from "../../secret/mod.ts";

// Nitrokey/libnitrokey@8349374: command_id.h, stick10_commands.h, stick10_commands_0.8.h.
// Numbers go least significant byte first.

/** Command status: the slot holds nothing. */
export const SLOT_EMPTY = 3;
/** Command status: the PIN was wrong. */
export const WRONG_PIN = 4;

const REFUSALS: Readonly<Record<number, Refusal>> = {
  1: { kind: "refused", says: "the token found a wrong checksum" },
  2: { kind: "refused", says: "the token has no such slot" },
  [SLOT_EMPTY]: { kind: "refused", says: "the slot is empty" },
  [WRONG_PIN]: {
    kind: "bad-key",
    says: "that is not its PIN",
    next: "Tries are counted: stop here if you are not sure of it.",
  },
  5: { kind: "bad-key", says: "the token wants a PIN first" },
  6: { kind: "refused", says: "the token takes that time for wrong" },
  7: { kind: "refused", says: "the token wants a name for the slot" },
  8: { kind: "unsupported", says: "the token does not do that" },
  9: { kind: "unsupported", says: "the token does not know the command" },
  10: { kind: "refused", says: "the token cannot read its own memory" },
};

/** A PIN and temporary passwords have 25 bytes, filled up with zeros. */
export const PASSWORD_BYTES = 25;
/** Names have 15. */
export const NAME_BYTES = 15;
const PART_BYTES = 30;

/** What a token says of itself. */
export interface NitrokeyStatus {
  /** Firmware: major, minor. */
  readonly version: readonly [number, number];
  /** Serial number of its smart card, in hexadecimal. */
  readonly serial: string;
}

/** Reads version and serial number; changes nothing. */
export const readStatus: MessageCommandDefinition<void, NitrokeyStatus> = defineMessageCommand({
  name: "read status",
  effect: "none",
  repeatable: true,
  encode: () => Uint8Array.of(0x00),
  decode: (data) => {
    const minor = data.u8();
    return { version: [data.u8(), minor] as const, serial: encodeHex(data.take(4).toReversed()) };
  },
  refusals: REFUSALS,
  secrets: [],
});

/** Reads how many wrong admin PINs the token still takes. */
export const readTries: MessageCommandDefinition<void, number> = defineMessageCommand({
  name: "read tries",
  effect: "none",
  repeatable: true,
  encode: () => Uint8Array.of(0x09),
  decode: (data) => data.u8(),
  refusals: REFUSALS,
  secrets: [],
});

/** Reads the name of a slot; one that is empty is refused with {@linkcode SLOT_EMPTY}. */
export const readSlotName: MessageCommandDefinition<number, string> = defineMessageCommand({
  name: "read slot",
  effect: "none",
  repeatable: true,
  encode: (slot) => Uint8Array.of(0x02, slot),
  decode: (data) => textOf(data.take(NAME_BYTES)),
  refusals: REFUSALS,
  secrets: [],
});

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** What opens the token for writes. */
export interface FirstAuthentication {
  /** The admin PIN. */
  readonly pin: Secret;
  /** The temporary password. */
  readonly temporary: Uint8Array;
}

/** Shows the admin PIN. Never repeated on its own: wrong ones are counted. */
export const authenticate: MessageCommandDefinition<FirstAuthentication, void> =
  defineMessageCommand({
    name: "give admin PIN",
    effect: "authenticates",
    repeatable: false,
    encode: ({ pin, temporary }) => {
      const message = new Uint8Array(1 + 2 * PASSWORD_BYTES);
      message[0] = 0x07;
      pin.use((bytes) => message.set(bytes.subarray(0, PASSWORD_BYTES), 1));
      message.set(temporary, 1 + PASSWORD_BYTES);
      return message;
    },
    decode: () => undefined,
    refusals: REFUSALS,
    secrets: [{ in: "command", from: 1 }],
  });

/** A name or a part of a seed on its way. */
export interface OtpData {
  /** The temporary password. */
  readonly temporary: Uint8Array;
  /** `N` a name, `S` a seed. */
  readonly kind: "N" | "S";
  /** Which part. */
  readonly part: number;
  /** At most 30 bytes. */
  readonly data: Uint8Array;
}

/** Hands a name or a part of a seed over; nothing is stored before {@linkcode writeSlot}. */
export const sendOtpData: MessageCommandDefinition<OtpData, void> = defineMessageCommand({
  name: "send seed",
  effect: "none",
  repeatable: true,
  encode: ({ temporary, kind, part, data }) => {
    const message = new Uint8Array(1 + PASSWORD_BYTES + 2 + PART_BYTES);
    message[0] = 0x17;
    message.set(temporary, 1);
    message.set([kind.charCodeAt(0), part], 1 + PASSWORD_BYTES);
    message.set(data, 3 + PASSWORD_BYTES);
    return message;
  },
  decode: () => undefined,
  refusals: REFUSALS,
  secrets: [{ in: "command", from: 1 }],
});

/** What {@linkcode writeSlot} stores with the name and the seed that were sent. */
export interface SlotSettingsWrite {
  /** The temporary password. */
  readonly temporary: Uint8Array;
  /** 20 to 2E for time steps, 10 to 12 for counters. */
  readonly slot: number;
  /** Time step in seconds, or the first count. */
  readonly interval: number;
  /** Code length. */
  readonly digits: 6 | 8;
}

/** Stores what was sent in a slot. */
export const writeSlot: MessageCommandDefinition<SlotSettingsWrite, void> = defineMessageCommand({
  name: "write slot",
  effect: "writes-seed",
  repeatable: true,
  encode: ({ temporary, slot, interval, digits }) => {
    const message = new Uint8Array(1 + PASSWORD_BYTES + 1 + 8 + 1 + 13);
    message[0] = 0x01;
    message.set(temporary, 1);
    message[26] = slot;
    new DataView(message.buffer).setBigUint64(27, BigInt(interval), true);
    message[35] = digits === 8 ? 0x01 : 0x00;
    return message;
  },
  decode: () => undefined,
  refusals: REFUSALS,
  secrets: [{ in: "command", from: 1, to: 26 }],
});

/** Empties a slot. */
export const eraseSlot: MessageCommandDefinition<
  { readonly temporary: Uint8Array; readonly slot: number },
  void
> = defineMessageCommand({
  name: "erase slot",
  effect: "erases",
  repeatable: true,
  encode: ({ temporary, slot }) => Uint8Array.of(0x06, slot, ...temporary),
  decode: () => undefined,
  refusals: REFUSALS,
  secrets: [{ in: "command", from: 2 }],
});

/** Sets the clock, in seconds since 1970. */
export const setTime: MessageCommandDefinition<number, void> = defineMessageCommand({
  name: "set clock",
  effect: "writes-clock",
  repeatable: true,
  encode: (seconds) => {
    const message = new Uint8Array(10);
    message.set([0x0b, 0x01]);
    new DataView(message.buffer).setBigUint64(2, BigInt(seconds), true);
    return message;
  },
  decode: () => undefined,
  refusals: REFUSALS,
  secrets: [],
});

/** Has the token compute a code by its own clock. */
export const readCode: MessageCommandDefinition<
  { readonly slot: number; readonly interval: number },
  string
> = defineMessageCommand({
  name: "compute code",
  effect: "none",
  repeatable: true,
  encode: ({ slot, interval }) => {
    const message = new Uint8Array(1 + 1 + 8 + 8 + 1 + PASSWORD_BYTES);
    message.set([0x04, slot]);
    message[18] = interval;
    return message;
  },
  decode: readCodeBytes,
  refusals: REFUSALS,
  secrets: [{ in: "answer", from: 0, to: 4 }],
});

function readCodeBytes(data: Cursor): string {
  const [a = 0, b = 0, c = 0, d = 0] = data.take(4);
  const digits = (data.u8() & 0x01) !== 0 ? 8 : 6;
  const code = String((a | (b << 8) | (c << 16) | (d << 24)) >>> 0).padStart(digits, "0");
  if (code.length !== digits) throw new RangeError("Cannot read code: it has too many digits");
  return code;
}
