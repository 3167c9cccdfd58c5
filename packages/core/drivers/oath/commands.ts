import { type ApduCommandDefinition, defineCommand, type Refusal } from "../../command/mod.ts";
import { Cursor, decodeHex } from "../../bytes/mod.ts";
import type { OtpAlgorithm } from "../../otp/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import { expectTlv, readTlvs, type Tlv, writeTlvs } from "./_tlv.ts";
import { type Credential, type CredentialType, readStoredName } from "./credential.ts";
import { answerTo } from "./password.ts";

// The bytes are those of the maker's protocol page (developers.yubico.com@b3efe70), of its applet
// (Yubico/ykneo-oath@543b4c3) and of its own client (Yubico/yubikey-manager@b0dbb7f).

const TAG = {
  name: 0x71,
  list: 0x72,
  key: 0x73,
  challenge: 0x74,
  response: 0x75,
  truncated: 0x76,
  property: 0x78,
  version: 0x79,
  counter: 0x7a,
  tries: 0x82,
  serial: 0x8f,
} as const;

const TOUCH = 0x02;
const APPLET = "A0000005272101";

/** The code of each type, in the upper half of a byte. */
const TYPES: Readonly<Record<CredentialType, number>> = { hotp: 0x10, totp: 0x20 };
/** The code of each hash function, in the lower half. */
const ALGORITHMS: Readonly<Record<OtpAlgorithm, number>> = { SHA1: 1, SHA256: 2, SHA512: 3 };

/** Keys are filled with zeros to this length, as the maker's client does; codes stay the same. */
const SHORTEST_KEY = 14;

const PASSWORD_NEEDED: Refusal = {
  kind: "bad-key",
  says: "the token wants its password first",
  next: "Give the password of the token's OATH application.",
};
const NO_SUCH_ENTRY: Refusal = { kind: "refused", says: "the token has no entry of that name" };
const BAD_DATA: Refusal = { kind: "refused", says: "the token does not accept these values" };
const BAD_LENGTH: Refusal = { kind: "refused", says: "the token does not accept this length" };
const UNKNOWN: Refusal = { kind: "unsupported", says: "the token does not know the command" };
const NOT_NOW: Refusal = { kind: "refused", says: "the token does not allow it now" };

const COMMON: Readonly<Record<number, Refusal>> = {
  0x6700: BAD_LENGTH,
  0x6982: PASSWORD_NEEDED,
  0x6a80: BAD_DATA,
  0x6a86: BAD_DATA,
  0x6b00: BAD_DATA,
  0x6d00: UNKNOWN,
  0x6e00: UNKNOWN,
};

/** SEND REMAINING: this application has an instruction of its own for answers that go on. */
const SEND_REMAINING = 0xa5;

/** What the application says when it is selected. */
export interface OathSelection {
  /** Version: of the firmware, or of the protocol. */
  readonly version: readonly [number, number, number];
  /** Id of eight bytes, and salt of the password; it changes when the application is reset. */
  readonly id: Uint8Array | undefined;
  /** Where a password is set: what has to be answered. */
  readonly challenge: Uint8Array | undefined;
  /** Where a PIN is set (Nitrokey 3): how many tries are left. */
  readonly pinTries: number | undefined;
  /** Serial number in four bytes (Nitrokey 3). */
  readonly serial: Uint8Array | undefined;
}

/** Selects the OATH application; changes nothing, needs no password. */
export const selectOath: ApduCommandDefinition<void, OathSelection> = defineCommand({
  name: "select OATH application",
  effect: "none",
  repeatable: true,
  encode: () => ({ cla: 0, ins: 0xa4, p1: 0x04, p2: 0, data: decodeHex(APPLET) }),
  decode: (data) => {
    const tlvs = readTlvs(data);
    const [major = 0, minor = 0, patch = 0] = expectTlv(tlvs, TAG.version, 3);
    const optional = (tag: number): Uint8Array | undefined =>
      tlvs.find((one) => one.tag === tag)?.value;
    return {
      version: [major, minor, patch] as const,
      id: optional(TAG.name),
      challenge: optional(TAG.challenge),
      pinTries: optional(TAG.tries)?.[0],
      serial: optional(TAG.serial),
    };
  },
  refusals: {
    0x6a82: { kind: "unsupported", says: "the token has no OATH application" },
    0x6d00: UNKNOWN,
    0x6e00: UNKNOWN,
    0x6985: NOT_NOW,
    0x6700: BAD_LENGTH,
    0x6a86: BAD_DATA,
    0x6999: { kind: "unsupported", says: "the token has no OATH application" },
  },
  secrets: [],
});

