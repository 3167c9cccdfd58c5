import { type ApduCommandDefinition, defineCommand, type Refusal } from "../../command/mod.ts";
import { TokenError, withTriesLeft } from "../../errors/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type { AccessFacet, AccessOptions, AccessSecret, RotationFacet } from "../../token/mod.ts";
import { writeTlvs } from "./_tlv.ts";
import { selectOath } from "./commands.ts";
import type { OathPort } from "./port.ts";

// Nitrokey 3 has a PIN in the place of the password (Nitrokey/trussed-secrets-app@e72e804).

const PIN = 0x80;
const NEW_PIN = 0x81;

const WRONG: Refusal = {
  kind: "bad-key",
  says: "that is not its PIN",
  next: "Tries are counted: stop here if you are not sure of it.",
};
const BLOCKED: Refusal = {
  kind: "locked",
  says: "no tries are left for its PIN",
  next: "Only a reset of the application helps, which erases all entries.",
};
const REFUSALS: Readonly<Record<number, Refusal>> = {
  0x6300: WRONG,
  0x6982: WRONG,
  0x6983: BLOCKED,
  0x6985: { kind: "refused", says: "the token does not allow it now" },
  0x6a80: { kind: "refused", says: "the token does not accept these values" },
  0x6a82: { kind: "refused", says: "the token has no PIN" },
  0x6d00: { kind: "unsupported", says: "the token does not know the command" },
};

/** What the PIN commands carry. */
export interface PinParts {
  /** The PIN that counts now, or the first one. */
  readonly pin: Secret;
  /** The one that is to count. */
  readonly next?: Secret | undefined;
}

function pinCommand(
  ins: number,
  name: string,
  effect: "authenticates" | "writes-key",
): ApduCommandDefinition<PinParts, void> {
  return defineCommand({
    name,
    effect,
    repeatable: false, // a wrong one is counted
    encode: ({ pin, next }) => {
      const parts = [{ tag: PIN, secret: pin }, ...(next ? [{ tag: NEW_PIN, secret: next }] : [])]
        .map(({ tag, secret }) => ({ tag, value: secret.use((bytes) => bytes.slice()) }));
      try {
        return { cla: 0, ins, p1: 0, p2: 0, data: writeTlvs(parts) };
      } finally {
        for (const { value } of parts) value.fill(0);
      }
    },
    decode: () => undefined,
    refusals: REFUSALS,
    secrets: [{ in: "command", from: 0 }],
  });
}

/** Shows the PIN. */
export const verifyPin: ApduCommandDefinition<PinParts, void> = pinCommand(
  0xb2,
  "give PIN",
  "authenticates",
);
/** Replaces the PIN. */
export const changePin: ApduCommandDefinition<PinParts, void> = pinCommand(
  0xb3,
  "change PIN",
  "writes-key",
);
/** Sets the first PIN. */
export const setPin: ApduCommandDefinition<PinParts, void> = pinCommand(
  0xb4,
  "set PIN",
  "writes-key",
);

/** The PIN of a Nitrokey 3: shown, set and changed. It cannot be taken away but with everything else. */
export class PinAccess implements AccessFacet {
  readonly secret: AccessSecret;
  readonly rotation: RotationFacet;
  readonly #port: OathPort;
  readonly #has: boolean;

  /** Takes how many tries are left; `undefined` where no PIN is set. */
  constructor(port: OathPort, { tries }: { readonly tries: number | undefined }) {
    this.#port = port;
    this.#has = tries !== undefined;
    this.secret = {
      kind: "pin",
      required: false, // entries that are not protected by it can be read and written without
      attemptsLeft: tries,
      bytes: { min: 1, max: 100 },
    };
    this.rotation = {
      hands: ["tap"],
      removable: false,
      rotate: (next, options) => this.#rotate(next, options),
    };
  }

  async authenticate({ secret, onTouch: _, ...call }: AccessOptions = {}): Promise<void> {
    if (!this.#has || !secret) return;
    await this.#send(verifyPin, { pin: secret }, call);
  }

  async #rotate(
    next: Secret | undefined,
    { secret, onTouch: _, ...call }: AccessOptions = {},
  ): Promise<void> {
    if (!next) {
      throw new TokenError("unsupported", "Cannot take PIN away: the token has no command for it", {
        command: changePin.name,
        next: "Only a reset of the application takes it away, with all entries.",
      });
    }
    if (this.#has && !secret) {
      throw new TokenError("bad-key", "Cannot change PIN: the present one is missing", {
        command: changePin.name,
        next: "Give the present PIN, too.",
      });
    }
    if (this.#has) await this.#send(changePin, { pin: secret!, next }, call);
    else await this.#send(setPin, { pin: next }, call);
    await this.#send(verifyPin, { pin: next }, call); // the new one counts
  }

  /** After a wrong PIN the token is asked how many tries are left. Nothing is tried again. */
  async #send(
    command: ApduCommandDefinition<PinParts, void>,
    args: PinParts,
    call: CallOptions,
  ): Promise<void> {
    try {
      await this.#port.send(command, args, call);
    } catch (error) {
      if (!(error instanceof TokenError) || error.kind !== "bad-key") throw error;
      const { pinTries } = await this.#port.send(selectOath, undefined, call);
      throw pinTries === undefined ? error : withTriesLeft(error, pinTries);
    }
  }
}
