import type { Cursor } from "../../bytes/mod.ts";
import {
  type ApduCommandDefinition,
  defineCommand,
  type Refusal,
  WRONG_WITH_TRIES_LEFT,
} from "../../command/mod.ts";
import { POINT_BYTES } from "./agreement.ts";
import { BLOCK_BYTES } from "./blob.ts";
import { BLOCKED, otpCommand, type SealedText } from "./commands.ts";

// token2/token2-otp-applet@9211def (OtpPinManager), and the clients named in commands.ts. What a wrong PIN is
// answered with differs: 6982 by the applet, 63 and the number of tries by keys.

/** What a token tells of its OTP PIN. */
export interface PinFlag {
  /** Whether one is set. */
  readonly set: boolean;
  /** How many tries are left, where one is set. */
  readonly tries: number | undefined;
  /** What has to be answered, where that was asked for: a vector, and a random block under the session. */
  readonly challenge: { readonly iv: Uint8Array; readonly block: Uint8Array } | undefined;
}

/** AES-256, as the token calls it. */
export const AES_256 = 0x07;

/** How much of the flag is asked for: all but the challenge, or the challenge, too. */
export const FLAG_BYTES = { short: 0x09, challenge: 0x29 } as const;

/** The status with which firmware 3.4 says that it knows of PINs and has nothing to say. */
export const NOTHING_TO_SAY = 0x6af8;

const NO_PINS: Refusal = { kind: "unsupported", says: "its firmware knows of no OTP PIN" };

/** Reads whether a PIN is set; uses up no tries. */
export const readPinFlag: ApduCommandDefinition<{ readonly bytes: number }, PinFlag> =
  defineCommand({
    name: "read OTP PIN flag",
    effect: "none",
    repeatable: true,
    encode: ({ bytes }) => otpCommand(0x0504, new Uint8Array(bytes)),
    decode: (data) => {
      const how = data.u8();
      const [tries, length, most] = [data.u8(), data.u8(), data.u8()];
      const set = length !== 0;
      if ((how !== AES_256 && (how !== 0 || set)) || tries > most) {
        throw new RangeError("Cannot read OTP PIN flag: it contradicts itself");
      }
      const challenge = data.left >= 5 + 2 * BLOCK_BYTES ? readChallenge(data.skip(5)) : undefined;
      return { set, tries: set ? tries : undefined, challenge };
    },
    refusals: {
      0x6700: NO_PINS,
      0x6a81: NO_PINS,
      0x6a86: NO_PINS,
      0x6d00: NO_PINS,
      0x6e00: NO_PINS,
      [NOTHING_TO_SAY]: NO_PINS,
      0x6983: BLOCKED,
    },
    secrets: [{ in: "answer", from: 9 }],
  });

function readChallenge(data: Cursor): PinFlag["challenge"] {
  return { iv: data.take(BLOCK_BYTES).slice(), block: data.take(BLOCK_BYTES).slice() };
}

const NOT_NOW: Refusal = {
  kind: "refused",
  says: "the token does not allow it now",
  next: "Take the token out, put it back, and begin anew.",
};

/**
 * Agrees on the keys of a session: our public key for the token's. What stands behind it is a signature that
 * nobody but the maker can check: its key is not published, and clients pass it over.
 */
export const agreeOnKeys: ApduCommandDefinition<
  { readonly publicKey: Uint8Array },
  Uint8Array
> = defineCommand({
  name: "agree on session keys",
  effect: "authenticates",
  repeatable: true,
  encode: ({ publicKey }) => otpCommand(0x0509, publicKey.slice()),
  decode: (data) => data.take(POINT_BYTES).slice(),
  refusals: {
    0x6700: NO_PINS,
    0x6985: NOT_NOW,
    0x6a81: NO_PINS,
    0x6a86: NO_PINS,
    0x6d00: NO_PINS,
    0x6e00: NO_PINS,
    [NOTHING_TO_SAY]: NO_PINS,
  },
  secrets: [],
});

const WRONG: Refusal = {
  kind: "bad-key",
  says: "that is not its OTP PIN",
  next: "Tries are counted, and this was one. Give the right PIN, or none.",
};
const WEAK: Refusal = {
  kind: "refused",
  says: "the token does not accept this PIN",
  next: "Choose one that is harder to guess; the present one still counts.",
};

/** 63 NN has the number itself; 63 Cx, as everywhere, the last digit. */
const WRONG_WITH_NUMBER: Readonly<Record<number, Refusal>> = {
  ...Object.fromEntries(
    Array.from({ length: 0x100 }, (_, left) => [0x6300 | left, { ...WRONG, attemptsLeft: left }]),
  ),
  ...Object.fromEntries(
    Array.from({ length: 0x10 }, (_, left) => [WRONG_WITH_TRIES_LEFT | left, WRONG]),
  ),
};

const PIN_REFUSALS: Readonly<Record<number, Refusal>> = {
  ...WRONG_WITH_NUMBER,
  0x6700: { kind: "refused", says: "the token does not accept this length" },
  0x6982: WRONG,
  0x6983: BLOCKED,
  0x6985: NOT_NOW,
  0x6a80: WEAK,
  0x6a81: { kind: "refused", says: "the token has a PIN already" },
  0x6a86: NO_PINS,
  0x6d00: NO_PINS,
  0x6e00: NO_PINS,
};

function pinCommand(
  parameters: number,
  name: string,
  effect: "authenticates" | "writes-key",
): ApduCommandDefinition<SealedText, void> {
  return defineCommand({
    name,
    effect,
    repeatable: false, // a wrong one is counted
    encode: ({ blob }) => otpCommand(parameters, blob),
    decode: () => undefined,
    refusals: PIN_REFUSALS,
    secrets: [{ in: "command", from: 0 }],
  });
}

/** Sets the first PIN. */
export const setPin: ApduCommandDefinition<SealedText, void> = pinCommand(
  0x0505,
  "set OTP PIN",
  "writes-key",
);
/** Shows the PIN. */
export const verifyPin: ApduCommandDefinition<SealedText, void> = pinCommand(
  0x0506,
  "give OTP PIN",
  "authenticates",
);
/** Replaces the PIN, or takes it away. */
export const changePin: ApduCommandDefinition<SealedText, void> = pinCommand(
  0x0508,
  "change OTP PIN",
  "writes-key",
);