/** Lists all entries; codes are not computed. */
export const listCredentials: ApduCommandDefinition<void, readonly Credential[]> = defineCommand({
  name: "list entries",
  effect: "none",
  repeatable: true,
  more: SEND_REMAINING,
  encode: () => ({ cla: 0, ins: 0xa1, p1: 0, p2: 0 }),
  decode: (data) => readTlvs(data).map(readCredential),
  refusals: COMMON,
  secrets: [],
});

function readCredential({ tag, value }: Tlv): Credential {
  if (tag !== TAG.list) throw new RangeError("Cannot read list: it holds something else");
  const entry = new Cursor(value);
  const kind = entry.u8();
  const id = entry.take(entry.left).slice();
  const type = keyOf(TYPES, kind & 0xf0) ?? "other";
  return { id, type, algorithm: keyOf(ALGORITHMS, kind & 0x0f), ...readStoredName(id, { type }) };
}

function keyOf<Key extends string>(
  table: Readonly<Record<Key, number>>,
  code: number,
): Key | undefined {
  for (const key in table) if (table[key] === code) return key;
  return undefined;
}

/** What {@linkcode putCredential} writes. */
export interface NewCredential {
  /** The stored name. */
  readonly id: Uint8Array;
  /** The seed. */
  readonly seed: Secret;
  /** What counts. */
  readonly type: CredentialType;
  /** Hash function. */
  readonly algorithm: OtpAlgorithm;
  /** Code length. */
  readonly digits: number;
  /** Whether each code needs a touch. */
  readonly touch?: boolean | undefined;
  /** Where presses begin to be counted. */
  readonly counter?: number | undefined;
}

/**
 * Writes an entry. Some tokens overwrite one of that name, others refuse: to replace an entry, erase it
 * first.
 */
export const putCredential: ApduCommandDefinition<NewCredential, void> = defineCommand({
  name: "write entry",
  effect: "writes-seed",
  repeatable: true,
  encode: ({ id, seed, type, algorithm, digits, touch, counter }) => {
    const key = new Uint8Array(2 + Math.max(SHORTEST_KEY, seed.length));
    key.set([TYPES[type] | ALGORITHMS[algorithm], digits]);
    seed.use((bytes) => key.set(bytes, 2));
    const start = counter ? Uint8Array.of(TAG.counter, 4, ...u32(counter)) : [];
    const property = touch ? [TAG.property, TOUCH] : []; // the one tag without a length
    const parts = [{ tag: TAG.name, value: id }, { tag: TAG.key, value: key }];
    const data = writeTlvs(parts, Uint8Array.of(...property, ...start));
    key.fill(0);
    return { cla: 0, ins: 0x01, p1: 0, p2: 0, data };
  },
  decode: () => undefined,
  refusals: {
    ...COMMON,
    0x6985: {
      kind: "refused",
      says: "the token has an entry of that name",
      next: "Erase that entry first, or choose another name.",
    },
    0x6a84: {
      kind: "refused",
      says: "the token is full",
      next: "Erase an entry that is not needed.",
    },
  },
  secrets: [{ in: "command", from: 0 }],
});

/** Erases an entry. */
export const deleteCredential: ApduCommandDefinition<{ readonly id: Uint8Array }, void> =
  defineCommand({
    name: "erase entry",
    effect: "erases",
    repeatable: false,
    encode: ({ id }) => ({
      cla: 0,
      ins: 0x02,
      p1: 0,
      p2: 0,
      data: writeTlvs([{ tag: TAG.name, value: id }]),
    }),
    decode: () => undefined,
    refusals: { ...COMMON, 0x6984: NO_SUCH_ENTRY, 0x6a82: NO_SUCH_ENTRY },
    secrets: [],
  });

/** Gives an entry another name (since version 5.3.1). */
export const renameCredential: ApduCommandDefinition<
  { readonly id: Uint8Array; readonly next: Uint8Array },
  void
> = defineCommand({
  name: "rename entry",
  effect: "writes-config",
  repeatable: false,
  encode: ({ id, next }) => ({
    cla: 0,
    ins: 0x05,
    p1: 0,
    p2: 0,
    data: writeTlvs([{ tag: TAG.name, value: id }, { tag: TAG.name, value: next }]),
  }),
  decode: () => undefined,
  refusals: { ...COMMON, 0x6984: NO_SUCH_ENTRY, 0x6a82: NO_SUCH_ENTRY, 0x6985: NOT_NOW },
  secrets: [],
});

