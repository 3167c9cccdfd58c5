import { TokenError } from "../../errors/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type { AccessFacet, AccessOptions, AccessSecret, RotationFacet } from "../../token/mod.ts";
import { type OathSelection, selectOath, setCode, validate } from "./commands.ts";
import { answerTo, passwordKey } from "./password.ts";
import type { OathPort } from "./port.ts";

/** The password of an OATH application: shown, set, changed and taken away. */
export class OathAccess implements AccessFacet {
  readonly secret: AccessSecret;
  readonly rotation: RotationFacet;
  readonly #port: OathPort;
  /** What the application said last; its challenge is answered once. */
  #selection: OathSelection;
  #answered = false;
  #open: boolean;

  /** Takes what the application said when it was selected. */
  constructor(port: OathPort, selection: OathSelection) {
    this.#port = port;
    this.#selection = selection;
    this.#open = selection.challenge === undefined;
    this.secret = { kind: "password", required: !this.#open, bytes: { min: 1, max: 255 } };
    this.rotation = {
      hands: [],
      removable: true,
      rotate: (next, options) => this.#rotate(next, options),
    };
  }

  async authenticate({ secret, ...call }: AccessOptions = {}): Promise<void> {
    if (this.#open) return;
    if (!secret) {
      throw new TokenError("bad-key", "Cannot give password: the token has one, and none is here", {
        command: validate.name,
        next: "Give the password of the token's OATH application.",
      });
    }
    await this.#validate(secret, call);
  }

  async #validate(password: Secret, call: CallOptions): Promise<void> {
    if (this.#answered) await this.#select(call);
    const { id, challenge } = this.#selection;
    if (!id || !challenge) return; // there is none
    const key = await passwordKey(password, id);
    const own = crypto.getRandomValues(new Uint8Array(8));
    try {
      this.#answered = true;
      const answer = await this.#port.send(validate, { key, challenge, own }, call);
      const right = answerTo(own, key);
      if (!right.every((byte, i) => byte === answer[i])) throw wrongAnswer();
      this.#open = true;
    } finally {
      key.wipe();
    }
  }

  async #rotate(
    next: Secret | undefined,
    { secret, ...call }: AccessOptions = {},
  ): Promise<void> {
    if (this.#selection.challenge) {
      this.#open = false;
      await this.authenticate({ secret, ...call });
    }
    if (next) await this.#set(next, call);
    else await this.#port.send(setCode, {}, call);
    // Some tokens stay open, others lock at once: asking anew works with all of them.
    await this.#select(call);
    this.#open = this.#selection.challenge === undefined;
    if (this.#open !== (next === undefined)) throw notKept();
    if (next) await this.#validate(next, call);
  }

  async #set(password: Secret, call: CallOptions): Promise<void> {
    const key = await passwordKey(password, this.#selection.id ?? new Uint8Array(8));
    const challenge = crypto.getRandomValues(new Uint8Array(8));
    try {
      await this.#port.send(setCode, { key, challenge }, call);
    } finally {
      key.wipe();
    }
  }

  async #select(call: CallOptions): Promise<void> {
    this.#selection = await this.#port.send(selectOath, undefined, call);
    this.#answered = false;
  }
}

function wrongAnswer(): TokenError {
  return new TokenError("garbled", "Cannot give password: the token does not know it itself", {
    command: validate.name,
    next: "Do not trust this token: it took a password that it cannot have checked.",
  });
}

function notKept(): TokenError {
  return new TokenError(
    "garbled",
    "Cannot set password: the token does not keep what it was told",
    {
      command: setCode.name,
      next: "Read the token again to see whether it asks for a password.",
    },
  );
}
