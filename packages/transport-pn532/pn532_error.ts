import { type Delivery, LinkError, type LinkErrorReason } from "@otpsmith/core/errors";

/** What a failure means to a person and to a caller. */
export interface Meaning {
  /** Why the conversation failed. */
  readonly reason: LinkErrorReason;
  /** Where the bytes of a command to the token were. */
  readonly delivery: Delivery;
  /** What has happened, to be put behind "Cannot …: ". */
  readonly state: string;
  /** What the person can do about it. */
  readonly next: string;
}

const PLACE = "Switch the token on, lay it flat on the antenna and try again.";
const REPLUG = "Unplug the module, plug it in again and try once more.";

const radio: Meaning = {
  reason: "lost",
  delivery: "unknown",
  state: "the radio contact to the token was disturbed",
  next: "Lay the token flat on the antenna, away from metal and other cards, and try again.",
};
const gone: Meaning = {
  reason: "lost",
  delivery: "unknown",
  state: "the token does not answer any more",
  next: PLACE,
};
const exchanged: Meaning = { ...gone, state: "another card has taken the token's place" };
const power: Meaning = {
  reason: "lost",
  delivery: "unknown",
  state: "the PN532 has switched its antenna off to protect itself",
  next: "Let the module cool down, check its power supply, and try again.",
};
/** The chip refuses before anything is sent to the token. */
const refused: Meaning = {
  reason: "unsupported",
  delivery: "not-sent",
  state: "the PN532 does not take this command",
  next: REPLUG,
};
const notActive: Meaning = {
  reason: "lost",
  delivery: "not-sent",
  state: "the PN532 does not know of a token any more",
  next: PLACE,
};

/**
 * What the status byte of an answer says, in its six low bits (NXP UM0701-02, section 7.1; the same
 * list in nfc-tools/libnfc@01303fab, libnfc/chips/pn53x-internal.h). Where the manual does not say
 * whether the token has seen the command, the delivery is unknown.
 */
const STATUS: Readonly<Record<number, Meaning>> = {
  0x01: gone, // time-out: the target has not answered
  0x02: radio, // CRC error
  0x03: radio, // parity error
  0x04: radio, // wrong bit count during anti-collision
  0x05: radio, // framing error (MIFARE)
  0x06: { ...radio, state: "more than one card answers" }, // bit collision
  0x07: { ...refused, delivery: "unknown", state: "the PN532's buffer is too small for this" },
  0x09: radio, // RF buffer overflow
  0x0a: radio, // the counterpart has not switched its field on in time
  0x0b: radio, // RF protocol error
  0x0d: power, // temperature
  0x0e: { ...radio, state: "the PN532's buffer has overflowed" },
  0x10: refused, // invalid parameter
  0x12: refused, // DEP: unsupported command, as a target only
  0x13: radio, // the data format is not the protocol's
  0x14: refused, // MIFARE authentication
  0x18: refused, // NFC secure not supported (PN533)
  0x23: radio, // check byte of the UID
  0x25: notActive, // DEP: invalid state
  0x26: refused, // not allowed with this host interface
  0x27: notActive, // not acceptable in this context: unknown target, or not activated
  0x29: notActive, // released by its initiator
  0x2a: exchanged, // ISO 14443-3B: another card
  0x2b: gone, // ISO 14443-3B: the card has disappeared
  0x2c: exchanged, // NFCID3 of initiator and target differ
  0x2d: power, // over-current
  0x2e: radio, // NAD missing
};

/** Names of what goes wrong between this computer and the chip. */
export type TroubleName =
  | "unplugged"
  | "silent"
  | "garbled"
  | "rejected"
  | "refused"
  | "tooLong"
  | "otherChip"
  | "noToken"
  | "otherCard"
  | "aborted"
  | "late"
  | "closed";

/** What goes wrong between this computer and the chip. */
export const TROUBLE: Readonly<Record<TroubleName, Meaning>> = {
  unplugged: {
    reason: "lost",
    delivery: "unknown",
    state: "the module was unplugged",
    next: "Plug the module in again and try once more.",
  },
  silent: {
    reason: "timeout",
    delivery: "unknown",
    state: "the PN532 does not answer",
    next: REPLUG,
  },
  garbled: {
    reason: "lost",
    delivery: "unknown",
    state: "what the PN532 says arrives damaged, again and again",
    next: "Use a shorter cable, check ground and power of the module, and try again.",
  },
  rejected: {
    reason: "lost",
    delivery: "not-sent",
    state: "what is said to the PN532 arrives damaged, again and again",
    next: "Use a shorter cable, check ground and power of the module, and try again.",
  },
  refused,
  tooLong: {
    reason: "lost",
    delivery: "unknown",
    state: "the token's answer does not end",
    next: PLACE,
  },
  otherChip: {
    reason: "absent",
    delivery: "not-sent",
    state: "no PN532 answers on this port",
    next:
      "Check that this is the module's port, that its switches are set to HSU (UART), and that " +
      "TX goes to RX and RX to TX.",
  },
  noToken: {
    reason: "absent",
    delivery: "not-sent",
    state: "no token is in the field",
    next: "Switch the token on and lay it flat on the antenna.",
  },
  otherCard: {
    reason: "unsupported",
    delivery: "not-sent",
    state: "the card in the field does not speak ISO 14443-4",
    next: "Take other cards away and lay the token alone on the antenna.",
  },
  aborted: {
    reason: "aborted",
    delivery: "not-sent",
    state: "the call was given up",
    next: "Try again.",
  },
  late: {
    reason: "timeout",
    delivery: "not-sent",
    state: "the PN532 was not ready in time",
    next: REPLUG,
  },
  closed: {
    reason: "lost",
    delivery: "not-sent",
    state: "the port has been closed",
    next: "Open it again.",
  },
};

/** A failure of which it is not known yet what was being done. */
export class Pn532Error extends Error {
  override readonly name = "Pn532Error";
  /** What it means. */
  readonly meaning: Meaning;

  /** Makes one from its meaning. */
  constructor(meaning: Meaning, options?: ErrorOptions) {
    super(meaning.state, options);
    this.meaning = meaning;
  }
}

/** What a status byte means; `undefined` if it says that all went well. */
export function statusError(status: number): Pn532Error | undefined {
  const code = status & 0x3f;
  if (code === 0) return undefined;
  const text = `PN532 status ${code.toString(16).padStart(2, "0").toUpperCase()}`;
  return new Pn532Error(STATUS[code] ?? { ...radio, state: `the PN532 reports ${text}` }, {
    cause: new Error(text),
  });
}

/** What was being done when something failed. */
export interface FailedAction {
  /** The beginning of the message, such as `Cannot open "/dev/ttyUSB0"`. */
  readonly action: string;
  /** Whether a command to the token was out: only then can its bytes have arrived. */
  readonly sending: boolean;
}

/** The error for a caller. */
export function toLinkError(thrown: unknown, { action, sending }: FailedAction): LinkError {
  if (thrown instanceof LinkError) return thrown;
  const meaning = thrown instanceof Pn532Error ? thrown.meaning : TROUBLE.unplugged;
  return new LinkError(meaning.reason, `${action}: ${meaning.state}`, {
    delivery: sending ? meaning.delivery : "not-sent",
    next: meaning.next,
    cause: thrown,
  });
}