/**
 * Has the token compute a code. Give a time step, or none where presses are counted: that steps its
 * counter. Tokens disagree about the first count, so nothing is assumed about it.
 */
export const calculateCode: ApduCommandDefinition<
  { readonly id: Uint8Array; readonly step?: number | undefined },
  string
> = defineCommand({
  name: "compute code",
  effect: "none",
  repeatable: true,
  encode: ({ id, step }) => ({
    cla: 0,
    ins: 0xa2,
    p1: 0,
    p2: 0x01, // truncated
    data: writeTlvs([
      { tag: TAG.name, value: id },
      { tag: TAG.challenge, value: step === undefined ? new Uint8Array(0) : u64(step) },
    ]),
  }),
  decode: (data) => {
    const value = new Cursor(expectTlv(readTlvs(data), TAG.truncated, 5));
    const digits = value.u8();
    if (digits < 4 || digits > 10) throw new RangeError(`Cannot read code of ${digits} digits`);
    const number = (value.u32() & 0x7fff_ffff) % 10 ** digits;
    return String(number).padStart(digits, "0");
  },
  refusals: {
    ...COMMON,
    0x6984: NO_SUCH_ENTRY,
    0x6a82: NO_SUCH_ENTRY,
    0x6985: {
      kind: "wants-touch",
      says: "nobody touched it in time",
      next: "Ask again, and touch the token when it blinks.",
    },
  },
  secrets: [{ in: "answer", from: 0 }],
});

/** Answers the challenge of the selection; the token's own answer shows that it has the key, too. */
export const validate: ApduCommandDefinition<
  { readonly key: Secret; readonly challenge: Uint8Array; readonly own: Uint8Array },
  Uint8Array
> = defineCommand({
  name: "give password",
  effect: "authenticates",
  repeatable: false,
  encode: ({ key, challenge, own }) => ({
    cla: 0,
    ins: 0xa3,
    p1: 0,
    p2: 0,
    data: writeTlvs([
      { tag: TAG.response, value: answerTo(challenge, key) },
      { tag: TAG.challenge, value: own },
    ]),
  }),
  decode: (data) => expectTlv(readTlvs(data), TAG.response, 20),
  refusals: {
    ...COMMON,
    ...Object.fromEntries([0x6984, 0x6a80, 0x6982].map((status) => [status, wrongPassword()])),
  },
  // Challenge and answer together let a password be searched for offline.
  secrets: [{ in: "command", from: 0 }, { in: "answer", from: 0 }],
});

function wrongPassword(): Refusal {
  return {
    kind: "bad-key",
    says: "that is not its password",
    next: "Give the password that was set for the OATH application; tries are not counted.",
  };
}

/** Sets a password, or takes it away where no key is given. */
export const setCode: ApduCommandDefinition<
  { readonly key: Secret; readonly challenge: Uint8Array } | { readonly key?: undefined },
  void
> = defineCommand({
  name: "set password",
  effect: "writes-key",
  repeatable: true,
  encode: (args) => {
    const header = { cla: 0, ins: 0x03, p1: 0, p2: 0 };
    if (!args.key) return { ...header, data: Uint8Array.of(TAG.key, 0) };
    const { key, challenge } = args;
    const value = new Uint8Array(1 + key.length);
    value[0] = TYPES.totp | ALGORITHMS.SHA1;
    key.use((bytes) => value.set(bytes, 1));
    const data = writeTlvs([
      { tag: TAG.key, value },
      { tag: TAG.challenge, value: challenge },
      { tag: TAG.response, value: answerTo(challenge, key) },
    ]);
    value.fill(0);
    return { ...header, data };
  },
  decode: () => undefined,
  refusals: { ...COMMON, 0x6984: BAD_DATA, 0x6985: NOT_NOW },
  secrets: [{ in: "command", from: 0 }],
});

/** Erases all entries and the password. Needs no password. */
export const resetOath: ApduCommandDefinition<void, void> = defineCommand({
  name: "reset OATH application",
  effect: "erases",
  repeatable: true,
  encode: () => ({ cla: 0, ins: 0x04, p1: 0xde, p2: 0xad }),
  decode: () => undefined,
  refusals: {
    ...COMMON,
    0x6982: { kind: "wants-touch", says: "nobody confirmed it on the token" },
    0x6985: { kind: "wants-touch", says: "nobody confirmed it on the token" },
  },
  secrets: [],
});

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function u64(value: number): Uint8Array {
  return Uint8Array.of(...u32(Math.floor(value / 0x1_0000_0000)), ...u32(value >>> 0));
}
