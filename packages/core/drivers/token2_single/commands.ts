import {
  type ApduCommandDefinition,
  defineCommand,
  type Refusal,
  WRONG_WITH_TRIES_LEFT,
} from "../../command/mod.ts";
import { dataWithMac, encryptEcb, padIso9797, type Sm4 } from "../../crypto/mod.ts";
import { concatBytes } from "../../bytes/mod.ts";
import type { OtpAlgorithm } from "../../otp/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type { TokenConfiguration } from "../../token/mod.ts";

// The bytes were learned from the maker's production firmware (token2/openT2OTP@612317a), the maker's
// Android app (token2/t2nfc_burner@c0df7db) and notes on real hardware (framefilter/keyroost@b26aa27).

/** Serial number and clock. */
export interface TokenInfo {
  /** Serial number, ASCII. */
  readonly serial: string;
  /** Clock, in seconds since 1970. */
  readonly clockSeconds: number;
}

const NOT_THIS_FAMILY: Refusal = {
  kind: "unsupported",
  says: "it is not a token of this family",
};
const BAD_KEY: Refusal = {
  kind: "bad-key",
  says: "the token does not accept the key",
  next: "Stop here: tokens of other labels have other keys, and some lock after repeated tries.",
};
const NOT_AUTHENTICATED: Refusal = {
  kind: "refused",
  says: "the token does not take the command as authenticated",
  next: "Switch the token off and on, place it again and repeat the burn.",
};
const BAD_DATA: Refusal = { kind: "refused", says: "the token does not accept these values" };
const BAD_LENGTH: Refusal = { kind: "refused", says: "the token does not accept this length" };

/**
 * Reads serial number and clock; changes nothing, needs no key. The answer is three header bytes, the
 * length of the serial, the serial, two separator bytes and the clock; header and separator differ
 * between firmwares and say nothing that is needed.
 */
export const readInfo: ApduCommandDefinition<void, TokenInfo> = defineCommand({
  name: "read serial and clock",
  effect: "none",
  repeatable: true,
  encode: () => ({ cla: 0x80, ins: 0x41, p1: 0, p2: 0, data: Uint8Array.of(0x02, 0x11) }),
  decode: (data) => {
    const serial = data.skip(3).ascii(data.u8());
    if (serial.length === 0) throw new RangeError("Cannot read serial number: it is empty");
    return { serial, clockSeconds: data.skip(2).u32() };
  },
  refusals: {
    0x6700: NOT_THIS_FAMILY,
    0x6a80: NOT_THIS_FAMILY,
    0x6a81: NOT_THIS_FAMILY,
    0x6a82: NOT_THIS_FAMILY,
    0x6a86: NOT_THIS_FAMILY,
    0x6d00: NOT_THIS_FAMILY,
    0x6e00: NOT_THIS_FAMILY,
  },
  secrets: [],
});

/** Asks for the eight random bytes that are to be answered. The fifth byte is Lc on these tokens. */
export const getChallenge: ApduCommandDefinition<void, Uint8Array> = defineCommand({
  name: "ask for a challenge",
  effect: "none",
  repeatable: true,
  encode: () => ({ cla: 0x80, ins: 0x4b, p1: 0x08, p2: 0, data: Uint8Array.of(0x00) }),
  decode: (data) => data.take(8),
  refusals: { 0x6d00: NOT_THIS_FAMILY },
  secrets: [],
});

/** Answers the challenge: one SM4 block of the challenge and eight zeros. A challenge counts once. */
export const answerChallenge: ApduCommandDefinition<
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
    0x6300: BAD_KEY,
    [WRONG_WITH_TRIES_LEFT]: BAD_KEY, // Molto2 answers like that; a relative may
    0x6982: BAD_KEY,
    0x6983: BAD_KEY,
    0x6a80: BAD_DATA,
  },
  // A pair of challenge and answer lets an owner's private key be searched for offline.
  secrets: [{ in: "command", from: 0 }],
});

// 6581 (memory failure) is not among them: the old content may be gone by then.
const WRITE_REFUSALS: Readonly<Record<number, Refusal>> = {
  0x6700: BAD_LENGTH,
  0x6982: NOT_AUTHENTICATED,
  0x6983: NOT_AUTHENTICATED,
  0x6a80: BAD_DATA,
  0x6d00: NOT_THIS_FAMILY,
  0x6e00: NOT_THIS_FAMILY,
};

const ALGORITHM_CODES: Readonly<Partial<Record<OtpAlgorithm, number>>> = { SHA1: 1, SHA256: 2 };
const DISPLAY_OFF_CODES: Readonly<Record<number, number>> = { 15: 0, 30: 1, 60: 2, 120: 3 };

/**
 * Writes all settings at once: display time, clock, hash, time step. On restricted models this **erases
 * the seed and still answers 9000** (measured on the maker's firmware).
 */
export const writeConfiguration: ApduCommandDefinition<
  { readonly cipher: Sm4; readonly configuration: Omit<TokenConfiguration, "digits"> },
  void
> = defineCommand({
  name: "write configuration and clock",
  effect: "writes-config",
  repeatable: true,
  encode: ({ cipher, configuration }) => {
    const { clockSeconds: t, period } = configuration;
    const body = Uint8Array.of(
      ...[0x81, 0x11],
      ...[0x1f, 0x01, code(DISPLAY_OFF_CODES, configuration.displayOffSeconds)],
      ...[0x0f, 0x04, t >>> 24, (t >>> 16) & 0xff, (t >>> 8) & 0xff, t & 0xff],
      ...[0x86, 0x06],
      ...[0x0a, 0x01, code(ALGORITHM_CODES, configuration.algorithm)],
      ...[0x0d, 0x01, period],
    );
    return authenticated(cipher, { ins: 0xd4, p1: 0x00, body });
  },
  decode: () => undefined,
  refusals: WRITE_REFUSALS,
  // The body is known: a MAC beside it would let an owner's private key be searched for offline.
  secrets: [{ in: "command", from: 19 }],
});

/**
 * Writes the seed. It is always padded (80, then zeros), also where its length is a multiple of 16: a
 * token refuses an aligned seed without padding, or silently stores it shortened when it happens to end
 * in 80 (measured on the maker's firmware). Writing the same seed twice leaves the same seed.
 */
export const writeSeed: ApduCommandDefinition<
  { readonly cipher: Sm4; readonly seed: Secret },
  void
> = defineCommand({
  name: "write seed",
  effect: "writes-seed",
  repeatable: true,
  encode: ({ cipher, seed }) => {
    const padded = seed.use((bytes) => padIso9797(bytes));
    try {
      return authenticated(cipher, { ins: 0xc5, p1: 0x01, body: encryptEcb(cipher, padded) });
    } finally {
      padded.fill(0);
    }
  },
  decode: () => undefined,
  refusals: WRITE_REFUSALS,
  // The key is published: whoever sees the ciphertext sees the seed. The MAC goes with it.
  secrets: [{ in: "command", from: 0 }],
});

function authenticated(
  cipher: Sm4,
  { ins, p1, body }: { readonly ins: number; readonly p1: number; readonly body: Uint8Array },
): { cla: number; ins: number; p1: number; p2: number; data: Uint8Array } {
  return { cla: 0x84, ins, p1, p2: 0, data: dataWithMac(cipher, { ins, p1, p2: 0, body }) };
}

function code<Key extends string | number>(
  table: Readonly<Partial<Record<Key, number>>>,
  key: Key,
): number {
  const value = table[key];
  if (value === undefined) {
    throw new RangeError(`Cannot encode configuration: ${key} has no code in this family`);
  }
  return value;
}
