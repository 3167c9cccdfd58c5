import type { CommandApdu } from "../../apdu/mod.ts";
import { concatBytes, type Cursor, decodeHex } from "../../bytes/mod.ts";
import { type ApduCommandDefinition, defineCommand, type Refusal } from "../../command/mod.ts";
import { POINT_BYTES } from "./agreement.ts";
import { type EntryName, nameBytes } from "./entry.ts";

// The bytes are those of the vendor's applet (token2/token2-otp-applet@9211def) and of its clients
// (framefilter/keyroost@b26aa27, go-ctap/token2@1c56620).

const OTP_APPLET = "F00000014F747001";
const FIDO_APPLET = "A0000006472F0001";

const UNKNOWN: Refusal = { kind: "unsupported", says: "the token does not know the command" };
const BAD_LENGTH: Refusal = { kind: "refused", says: "the token does not accept this length" };
const BAD_DATA: Refusal = { kind: "refused", says: "the token does not accept these values" };
/** The PIN has to be given, or given again: the time that it opens the token for is over. */
export const PIN_WINDOW: Refusal = {
  kind: "refused",
  says: "the token wants its OTP PIN first",
  next: "Give the PIN, and repeat the command.",
};
const WRONG_STATE: Refusal = {
  kind: "refused",
  says: "the token does not offer it as it is set up now",
};
/** No tries are left. */
export const BLOCKED: Refusal = {
  kind: "locked",
  says: "no tries are left for its OTP PIN",
  next: "The maker says that only a reset of OTP helps, which erases all entries.",
};
const NO_TOUCH: Refusal = {
  kind: "wants-touch",
  says: "nobody touched it in time",
  next: "Ask again, and touch the token when it blinks.",
};
const NO_SUCH_ENTRY: Refusal = { kind: "refused", says: "the token has no entry of that name" };

/** Status words that say "no such entry", and in a list: "no entries". */
export const NOT_FOUND: readonly number[] = [0x6a80, 0x6a83];

const COMMON: Readonly<Record<number, Refusal>> = {
  0x6700: BAD_LENGTH,
  0x6981: WRONG_STATE,
  0x6985: PIN_WINDOW,
  0x6982: PIN_WINDOW,
  0x6983: BLOCKED,
  0x6984: BAD_DATA,
  0x6a81: WRONG_STATE,
  0x6a86: UNKNOWN,
  0x6d00: UNKNOWN,
  0x6e00: UNKNOWN,
};

/** A command of the OTP application, by both of its parameters. */
export function otpCommand(parameters: number, data?: Uint8Array): CommandApdu {
  const [p1, p2] = [parameters >> 8, parameters & 0xff];
  return { cla: 0x80, ins: 0xc5, p1, p2, ...(data ? { data } : {}) };
}

function selectCommand(application: string, name: string): ApduCommandDefinition<void, void> {
  return defineCommand({
    name,
    effect: "none",
    repeatable: true,
    encode: () => ({ cla: 0, ins: 0xa4, p1: 0x04, p2: 0, data: decodeHex(application) }),
    decode: () => undefined,
    refusals: {
      0x6700: { kind: "unsupported", says: "it does not know how to select an application" },
      0x6985: {
        kind: "refused",
        says: "it still has a session with another program",
        next: "Take the token off the reader or pull it out, put it back, and repeat the command.",
      },
      0x6999: { kind: "unsupported", says: "it has no such application" },
      0x6a82: { kind: "unsupported", says: "it has no such application" },
      0x6a86: UNKNOWN,
      0x6d00: UNKNOWN,
      0x6e00: UNKNOWN,
    },
    secrets: [],
  });
}

/** Selects the OTP application; changes nothing. */
export const selectOtp: ApduCommandDefinition<void, void> = selectCommand(
  OTP_APPLET,
  "select OTP application",
);
/** Selects the FIDO application, which tells the serial number where the other one does not. */
export const selectFido: ApduCommandDefinition<void, void> = selectCommand(
  FIDO_APPLET,
  "select FIDO application",
);

const SERIAL_TAG = 0xd1;

/** Reads the serial number: 14 digits of a key, 10 hexadecimal ones of the open applet on a blank card. */
export const readSerial: ApduCommandDefinition<void, string> = defineCommand({
  name: "read serial number",
  effect: "none",
  repeatable: true,
  encode: () => ({
    cla: 0x80,
    ins: 0x33,
    p1: 0,
    p2: 0,
    data: concatBytes([Uint8Array.of(SERIAL_TAG, 0x10), new Uint8Array(16)]),
  }),
  decode: (data) => {
    if (data.u8() !== SERIAL_TAG) throw new RangeError("Cannot read serial number: another tag");
    const serial = data.ascii(data.u8());
    if (!/^[0-9A-Za-z]+$/.test(serial)) {
      throw new RangeError("Cannot read serial number: it is no letters and digits");
    }
    return serial;
  },
  refusals: {
    ...Object.fromEntries(
      [0x6700, 0x6981, 0x6985, 0x6a80, 0x6a81, 0x6a82, 0x6a86, 0x6d00, 0x6e00].map((status) => [
        status,
        { kind: "unsupported", says: "the application does not tell it" } satisfies Refusal,
      ]),
    ),
  },
  secrets: [],
});

