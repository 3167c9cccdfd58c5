import { type Delivery, LinkError, type LinkErrorReason } from "@otpsmith/core/errors";

/** A PC/SC call came back with a number other than zero. */
export class PcscError extends Error {
  /** Always `"PcscError"`. */
  override readonly name = "PcscError";
  /** The return value as an unsigned 32-bit number, such as 0x8010000b. */
  readonly code: number;
  /** The function that returned it, such as `SCardConnect`. */
  readonly call: string;

  /** Makes an error from a return value and the function it came from. */
  constructor(code: number, call: string, options?: ErrorOptions) {
    super(`${call} returned 0x${code.toString(16).padStart(8, "0")}`, options);
    this.code = code;
    this.call = call;
  }
}

/** Native code that a binding needs is not installed on this machine. */
export class MissingLibraryError extends Error {
  /** Always `"MissingLibraryError"`. */
  override readonly name = "MissingLibraryError";
  /** What the person can do about it. */
  readonly next: string;

  /** Makes an error with its message and the plain next step. */
  constructor(message: string, options: ErrorOptions & { readonly next: string }) {
    super(message, options);
    this.next = options.next;
  }
}

interface Meaning {
  readonly reason: LinkErrorReason;
  /**
   * Where the bytes are when SCardTransmit returns this; before it nothing has been sent anyway. Only
   * what pcscd looks at before it hands the command to the reader's driver is known to be not sent:
   * who holds the card, and whether it was reset (LudovicRousseau/PCSC, src/winscard.c).
   */
  readonly delivery: Delivery;
  readonly state: string;
  readonly next: string;
}

const PUT_BACK = "Put the token back on the reader, switch it on and try again.";
const PLUG_BACK = "Plug the reader in again and try once more.";
const START_SERVICE = "Start the smart-card service (pcscd) and try again.";
const AGAIN = "Try again; if it stays so, unplug the reader for a moment.";
const RULE = "Allow your account to use smart cards: see docs/pcsc-permissions.md.";

const serviceDown = {
  reason: "absent",
  delivery: "unknown",
  state: "the smart-card service is not running",
  next: START_SERVICE,
} as const satisfies Meaning;
const serviceLost = {
  reason: "lost",
  delivery: "unknown",
  state: "the smart-card service went away",
  next: START_SERVICE,
} as const satisfies Meaning;
const denied = {
  reason: "denied",
  delivery: "not-sent",
  state: "the system does not let this account use smart cards",
  next: RULE,
} as const satisfies Meaning;
const noCard = {
  reason: "absent",
  delivery: "unknown",
  state: "no token lies on the reader",
  next: PUT_BACK,
} as const satisfies Meaning;
const readerGone = {
  reason: "absent",
  delivery: "unknown",
  state: "the reader is no longer there",
  next: PLUG_BACK,
} as const satisfies Meaning;
const garbled = {
  reason: "lost",
  delivery: "unknown",
  state: "the reader and the token lost each other",
  next: PUT_BACK,
} as const satisfies Meaning;
const silent = {
  reason: "absent",
  delivery: "unknown",
  state: "the token does not answer",
  next: PUT_BACK,
} as const satisfies Meaning;

