import { TokenError } from "../../errors/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type { TimeSource } from "../../time/mod.ts";
import type { AccessFacet, AccessOptions, AccessSecret, RotationFacet } from "../../token/mod.ts";
import { createAgreementPair } from "./agreement.ts";
import { agreeOnSession, type SessionKeys } from "./blob.ts";
import type { OtpPort } from "./port.ts";
import {
  agreeOnKeys,
  changePin,
  FLAG_BYTES,
  type PinFlag,
  readPinFlag,
  setPin,
  verifyPin,
} from "./pin_commands.ts";
import { firstPinText, nextPinText, pinProof, pinWeakness } from "./pin_text.ts";

/**
 * A PIN opens the token for 300 s. Before that is over it is shown again: a person may have looked at a plan
 * for a while.
 */
const SHOWN_FOR_MS = 200_000;

/** What {@linkcode OtpPin} is made from. */
export interface OtpPinParts {
  /** The way to the application. */
  readonly port: OtpPort;
  /** What the token said of its PIN when it was recognised. */
  readonly flag: PinFlag;
  /** Measures how long ago the PIN was shown. */
  readonly time: TimeSource;
}

/** The OTP PIN of firmware 3.4: shown, set, changed and taken away. */
export class OtpPin implements AccessFacet {
  readonly secret: AccessSecret;
  readonly rotation: RotationFacet;
  readonly #port: OtpPort;
  readonly #time: TimeSource;
  #set: boolean;
  #keys: SessionKeys | undefined;
  #shownAt: number | undefined;

  /** Takes what the token said. */
  constructor({ port, flag, time }: OtpPinParts) {
    this.#port = port;
    this.#time = time;
    this.#set = flag.set;
    this.secret = {
      kind: "pin",
      required: flag.set,
      attemptsLeft: flag.tries,
      bytes: { min: 6, max: 63 }, // one that another program has set may be longer than those set here
    };
    this.rotation = {
      hands: [],
      removable: true,
      rotate: (next, options) => this.#rotate(next, options),
    };
  }

  /** The keys of the session in which the PIN was shown; `undefined` where none is set. */
  get keys(): SessionKeys | undefined {
    return this.#shownAt === undefined ? undefined : this.#keys;
  }

  async authenticate({ secret, onTouch: _, ...call }: AccessOptions = {}): Promise<void> {
    if (!this.#set) return;
    if (this.#shownAt !== undefined && this.#time.now() - this.#shownAt < SHOWN_FOR_MS) return;
    if (!secret) throw missing(verifyPin.name);
    await this.#show(secret, call);
  }

  async #show(pin: Secret, call: CallOptions): Promise<void> {
    this.#shownAt = undefined;
    const keys = await this.#session(call);
    const flag = await this.#port.send(readPinFlag, { bytes: FLAG_BYTES.challenge }, call);
    if (!flag.set || !flag.challenge) {
      throw new TokenError("garbled", "Cannot give OTP PIN: the token asks nothing", {
        command: verifyPin.name,
      });
    }
    const blob = await pinProof(pin, flag.challenge, { keys });
    await this.#counted(() => this.#port.send(verifyPin, { blob }, call), call);
    this.#shownAt = this.#time.now();
  }

  async #session(call: CallOptions): Promise<SessionKeys> {
    if (this.#keys) return this.#keys;
    const pair = await createAgreementPair();
    const answer = await this.#port.send(agreeOnKeys, pair, call);
    try {
      return this.#keys = await agreeOnSession(pair, answer);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new TokenError("garbled", "Cannot agree on session keys: the token's is no key", {
        command: agreeOnKeys.name,
        cause,
      });
    }
  }

  async #rotate(next: Secret | undefined, options: AccessOptions = {}): Promise<void> {
    const { secret, onTouch: _, ...call } = options;
    const weakness = next && pinWeakness(next);
    if (weakness) {
      throw new TokenError("refused", `Cannot set OTP PIN: ${weakness}`, {
        command: setPin.name,
        next: "Nothing was sent. Choose 6 to 12 digits, or 10 to 12 characters of two kinds.",
      });
    }
    if (this.#set && !secret) throw missing(changePin.name);
    if (!this.#set && !next) return;
    const keys = await this.#session(call);
    if (this.#set) {
      // The clients ask for a challenge before a change; the change does not answer it.
      await this.#port.send(readPinFlag, { bytes: FLAG_BYTES.challenge }, call);
      const blob = await nextPinText({ pin: secret!, next }, { keys });
      await this.#counted(() => this.#port.send(changePin, { blob }, call), call);
    } else {
      const blob = await firstPinText(next!, { keys });
      await this.#port.send(setPin, { blob }, call);
    }
    this.#shownAt = undefined;
    await this.#confirm(next, call);
  }

  /** What was set has to count: the token says whether it has a PIN, and takes the new one. */
  async #confirm(next: Secret | undefined, call: CallOptions): Promise<void> {
    const { set } = await this.#port.send(readPinFlag, { bytes: FLAG_BYTES.short }, call);
    if (set !== (next !== undefined)) {
      throw new TokenError("garbled", "Cannot set OTP PIN: the token does not keep it", {
        command: setPin.name,
        next: "Read the token again to see whether it asks for a PIN.",
      });
    }
    this.#set = set;
    if (next) await this.#show(next, call);
  }

  /** After a wrong PIN the token is asked how many tries are left. Nothing is tried again. */
  async #counted(send: () => Promise<void>, call: CallOptions): Promise<void> {
    try {
      await send();
    } catch (error) {
      if (!(error instanceof TokenError) || error.kind !== "bad-key") throw error;
      const { tries } = await this.#port.send(readPinFlag, { bytes: FLAG_BYTES.short }, call);
      throw new TokenError(error.kind, error.message, {
        command: error.command,
        status: error.status,
        attemptsLeft: tries ?? error.attemptsLeft,
        next: error.next,
      });
    }
  }
}

function missing(command: string): TokenError {
  return new TokenError("bad-key", `Cannot ${command}: the token has one, and none is here`, {
    command,
    next: "Give the OTP PIN that the token has now.",
  });
}
