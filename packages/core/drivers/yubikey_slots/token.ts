import { Cursor } from "../../bytes/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import { Secret } from "../../secret/mod.ts";
import type { TimeSource } from "../../time/mod.ts";
import type {
  AccessFacet,
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
import type { SlotNumber } from "./commands.ts";
import type { SlotPort } from "./port.ts";
import { ACCESS_CODE_BYTES, challengeOf, emptyRecord, KEY_BYTES, slotRecord } from "./record.ts";
import type { SlotStatus } from "./status.ts";

/** What a recognised token is made from. */
export interface RecognisedSlots {
  /** Name of the driver that recognised it. */
  readonly driver: string;
  /** The way to its slots. */
  readonly port: SlotPort;
  /** What it said of them. */
  readonly status: SlotStatus;
  /** Its serial number; one that does not tell it is not written: another could take its place unseen. */
  readonly serial: string | undefined;
  /** Measures waits. */
  readonly time: TimeSource;
  /** How well the driver is known to work. */
  readonly evidence: Evidence;
}

/** A key that has not answered after so long waits for a touch: without one it needs milliseconds. */
const SILENT_MS = 700;
/** It blinks for 15 s. */
const TOUCH_TIMEOUT_MS = 20_000;

/**
 * What the slots can do. A slot answers challenges; time step and code length are the computer's business,
 * and the maker's programs know 30 s with 6 or 8 digits.
 */
export const SLOT_TRAITS: TokenTraits = {
  slots: { count: 2, titleBytes: 0, first: 1 },
  seed: { minBytes: 1, maxBytes: KEY_BYTES },
  algorithms: ["SHA1"],
  digits: [6, 8],
  periods: [30],
  displayOffSeconds: [],
  clockWrite: "none",
  settings: "with-seed",
  touch: true,
  access: "password",
  proof: ["computed"],
  hands: [],
};

/** The two slots of a YubiKey. A slot that answers challenges is a TOTP token whose clock is the computer's. */
export class YubiKeySlotsToken implements Token {
  readonly identity: TokenIdentity;
  readonly traits: TokenTraits | undefined;
  readonly evidence: Evidence;
  readonly access: AccessFacet;
  readonly slots: SlotFacet;
  readonly seeds: SeedFacet | undefined;
  readonly codes: CodeFacet;
  readonly #port: SlotPort;
  readonly #time: TimeSource;
  #accessCode: Secret | undefined;
  /** What it said last; unknown from the moment that a write is on its way. */
  #status: SlotStatus | undefined;

  /** Offers what firmware from 2.2 on can do, which is the first that answers challenges. */
  constructor({ driver, port, status, serial, time, evidence }: RecognisedSlots) {
    this.#port = port;
    this.#time = time;
    this.#status = status;
    this.evidence = evidence;
    const [major, minor] = status.version;
    const able = serial !== undefined && (major > 2 || (major === 2 && minor >= 2));
    this.identity = {
      driver,
      application: "slots",
      family: "OTP slots of a YubiKey",
      model: able ? `YubiKey (${status.version.join(".")})` : undefined,
      serial: serial ?? "not told",
    };
    this.traits = able ? SLOT_TRAITS : undefined;
    this.access = {
      secret: {
        kind: "password", // six bytes; whether a slot has one it does not tell
        required: false,
        bytes: { min: ACCESS_CODE_BYTES, max: ACCESS_CODE_BYTES },
      },
      authenticate: ({ secret } = {}) => {
        this.#accessCode?.wipe();
        this.#accessCode = undefined;
        if (secret && secret.length !== ACCESS_CODE_BYTES) {
          return Promise.reject(wrongLength(secret));
        }
        this.#accessCode = secret?.clone(); // it goes with each write
        return Promise.resolve();
      },
    };
    this.slots = {
      read: async ({ slot }, options) => {
        const { used } = this.#status ?? await this.#look(options);
        return { slot, occupied: used[numberOf(slot) - 1]! };
      },
      list: (options) => this.#list(options),
      erase: async ({ slot }, options) => {
        const state = (await this.#list(options))[numberOf(slot) - 1]!;
        if (!state.occupied) return;
        const record = emptyRecord(this.#accessCode);
        this.#status = undefined;
        await port.write({ slot: numberOf(slot), record }, call(options));
      },
    };
    this.seeds = able
      ? { repeatable: true, write: (seed, options) => this.#write(seed, options) }
      : undefined;
    this.codes = { compute: (target, options) => this.#compute(target, options) };
  }

  async #look(options?: CallOptions): Promise<SlotStatus> {
    return this.#status = await this.#port.status(call(options));
  }

  async #list(options?: CallOptions): Promise<readonly SlotState[]> {
    const { used } = await this.#look(options);
    return used.map((occupied, index): SlotState => ({ slot: index + 1, occupied }));
  }

  #write(seed: Secret, { slot = 0, touch, ...options }: SeedWriteOptions = {}): Promise<void> {
    return this.protect(numberOf(slot), { ...options, seed, touch, next: this.#accessCode });
  }

  /**
   * Writes a slot and protects it with an access code, or takes the code away. A code cannot be changed
   * without the seed: the token keeps both in one record.
   *
   * @throws {TokenError} `refused` if the slot has another access code than the one shown before.
   */
  async protect(
    slot: SlotNumber,
    { seed, next, touch, ...options }: CallOptions & {
      readonly seed: Secret;
      /** The code that the slot is to have; none unless given. */
      readonly next?: Secret | undefined;
      readonly touch?: boolean | undefined;
    },
  ): Promise<void> {
    const codes = { current: this.#accessCode, next };
    const record = slotRecord(seed, { kind: "challenge-response", touch, codes });
    this.#status = undefined;
    try {
      await this.#port.write({ slot, record }, call(options));
    } finally {
      record.fill(0);
    }
  }

  async #compute(
    { slot, settings }: Parameters<CodeFacet["compute"]>[0],
    { seconds, onTouch, ...options }: Parameters<CodeFacet["compute"]>[1],
  ): Promise<string> {
    const blink = (): void => {
      void onTouch?.({ hand: "tap", says: "Touch the key while it blinks.", tells: true });
    };
    const calm = this.#port.tellsTouch ? undefined : this.#time.alarm(SILENT_MS, blink);
    try {
      const challenge = challengeOf(Math.floor(seconds / settings.period));
      const digest = await this.#port.ask({ slot: numberOf(slot), challenge }, {
        timeoutMs: TOUCH_TIMEOUT_MS,
        ...call(options),
        onTouch: blink,
      });
      return codeOf(digest, settings.digits);
    } finally {
      calm?.();
    }
  }
}

/** RFC 4226, section 5.3. */
function codeOf(digest: Uint8Array, digits: number): string {
  const from = digest[19]! & 0x0f;
  const value = new Cursor(digest).skip(from).u32() & 0x7fff_ffff;
  digest.fill(0);
  return String(value % 10 ** digits).padStart(digits, "0");
}

function numberOf(slot: number): SlotNumber {
  if (slot === 1 || slot === 2) return slot;
  throw new RangeError(`Cannot use slot ${slot}: there are slots 1 and 2`);
}

/** What of the options belongs to an exchange; a time-out that is not given must not hide ours. */
function call({ signal, timeoutMs }: CallOptions = {}): CallOptions {
  return timeoutMs === undefined ? { signal } : { signal, timeoutMs };
}

/** Found out before a write, which would be half done. */
function wrongLength({ length }: Secret): TokenError {
  return new TokenError("refused", `Cannot use access code: it has ${length} bytes`, {
    command: "show access code",
    next: `Give the access code of the slot: it has ${ACCESS_CODE_BYTES} bytes.`,
  });
}
