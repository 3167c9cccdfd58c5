import {
  type ApduCommandDefinition,
  defineCommand,
  type Refusal,
  WRONG_WITH_TRIES_LEFT,
} from "../../command/mod.ts";
import { concatBytes, Cursor } from "../../bytes/mod.ts";
import type { Sm4 } from "../../crypto/mod.ts";
import type { OtpAlgorithm } from "../../otp/mod.ts";
import type { SlotState } from "../../token/mod.ts";

// The bytes were learned from the maker's tool and its protocol document (token2/molto2-tools@638688b) and
// from notes on real hardware (framefilter/keyroost@b26aa27). Where they differ, the maker is followed.

/** Serial number and clock. */
export interface Molto2Info {
  /** Serial number, ASCII. */
  readonly serial: string;
  /** Clock, in seconds since 1970. */
  readonly clockSeconds: number;
}

/** The command is not known: a token of another family. */
export const NOT_THIS_FAMILY: Refusal = {
  kind: "unsupported",
  says: "it is not a token of this family",
};
const NO_SUCH_PROFILE: Refusal = {
  kind: "unsupported",
  says: "the token has no profile of that number",
};

const UNKNOWN: Readonly<Record<number, Refusal>> = Object.fromEntries(
  [0x6700, 0x6a80, 0x6a81, 0x6a82, 0x6a86, 0x6d00, 0x6e00].map((sw) => [sw, NOT_THIS_FAMILY]),
);

/**
 * Reads serial number and clock; changes nothing, needs no key. Hardware answers with nested tags (95 for
 * all of it, 02 serial, 11 clock); the maker's tool reads the same bytes at fixed places, which is what is
 * done here for an answer that begins otherwise.
 */
export const readMolto2Info: ApduCommandDefinition<void, Molto2Info> = defineCommand({
  name: "read serial and clock",
  effect: "none",
  repeatable: true,
  encode: () => ({ cla: 0x80, ins: 0x41, p1: 0, p2: 0 }),
  decode: (data) => {
    const all = new Cursor(data.take(data.left));
    if (all.u8() === 0x95) {
      const tags = readTags(all.take(all.u8()));
      const serial = tags.get(0x02);
      const clock = tags.get(0x11);
      if (serial && clock) {
        return {
          serial: nonEmpty(new Cursor(serial).ascii(serial.length)),
          clockSeconds: new Cursor(clock).u32(),
        };
      }
      throw new RangeError("Cannot read serial number: it is missing");
    }
    all.skip(2);
    const serial = nonEmpty(all.ascii(all.u8()));
    return { serial, clockSeconds: all.skip(2).u32() };
  },
  refusals: UNKNOWN,
  secrets: [],
});

function nonEmpty(serial: string): string {
  if (serial.length === 0) throw new RangeError("Cannot read serial number: it is empty");
  return serial;
}

/** Tags of one byte with lengths of one byte; what is cut off at the end is left out. */
function readTags(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const cursor = new Cursor(bytes);
  while (cursor.left >= 2) {
    const tag = cursor.u8();
    const length = cursor.u8();
    if (length > cursor.left) break;
    found.set(tag, cursor.take(length));
  }
  return found;
}

/**
 * Reads the public part of one profile, without a key. Must not carry Le: hardware answers 6FFB to that.
 * Only the last byte says whether there is a seed; an empty profile may show settings all the same.
 */
export const readProfile: ApduCommandDefinition<{ readonly slot: number }, SlotState> =
  defineCommand({
    name: "read profile",
    effect: "none",
    repeatable: true,
    encode: ({ slot }) => ({ cla: 0x80, ins: 0x41, p1: 0, p2: slot, data: Uint8Array.of(0x70) }),
    decode: (data) => {
      if (data.u8() !== 0x95) throw new RangeError("Cannot read profile: another tag");
      const value = readTags(data.take(data.u8())).get(0x70);
      if (value?.length !== PROFILE_BYTES) {
        throw new RangeError("Cannot read profile: another length");
      }
      const [algorithm, step, digits, seed] = value.subarray(-4);
      return {
        slot: 0,
        title: readTitle(value.subarray(1, 17)),
        occupied: seed === 0x01,
        settings: {
          ...(ALGORITHMS[algorithm!] ? { algorithm: ALGORITHMS[algorithm!]! } : {}),
          digits: digits!,
          period: (step! & 0x3f) * (step! >> 6 === 1 ? 60 : 1),
        },
      };
    },
    refusals: {
      ...UNKNOWN,
      ...Object.fromEntries([0x6a83, 0x6a86, 0x6b00, 0x6a88].map((sw) => [sw, NO_SUCH_PROFILE])),
    },
    secrets: [],
  });

const PROFILE_BYTES = 29;
const ALGORITHMS: Readonly<Record<number, OtpAlgorithm>> = { 1: "SHA1", 2: "SHA256" };

/** Zeros end a title, or 80 and zeros. A character may end in 80, too: then it is a part of the title. */
function readTitle(padded: Uint8Array): string {
  const bytes = padded.subarray(0, padded.findLastIndex((byte) => byte !== 0) + 1);
  if (bytes.at(-1) !== 0x80) return new TextDecoder().decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, -1));
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** Asks for the eight random bytes that are to be answered. */
export const getMolto2Challenge: ApduCommandDefinition<void, Uint8Array> = defineCommand({
  name: "ask for a challenge",
  effect: "none",
  repeatable: true,
  encode: () => ({ cla: 0x80, ins: 0x4b, p1: 0x08, p2: 0 }),
  decode: (data) => data.take(8),
  refusals: { 0x6d00: NOT_THIS_FAMILY },
  secrets: [],
});

const BAD_KEY: Refusal = {
  kind: "bad-key",
  says: "the token does not accept the customer key",
  next: "Stop here and look for the right key: after the last try the token may lock for good.",
};

/** The maker's document says 63 NN with NN tries left; hardware was seen to say 63 Cx. */
const COUNTED: Readonly<Record<number, Refusal>> = Object.fromEntries(
  Array.from({ length: 0xc0 }, (_, left) => [0x6300 + left, { ...BAD_KEY, attemptsLeft: left }]),
);

/** Answers the challenge: one SM4 block of the challenge and eight zeros. A challenge counts once. */
export const answerMolto2Challenge: ApduCommandDefinition<
  { readonly cipher: Sm4; readonly challenge: Uint8Array },
  void
> = defineCommand({
  name: "authenticate",
  effect: "authenticates",
  repeatable: false,
  encode: ({ cipher, challenge }) => ({
    cla: 0x80,
    ins: 0xce,
    p1: 0,
    p2: 0,
    data: cipher.encryptBlock(concatBytes([challenge, new Uint8Array(8)])),
  }),
  decode: () => undefined,
  refusals: {
    ...COUNTED,
    [WRONG_WITH_TRIES_LEFT]: BAD_KEY,
    0x6982: BAD_KEY,
    0x6983: { kind: "locked", says: "the token takes no more tries" },
    0x6a80: { kind: "refused", says: "the token does not accept these values" },
  },
  // A pair of challenge and answer lets an owner's key be searched for offline.
  secrets: [{ in: "command", from: 0 }],
});
