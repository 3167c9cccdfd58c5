import type { FeatureSession, MessageCommandDefinition } from "../../command/mod.ts";
import { TokenError, withTriesLeft } from "../../errors/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type {
  AccessFacet,
  AccessOptions,
  CodeFacet,
  Evidence,
  SeedFacet,
  SeedWriteOptions,
  SlotFacet,
  SlotState,
  Token,
  TokenIdentity,
  TokenTraits,
} from "../../token/mod.ts";
import {
  authenticate,
  eraseSlot,
  NAME_BYTES,
  type NitrokeyStatus,
  PASSWORD_BYTES,
  readCode,
  readSlotName,
  readTries,
  sendOtpData,
  setTime,
  SLOT_EMPTY,
  writeSlot,
} from "./commands.ts";
import { nitrokeyFraming } from "./framing.ts";

const SLOTS = 15;
/** Slots that count time steps. */
const FIRST_TOTP = 0x20;
const SEED_BYTES = 40;
const PART_BYTES = 30;

/** What a Pro from firmware 0.8, or a Storage, can do. */
export const NITROKEY_PRO_TRAITS: TokenTraits = {
  slots: { count: SLOTS, titleBytes: NAME_BYTES, first: 1 },
  seed: { minBytes: 1, maxBytes: SEED_BYTES },
  algorithms: ["SHA1"],
  digits: [6, 8],
  periods: [30, 60, 10, 15, 20, 45, 90, 120, 180, 240], // one byte of the question for a code
  displayOffSeconds: [],
  clockWrite: "none", // it is set before each code; it cannot be read
  settings: "with-seed",
  access: "password",
  proof: ["computed"],
  hands: [],
};

/** What a recognised token is made from. */
export interface RecognisedNitrokey {
  /** The open session. */
  readonly session: FeatureSession;
  /** What the token said of itself. */
  readonly status: NitrokeyStatus;
  /** Wrong admin PINs that it still takes. */
  readonly tries: number;
  /** `Pro` or `Storage`. */
  readonly model: "Nitrokey Pro" | "Nitrokey Storage";
  /** How well the driver is known to work. */
  readonly evidence: Evidence;
}

/** A Nitrokey Pro or Storage: fifteen TOTP slots behind an admin PIN. */
export class NitrokeyProToken implements Token {
  readonly identity: TokenIdentity;
  readonly traits: TokenTraits | undefined;
  readonly evidence: Evidence;
  readonly access: AccessFacet;
  readonly slots: SlotFacet;
  readonly seeds: SeedFacet | undefined;
  readonly codes: CodeFacet;
  readonly #session: FeatureSession;
  readonly #temporary: Uint8Array = crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES));

  /** Offers what the firmware can do; older ones are read and not written. */
  constructor({ session, status, tries, model, evidence }: RecognisedNitrokey) {
    this.#session = session;
    this.evidence = evidence;
    const [major, minor] = status.version;
    // A Storage counts its versions on its own, and has had this since it had slots for time steps.
    const able = model === "Nitrokey Storage" || major > 0 || minor >= 8;
    this.identity = {
      driver: "nitrokey_pro",
      family: "Nitrokey Pro and Storage",
      model: able ? `${model} (${major}.${minor})` : undefined,
      serial: status.serial,
    };
    this.traits = able ? NITROKEY_PRO_TRAITS : undefined;
    this.access = {
      secret: {
        kind: "pin",
        required: true,
        onlyToWrite: true,
        attemptsLeft: tries,
        bytes: { min: 1, max: PASSWORD_BYTES },
      },
      authenticate: (options) => this.#authenticate(options),
    };
    this.slots = {
      read: ({ slot }, options) => this.#read(slot, options),
      list: async (options) => {
        const found: SlotState[] = [];
        for (let slot = 1; slot <= SLOTS; slot++) found.push(await this.#read(slot, options));
        return found;
      },
      erase: async ({ slot }, options) =>
        await this.#send(eraseSlot, { temporary: this.#temporary, slot: numberOf(slot) }, options),
    };
    this.seeds = able
      ? { repeatable: true, write: (seed, options) => this.#write(seed, options) }
      : undefined;
    this.codes = {
      compute: async ({ slot, settings }, { seconds, onTouch: _, ...options }) => {
        await this.#send(setTime, seconds, options);
        const args = { slot: numberOf(slot), interval: settings.period };
        return await this.#send(readCode, args, options);
      },
    };
  }

  #send<Arguments, Result>(
    command: MessageCommandDefinition<Arguments, Result>,
    args: Arguments,
    { signal, timeoutMs }: CallOptions = {},
  ): Promise<Result> {
    return this.#session.send(command, args, { signal, timeoutMs, framing: nitrokeyFraming });
  }

  async #authenticate({ secret, ...options }: AccessOptions = {}): Promise<void> {
    if (!secret) {
      throw new TokenError("bad-key", "Cannot give admin PIN: there is none", {
        command: authenticate.name,
        next: "Give the admin PIN of the token.",
      });
    }
    if (secret.length > PASSWORD_BYTES) {
      // Cut short it would be wrong, and a wrong one is counted.
      throw new TokenError("refused", `Cannot give admin PIN: it has ${secret.length} bytes`, {
        command: authenticate.name,
        next: `Give the admin PIN of the token: it has at most ${PASSWORD_BYTES} bytes.`,
      });
    }
    try {
      await this.#send(authenticate, { pin: secret, temporary: this.#temporary }, options);
    } catch (error) {
      if (!(error instanceof TokenError) || error.kind !== "bad-key") throw error;
      throw withTriesLeft(error, await this.#send(readTries, undefined, options));
    }
  }

  async #read(slot: number, options?: CallOptions): Promise<SlotState> {
    try {
      const title = await this.#send(readSlotName, numberOf(slot), options);
      return { slot, title, occupied: true, type: "totp" };
    } catch (error) {
      if (!(error instanceof TokenError) || error.status !== SLOT_EMPTY) throw error;
      return { slot, occupied: false };
    }
  }

  /** Name and seed are handed over in parts; the last command stores them together. */
  async #write(
    seed: Secret,
    { slot = 0, title = "", settings, ...options }: SeedWriteOptions = {},
  ): Promise<void> {
    const name = new TextEncoder().encode(title || `slot ${slot}`);
    if (!settings || seed.length > SEED_BYTES || name.length > NAME_BYTES) {
      throw new TypeError("Cannot write slot: its settings are missing, or a value is too long");
    }
    const temporary = this.#temporary;
    await this.#send(sendOtpData, { temporary, kind: "N", part: 0, data: name }, options);
    const whole = new Uint8Array(2 * PART_BYTES);
    seed.use((bytes) => whole.set(bytes));
    try {
      for (const part of [0, 1]) {
        const data = whole.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
        await this.#send(sendOtpData, { temporary, kind: "S", part, data }, options);
      }
    } finally {
      whole.fill(0);
    }
    const { period, digits } = settings;
    await this.#send(writeSlot, {
      temporary,
      slot: numberOf(slot),
      interval: period,
      digits: digits === 8 ? 8 : 6,
    }, options);
  }
}

function numberOf(slot: number): number {
  if (Number.isInteger(slot) && slot >= 1 && slot <= SLOTS) return FIRST_TOTP + slot - 1;
  throw new RangeError(`Cannot use slot ${slot}: there are slots 1 to ${SLOTS}`);
}