/** Reads the key that entries are encrypted to. A token that has a PIN refuses. */
export const readPublicKey: ApduCommandDefinition<void, Uint8Array> = defineCommand({
  name: "read public key",
  effect: "none",
  repeatable: true,
  encode: () => ({ ...otpCommand(0x0100), le: 256 }),
  decode: (data) => whole(data, POINT_BYTES),
  refusals: COMMON,
  secrets: [],
});

/** The status with which a token that has a PIN refuses {@linkcode readPublicKey}. */
export const NOT_IN_THIS_STATE = 0x6a81;

function whole(data: Cursor, count: number): Uint8Array {
  const bytes = data.take(count).slice();
  if (data.left > 0) throw new RangeError(`Cannot read answer: it is longer than ${count} bytes`);
  return bytes;
}

/** Names, accounts and codes are nobody's business but the owner's. */
const PRIVATE = [{ in: "answer", from: 0 }] as const;

const rest = (data: Cursor): Uint8Array => data.take(data.left).slice();

/** Lists the entries, with the codes of this moment: the first part, as it comes. */
export const listEntries: ApduCommandDefinition<{ readonly seconds: number }, Uint8Array> =
  defineCommand({
    name: "list entries",
    effect: "none",
    repeatable: true,
    encode: ({ seconds }) => otpCommand(0x0500, concatBytes([Uint8Array.of(0x03), u64(seconds)])),
    decode: rest,
    refusals: {
      ...COMMON,
      ...Object.fromEntries(
        NOT_FOUND.map((status) => [
          status,
          { kind: "refused", says: "the token has no entries" } satisfies Refusal,
        ]),
      ),
    },
    secrets: PRIVATE,
  });

/** The next part of the list. */
export const listMore: ApduCommandDefinition<{ readonly seconds: number }, Uint8Array> =
  defineCommand({
    name: "list more entries",
    effect: "none",
    repeatable: false, // it goes on from where it was
    encode: ({ seconds }) => otpCommand(0x0501, u64(seconds)),
    decode: rest,
    refusals: COMMON,
    secrets: PRIVATE,
  });

/** Has the token compute a code. Of an entry that counts presses it would take one: not for those. */
export const computeCode: ApduCommandDefinition<
  { readonly name: EntryName; readonly seconds: number },
  Uint8Array
> = defineCommand({
  name: "compute code",
  effect: "none",
  repeatable: true,
  encode: ({ name, seconds }) =>
    otpCommand(0x0500, concatBytes([Uint8Array.of(0x01), u64(seconds), nameBytes(name)])),
  decode: rest,
  refusals: {
    ...COMMON,
    0x6a80: NO_SUCH_ENTRY,
    0x6a83: NO_SUCH_ENTRY,
    0x6ff9: NO_TOUCH,
  },
  secrets: PRIVATE,
});

/** What is written, encrypted. */
export interface SealedText {
  /** The encrypted text. It is overwritten when it has been sent. */
  readonly blob: Uint8Array;
}

/** Writes an entry; one of the same name is overwritten. */
export const writeEntry: ApduCommandDefinition<SealedText, void> = defineCommand({
  name: "write entry",
  effect: "writes-seed",
  repeatable: true,
  encode: ({ blob }) => otpCommand(0x0502, blob),
  decode: () => undefined,
  refusals: {
    ...COMMON,
    0x6a80: BAD_DATA,
    0x6a84: {
      kind: "refused",
      says: "the token is full",
      next: "Erase an entry that is not needed.",
    },
    0x6ff9: NO_TOUCH,
  },
  secrets: [{ in: "command", from: 0 }],
});

/** Erases an entry. */
export const eraseEntry: ApduCommandDefinition<SealedText, void> = defineCommand({
  name: "erase entry",
  effect: "erases",
  repeatable: false,
  encode: ({ blob }) => otpCommand(0x0502, blob),
  decode: () => undefined,
  refusals: { ...COMMON, 0x6a80: NO_SUCH_ENTRY, 0x6a83: NO_SUCH_ENTRY, 0x6ff9: NO_TOUCH },
  secrets: [{ in: "command", from: 0 }],
});

/** Erases all entries. Keys want a touch. */
export const eraseEntries: ApduCommandDefinition<void, void> = defineCommand({
  name: "erase all entries",
  effect: "erases",
  repeatable: true,
  encode: () => otpCommand(0x0502),
  decode: () => undefined,
  refusals: { ...COMMON, 0x6ff9: NO_TOUCH },
  secrets: [],
});

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