/**
 * What the numbers mean. Names and values from pcsclite.h of pcsc-lite 1.9.9; what a running pcscd
 * returns in which situation was measured with 1.9.9 and, for refusals by polkit, read in
 * https://blog.apdu.fr/posts/2023/11/pcsc-lite-and-polkit/.
 */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  // SCARD_E_INVALID_HANDLE: a handle of before a restart of the service.
  0x80100003: { ...garbled, state: "the connection has been ended by the smart-card service" },
  0x80100009: readerGone, // SCARD_E_UNKNOWN_READER
  0x8010000a: { ...garbled, reason: "timeout", state: "the reader waited in vain" }, // E_TIMEOUT
  // SCARD_E_SHARING_VIOLATION. The service does not tell who it is; these are the usual ones.
  0x8010000b: {
    reason: "busy",
    delivery: "not-sent",
    state: "another program holds the token",
    next: "Close the program that uses the reader: often a browser with a smart-card extension, " +
      "gpg's scdaemon (end it with: gpgconf --kill scdaemon), or the token maker's own tool.",
  },
  0x8010000c: noCard, // SCARD_E_NO_SMARTCARD
  0x8010000f: { ...silent, state: "reader and token have no protocol in common" }, // E_PROTO_MISMATCH
  0x80100010: { ...noCard, state: "the reader is not ready" }, // SCARD_E_NOT_READY
  0x80100013: serviceLost, // SCARD_F_COMM_ERROR
  // SCARD_E_NOT_TRANSACTED: the driver lost the card in the middle of an exchange or heard nothing.
  0x80100016: garbled,
  0x80100017: { ...readerGone, reason: "lost" }, // SCARD_E_READER_UNAVAILABLE
  0x8010001d: serviceDown, // SCARD_E_NO_SERVICE
  0x8010001e: serviceDown, // SCARD_E_SERVICE_STOPPED
  0x8010002e: { ...readerGone, state: "no reader is connected" }, // SCARD_E_NO_READERS_AVAILABLE
  0x8010002f: garbled, // SCARD_E_COMM_DATA_LOST
  0x80100065: silent, // SCARD_W_UNSUPPORTED_CARD
  0x80100066: silent, // SCARD_W_UNRESPONSIVE_CARD
  // SCARD_W_UNPOWERED_CARD: some other program took the power.
  0x80100067: { ...garbled, state: "the token has lost its power" },
  // SCARD_W_RESET_CARD: some other program reset it; what it knew of us is gone, nothing was sent.
  0x80100068: {
    ...garbled,
    delivery: "not-sent",
    state: "another program has reset the token",
    next: AGAIN,
  },
  // SCARD_W_REMOVED_CARD: noticed before or in the middle of the exchange, the service does not say.
  0x80100069: { ...garbled, state: "the token was taken off the reader" },
  0x8010006a: denied, // SCARD_W_SECURITY_VIOLATION
};

const UNKNOWN: Meaning = {
  reason: "lost",
  delivery: "unknown",
  state: "the smart-card service reported a failure",
  next: AGAIN,
};

/** What was being done when a call failed. */
export interface FailedAction {
  /** The beginning of the message, such as `Cannot open "OMNIKEY 5427 CK"`. */
  readonly action: string;
  /** Whether a command was out: only then can its bytes have arrived. */
  readonly sending: boolean;
}

/**
 * Says in the words of this project what a binding's error means.
 *
 * @example A reader that another program holds
 * ```ts
 * import { PcscError, toLinkError } from "@otpsmith/transport-pcsc";
 *
 * const error = toLinkError(new PcscError(0x8010000b, "SCardConnect"), {
 *   action: 'Cannot open "OMNIKEY 5427 CK"',
 *   sending: false,
 * });
 * if (error.code !== "link/busy" || error.delivery !== "not-sent") throw error;
 * ```
 */
export function toLinkError(thrown: unknown, { action, sending }: FailedAction): LinkError {
  if (thrown instanceof LinkError) return thrown;
  if (thrown instanceof MissingLibraryError) {
    return new LinkError("absent", `${action}: ${thrown.message}`, {
      delivery: "not-sent",
      next: thrown.next,
      cause: thrown,
    });
  }
  const { reason, delivery, state, next } = meaningOf(thrown);
  return new LinkError(
    // A connection that ends under a command is lost, whatever is missing afterwards.
    sending && reason === "absent" ? "lost" : reason,
    `${action}: ${state}`,
    { delivery: sending ? delivery : "not-sent", next, cause: thrown },
  );
}

function meaningOf(thrown: unknown): Meaning {
  if (!(thrown instanceof PcscError)) return UNKNOWN;
  // Older libraries also report a service that went away as a refusal (measured with 1.9.9: pcscd killed
  // in the middle of SCardTransmit). No service refuses a command on a card that it has handed out.
  if (thrown.call === "SCardTransmit" && thrown.code === 0x8010006a) return serviceLost;
  // The service of old versions hangs up on an account that polkit refuses, and the library then
  // reports the broken conversation instead of the refusal (measured with libpcsclite 1.9.9).
  if (thrown.call === "SCardEstablishContext" && thrown.code === 0x80100013) return denied;
  return MEANINGS[thrown.code] ?? UNKNOWN;
}

/** Codes after which a context is worth nothing: the service that it belonged to is gone. */
const STALE: ReadonlySet<number> = new Set([
  0x80100001, // SCARD_F_INTERNAL_ERROR
  0x80100003, // SCARD_E_INVALID_HANDLE
  0x80100013, // SCARD_F_COMM_ERROR
  0x8010001d, // SCARD_E_NO_SERVICE
  0x8010001e, // SCARD_E_SERVICE_STOPPED
  0x8010006a, // SCARD_W_SECURITY_VIOLATION, see meaningOf()
]);

/** Whether the error says that the context it happened in cannot be used any longer. */
export function isStale(thrown: unknown): boolean {
  return thrown instanceof PcscError && STALE.has(thrown.code);
}
