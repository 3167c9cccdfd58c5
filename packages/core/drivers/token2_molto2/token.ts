import { sha1 } from "@noble/hashes/legacy.js";
import { decodeHex } from "../../bytes/mod.ts";
import type { ApduSession } from "../../command/mod.ts";
import { Sm4 } from "../../crypto/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type { TimeSource } from "../../time/mod.ts";
import type {
  AccessFacet,
  AccessOptions,
  ClockFacet,
  ClockReading,
  ConfigurationFacet,
  Evidence,
  ResetFacet,
  ScreenFacet,
  SeedFacet,
  SlotFacet,
  SlotState,
  Token,
  TokenCallOptions,
  TokenIdentity,
  TokenTraits,
} from "../../token/mod.ts";
import {
  answerMolto2Challenge,
  getMolto2Challenge,
  type Molto2Info,
  readMolto2Info,
  readProfile,
} from "./commands.ts";
import type { Molto2Model, Molto2Profile } from "./profile.ts";
import {
  clearProfile,
  eraseProfile,
  lockScreen,
  resetToFactory,
  writeCustomerKey,
  writeMolto2Seed,
  writeProfileClock,
  writeProfileConfiguration,
  writeProfileTitle,
} from "./write_commands.ts";

/** What a recognised token is made from. */
export interface RecognisedMolto2 {
  /** The open session. */
  readonly session: ApduSession;
  /** What the token said. */
  readonly info: Molto2Info;
  /** The label, and the model by the profiles that it has; `undefined` where no table has them. */
  readonly known: { readonly profile: Molto2Profile; readonly model: Molto2Model } | undefined;
  /** The clock to compare with. */
  readonly time: TimeSource;
  /** How well the driver is known to work. */
  readonly evidence: Evidence;
}

/**
 * What a model can do.
 *
 * @example Half as many slots
 * ```ts
 * import { molto2Token2Profile, molto2Traits } from "@otpsmith/core/drivers/token2_molto2";
 *
 * const [v2] = molto2Token2Profile.models;
 * const traits = molto2Traits({ profile: molto2Token2Profile, model: v2! });
 * if (traits.slots.count !== 100 || traits.slots.titleBytes !== 12) throw new Error("unexpected");
 * ```
 */
export function molto2Traits(
  { profile, model }: { readonly profile: Molto2Profile; readonly model: Molto2Model },
): TokenTraits {
  return {
    slots: { count: model.slots, titleBytes: 12, eraseFirst: true },
    seed: { minBytes: 1, maxBytes: profile.seedMaxBytes },
    algorithms: ["SHA1", "SHA256"],
    digits: [4, 6, 8, 10],
    periods: [30, 60],
    displayOffSeconds: [15, 30, 60, 120],
    clockWrite: model.clockWrite ?? "keeps-seeds",
    settings: "slot",
    access: "customer-key",
    proof: ["presence", "display"],
    hands: [],
  };
}

/** A multi-profile token. One that no table knows can be read and not written. */
export class Molto2Token implements Token {
  readonly identity: TokenIdentity;
  readonly traits: TokenTraits | undefined;
  readonly evidence: Evidence;
  readonly clock: ClockFacet;
  readonly access: AccessFacet | undefined;
  readonly configuration: ConfigurationFacet | undefined;
  readonly seeds: SeedFacet | undefined;
  readonly slots: SlotFacet | undefined;
  readonly reset: ResetFacet | undefined;
  readonly screen: ScreenFacet | undefined;
  readonly #session: ApduSession;
  readonly #factoryKey: string | undefined;
  /** The cipher that this session was authenticated with; it makes the MACs. */
  #cipher: Sm4 | undefined;

