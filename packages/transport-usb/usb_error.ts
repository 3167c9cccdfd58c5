import { type Delivery, LinkError, type LinkErrorReason } from "@otpsmith/core/errors";
import { type UsbFailure, UsbPortError } from "./usb_port.ts";

/** What a failure means to a person and to a caller. */
export interface Meaning {
  /** Why the conversation failed. */
  readonly reason: LinkErrorReason;
  /** Where the bytes of a command to the token were, if one was out. */
  readonly delivery: Delivery;
  /** What has happened, to be put behind "Cannot …: ". */
  readonly state: string;
  /** What the person can do about it. */
  readonly next: string;
  /** Whether something is not installed on this computer. */
  readonly missing?: boolean | undefined;
}

/** A failure of which it is not known yet what was being done. */
export class UsbError extends Error {
  override readonly name = "UsbError";
  /** What it means. */
  readonly meaning: Meaning;

  /** Makes one from its meaning. */
  constructor(meaning: Meaning, options?: ErrorOptions) {
    super(meaning.state, options);
    this.meaning = meaning;
  }
}

/** What helps against a device that does not go on. */
export const REPLUG = "Unplug the device, plug it in again and try once more.";
/** What helps against missing rights on Linux. */
export const INSTALL_RULES =
  "Install the udev rules of otpsmith (otpsmith doctor prints them), then plug the device in again.";

/** The meaning of what a USB port reports. */
export const FAILURES: Readonly<Record<UsbFailure, Meaning>> = {
  denied: {
    reason: "denied",
    delivery: "not-sent",
    state: "the system does not let this account use the device",
    next: INSTALL_RULES,
  },
  busy: {
    reason: "busy",
    delivery: "not-sent",
    state: "pcscd is using this reader, or another program is",
    next: "Use the reader through PC/SC (transport pcsc), or stop the service that holds it: " +
      "sudo systemctl stop pcscd.socket pcscd (GnuPG: gpgconf --kill scdaemon).",
  },
  gone: {
    reason: "lost",
    delivery: "unknown",
    state: "the device was unplugged",
    next: "Plug the device in again and try once more.",
  },
  timeout: {
    reason: "timeout",
    delivery: "unknown",
    state: "the device does not answer",
    next: REPLUG,
  },
  stall: {
    reason: "lost",
    delivery: "unknown",
    state: "the device has refused to go on",
    next: REPLUG,
  },
  failed: {
    reason: "lost",
    delivery: "unknown",
    state: "the system reports a failure of the device",
    next: REPLUG,
  },
};

/** What was being done when something failed. */
export interface FailedAction {
  /** The beginning of the message, such as `Cannot open "Token2 Molto2"`. */
  readonly action: string;
  /** Whether a command to the token was out: only then can its bytes have arrived. */
  readonly sending: boolean;
}

function meaningOf(thrown: unknown): Meaning {
  if (thrown instanceof UsbError) return thrown.meaning;
  return FAILURES[thrown instanceof UsbPortError ? thrown.failure : "failed"];
}

/** The error for a caller. */
export function toLinkError(thrown: unknown, { action, sending }: FailedAction): LinkError {
  if (thrown instanceof LinkError) return thrown;
  const meaning = meaningOf(thrown);
  return new LinkError(meaning.reason, `${action}: ${meaning.state}`, {
    delivery: sending ? meaning.delivery : "not-sent",
    next: meaning.next,
    cause: thrown,
  });
}

/** Names of what goes wrong besides what a port reports. */
export type TroubleName =
  | "absent"
  | "mute"
  | "strangeAtr"
  | "noProtocol"
  | "character"
  | "garbled"
  | "confused"
  | "removed"
  | "late"
  | "slow"
  | "aborted"
  | "closed"
  | "unplugged"
  | "open"
  | "tooLong"
  | "disturbed"
  | "notThere"
  | "other";

/** What goes wrong besides what a port reports. */
export const TROUBLE: Readonly<Record<TroubleName, Meaning>> = {
  absent: {
    reason: "absent",
    delivery: "not-sent",
    state: "there is no card or token on the reader",
    next: "Place a token on the reader, switched on, and try again.",
  },
  mute: {
    reason: "absent",
    delivery: "not-sent",
    state: "the card does not answer to its power",
    next: "Take the card away, place it again and try once more.",
  },
  strangeAtr: {
    reason: "unsupported",
    delivery: "not-sent",
    state: "the card does not say how it wants to be spoken to",
    next: "Use the reader through PC/SC (transport pcsc).",
  },
  noProtocol: {
    reason: "unsupported",
    delivery: "not-sent",
    state: "card and reader have no protocol in common",
    next: "Use another reader.",
  },
  character: {
    reason: "unsupported",
    delivery: "not-sent",
    state: "the reader wants to be told each single byte (character level)",
    next: "Use the reader through PC/SC (transport pcsc).",
  },
  garbled: {
    reason: "lost",
    delivery: "unknown",
    state: "the reader answers something that is no CCID message",
    next: REPLUG,
  },
  confused: {
    reason: "lost",
    delivery: "unknown",
    state: "the reader answers something else than it was asked",
    next: REPLUG,
  },
  removed: {
    reason: "lost",
    delivery: "unknown",
    state: "the card or token was taken away",
    next: "Place the token on the reader again and try once more.",
  },
  late: {
    reason: "timeout",
    delivery: "unknown",
    state: "the reader asks for more and more time",
    next: "Take the token away, place it again and try once more.",
  },
  slow: {
    reason: "timeout",
    delivery: "not-sent",
    state: "the device does not open in time",
    next: REPLUG,
  },
  aborted: {
    reason: "aborted",
    delivery: "not-sent",
    state: "the call was given up",
    next: "Try again.",
  },
  closed: {
    reason: "lost",
    delivery: "not-sent",
    state: "it has been closed",
    next: "Open it again.",
  },
  unplugged: FAILURES.gone,
  open: {
    reason: "busy",
    delivery: "not-sent",
    state: "this program has it open already",
    next: "Close the other link first.",
  },
  tooLong: {
    reason: "unsupported",
    delivery: "not-sent",
    state: "the reader takes no commands of this length",
    next: "Use another reader.",
  },
  disturbed: {
    reason: "lost",
    delivery: "unknown",
    state: "the contact to the card was disturbed",
    next: "Take the token away, place it again and try once more.",
  },
  notThere: {
    reason: "absent",
    delivery: "not-sent",
    state: "it is not plugged in any more",
    next: "Plug the device in and try again.",
  },
  other: {
    reason: "absent",
    delivery: "not-sent",
    state: "another device has taken its place",
    next: "List the devices again.",
  },
};

/** The error for whoever wants to open something: what has gone in the meantime is just not there. */
export function toOpenError(thrown: unknown, label: string): LinkError {
  const meaning = meaningOf(thrown);
  const gone = meaning === TROUBLE.unplugged
    ? "notThere"
    : meaning === TROUBLE.removed
    ? "absent"
    : undefined;
  const error = gone ? trouble(gone, { cause: thrown }) : thrown;
  return toLinkError(error, { action: `Cannot open "${label}"`, sending: false });
}

/** A trouble as an error. */
export function trouble(name: TroubleName, options?: ErrorOptions): UsbError {
  return new UsbError(TROUBLE[name], options);
}