  /** Offers what the model can do. */
  constructor({ session, info, known, time, evidence }: RecognisedMolto2) {
    this.#session = session;
    this.identity = {
      driver: "token2_molto2",
      family: known?.profile.family ?? "Token2 multi-profile or a relative",
      model: known?.model.model,
      serial: info.serial,
    };
    this.evidence = evidence;
    this.clock = {
      seen: reading(info, time),
      read: async (options?: CallOptions) =>
        reading(await session.send(readMolto2Info, undefined, options), time),
      ...(known && {
        write: (clockSeconds, { slot = 0, ...options } = {}) =>
          session.send(
            writeProfileClock,
            { cipher: this.#authenticated(), slot, clockSeconds },
            options,
          ),
      }),
    };
    if (!known) return;
    this.traits = molto2Traits(known);
    this.#factoryKey = known.profile.factoryKey;
    session.link.closed.addEventListener("abort", () => this.#cipher?.wipe(), { once: true });
    this.access = {
      secret: { kind: "customer-key", required: false, bytes: { min: 1, max: 64 } },
      authenticate: (options) => this.#authenticate(options),
      rotation: {
        hands: ["press"],
        removable: false,
        rotate: (next, options) => this.#rotate(next, options),
      },
    };
    this.configuration = {
      repeatable: writeProfileConfiguration.repeatable,
      write: (configuration, { slot = 0, ...options } = {}) =>
        session.send(
          writeProfileConfiguration,
          { cipher: this.#authenticated(), slot, configuration },
          options,
        ),
    };
    this.seeds = {
      repeatable: writeMolto2Seed.repeatable,
      write: async (seed, { slot = 0, again, ...options } = {}) => {
        if (again) await this.#erase(slot, options);
        await session.send(writeMolto2Seed, { cipher: this.#authenticated(), slot, seed }, options);
      },
    };
    this.slots = {
      read: ({ slot }, options) => this.#read(slot, options),
      list: async (options) => {
        const found: SlotState[] = [];
        for (let slot = 0; slot < known.model.slots; slot++) {
          found.push(await this.#read(slot, options));
        }
        return found;
      },
      writeTitle: ({ slot, title }, options) =>
        session.send(writeProfileTitle, { cipher: this.#authenticated(), slot, title }, options),
      erase: ({ slot }, options) => this.#erase(slot, options),
    };
    this.reset = {
      hands: ["press"],
      destroys: [
        "all seeds and titles",
        "your customer key: the published factory key counts again",
      ],
      run: (options) => this.#reset(options),
    };
    this.screen = {
      lock: (locked, options) => session.send(lockScreen, { locked }, options),
    };
  }

  async #read(slot: number, options?: CallOptions): Promise<SlotState> {
    return { ...await this.#session.send(readProfile, { slot }, options), slot };
  }

  #authenticated(): Sm4 {
    if (this.#cipher) return this.#cipher;
    throw new TypeError("Cannot write to token: it was not authenticated to in this session");
  }

  async #authenticate({ secret, ...options }: AccessOptions = {}): Promise<void> {
    this.#cipher?.wipe();
    this.#cipher = undefined;
    const cipher = this.#cipherOf(secret);
    try {
      const challenge = await this.#session.send(getMolto2Challenge, undefined, options);
      await this.#session.send(answerMolto2Challenge, { cipher, challenge }, options);
      this.#cipher = cipher;
    } catch (error) {
      cipher.wipe();
      throw error;
    }
  }

  /** The first 16 bytes of the SHA-1 of the customer key; the published one where none was given. */
  #cipherOf(secret: Secret | undefined): Sm4 {
    const key = secret ? secret.use(smKey) : smKey(decodeHex(this.#factoryKey!));
    const cipher = new Sm4(key);
    key.fill(0);
    return cipher;
  }

  async #erase(slot: number, options?: CallOptions): Promise<void> {
    try {
      await this.#session.send(eraseProfile, { slot }, options);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      if (error.status === 0x6a83) return; // it is empty already
      if (error.status !== 0x6d00) throw error;
      await this.#session.send(clearProfile, { cipher: this.#authenticated(), slot }, options);
    }
  }

  async #rotate(next: Secret | undefined, options: AccessOptions = {}): Promise<void> {
    if (!next) throw new TypeError("Cannot change customer key: it cannot be taken away");
    await this.#authenticate(options);
    const key = next.use(smKey);
    try {
      const command = { cipher: this.#authenticated(), next: key };
      await this.#confirmed(() => this.#session.send(writeCustomerKey, command, options), options);
    } finally {
      key.fill(0);
    }
    // The token does not say that ▲ was pressed. The new key is shown once; if it is not taken, the old
    // one is, which gives the token its tries back and shows that it still counts.
    try {
      await this.#authenticate({ ...options, secret: next });
    } catch (error) {
      if (!(error instanceof TokenError) || error.kind !== "bad-key") throw error;
      await this.#authenticate(options);
      throw notPressed("change customer key", "the old key still counts");
    }
  }

  async #reset(options: TokenCallOptions = {}): Promise<void> {
    const used = await this.#findUsed(options);
    await this.#confirmed(() => this.#session.send(resetToFactory, undefined, options), options);
    // Looked at in the same way: the token does not say that ▲ was pressed.
    if (used === undefined) return await this.#authenticate(options);
    const { occupied, title } = await this.#read(used, options);
    if (occupied || title) throw notPressed("reset to factory state", "nothing was erased");
  }

  async #findUsed(options: CallOptions): Promise<number | undefined> {
    for (let slot = 0; slot < this.traits!.slots.count; slot++) {
      const { occupied, title } = await this.#read(slot, options);
      if (occupied || title) return slot;
    }
    return undefined;
  }

  /** Sends what a person has to confirm with ▲, and waits for the person's word. */
  async #confirmed(send: () => Promise<void>, { onTouch }: TokenCallOptions): Promise<void> {
    try {
      await send();
    } catch (error) {
      if (!(error instanceof TokenError) || error.kind !== "wants-touch" || !onTouch) throw error;
      await onTouch({ hand: "press", says: "Press ▲ on the token.", tells: false });
    }
  }
}

function smKey(customerKey: Uint8Array): Uint8Array {
  return sha1(customerKey).subarray(0, 16);
}

function notPressed(command: string, state: string): TokenError {
  return new TokenError("wants-touch", `Cannot ${command}: ▲ was not pressed, ${state}`, {
    command,
    next: "Do it again and press ▲ when the token shows its question.",
  });
}

function reading(info: Molto2Info, time: TimeSource): ClockReading {
  const hostMilliseconds = time.now();
  const driftSeconds = info.clockSeconds - Math.floor(hostMilliseconds / 1000);
  return { tokenSeconds: info.clockSeconds, hostMilliseconds, driftSeconds };
}
