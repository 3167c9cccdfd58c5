import { sha256 } from "@noble/hashes/sha2.js";
import { encodeHex } from "../../bytes/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type { TimeSource } from "../../time/mod.ts";
import type {
  AccessFacet,
  CodeFacet,
  Evidence,
  ResetFacet,
  SeedFacet,
  SeedWriteOptions,
  SlotFacet,
  SlotState,
  SlotTarget,
  Token,
  TokenCallOptions,
  TokenIdentity,
  TokenTraits,
} from "../../token/mod.ts";
import {
  calculateCode,
  deleteCredential,
  listCredentials,
  type OathSelection,
  putCredential,
  renameCredential,
  resetOath,
  selectOath,
} from "./commands.ts";
import { OathAccess } from "./access.ts";
import { PinAccess } from "./pin.ts";
import type { OathPort } from "./port.ts";
import { type Credential, storedName } from "./credential.ts";
import { findOathModel, NAME_BYTES, oathTraits } from "./models.ts";

/** What a recognised token is made from. */
export interface RecognisedOathToken {
  /** Name of the driver that recognised it. */
  readonly driver: string;
  /** The way to its OATH application, which is selected. */
  readonly port: OathPort;
  /** What the application said. */
  readonly selection: OathSelection;
  /** Answer to reset, where the transport tells it. */
  readonly atr: Uint8Array | undefined;
  /** The serial number that is printed on it, where it tells it. */
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

/** A security key with an OATH application. It has no clock: the time comes with each question. */
export class OathToken implements Token {
  readonly identity: TokenIdentity;
  readonly traits: TokenTraits;
  readonly evidence: Evidence;
  readonly access: AccessFacet;
  readonly slots: SlotFacet;
  readonly seeds: SeedFacet;
  readonly codes: CodeFacet;
  readonly reset: ResetFacet | undefined;
  readonly #port: OathPort;
  readonly #time: TimeSource;
  /** Entries that were written in this session and want a touch. */
  readonly #wantTouch = new Set<string>();
  /** Whether it has a PIN in the place of the password: a Nitrokey 3. */
  readonly #hasPin: boolean;
  #listed: readonly Credential[] | undefined;

  /** Looks the model up and offers what it can do. */
  constructor({ driver, port, selection, atr, serial, time, evidence }: RecognisedOathToken) {
    this.#port = port;
    this.#time = time;
    this.#hasPin = selection.id === undefined;
    this.evidence = evidence;
    const model = findOathModel({
      atr,
      version: selection.version,
      tellsSerial: selection.serial !== undefined,
    });
    this.identity = {
      driver,
      application: "oath",
      family: "OATH application of a security key (YKOATH)",
      model: `${model.model} (${selection.version.join(".")})`,
      serial: serial ?? (selection.serial ? encodeHex(selection.serial) : deviceId(selection.id!)),
    };
    this.traits = oathTraits(model, {
      locked: selection.challenge !== undefined || selection.pinTries !== undefined,
    });
    this.access = selection.id
      ? new OathAccess(port, selection)
      : new PinAccess(port, { tries: selection.pinTries });
    this.slots = {
      list: (options) => this.#list(options),
      read: (target, options) => this.#read(target, options),
      erase: (target, options) => this.#erase(target, options),
    };
    this.seeds = { repeatable: true, write: (seed, options) => this.#write(seed, options) };
    this.codes = { compute: (target, options) => this.#compute(target, options) };
    this.reset = model.resets
      ? {
        hands: model.hands,
        destroys: ["all entries of the OATH application, and its password or PIN"],
        run: async (options?: TokenCallOptions) => {
          const call = { ...options, timeoutMs: options?.timeoutMs ?? TOUCH_TIMEOUT_MS };
          if (model.hands.includes("tap")) {
            void options?.onTouch?.({ hand: "tap", says: "Touch the key.", tells: true });
          }
          await port.send(resetOath, undefined, call);
          await port.send(selectOath, undefined, call);
        },
      }
      : undefined;
  }

  async #credentials(options?: CallOptions): Promise<readonly Credential[]> {
    return this.#listed = await this.#port.send(listCredentials, undefined, options);
  }

  async #list(options?: CallOptions): Promise<readonly SlotState[]> {
    return (await this.#credentials(options)).map(
      ({ title, type, algorithm, period }, slot): SlotState => ({
        slot,
        title,
        occupied: true,
        ...(type === "other" ? {} : { type }),
        ...(type === "other" || !algorithm
          ? {}
          : { settings: type === "totp" ? { algorithm, period } : { algorithm } }),
      }),
    );
  }

  async #read(target: SlotTarget, options?: CallOptions): Promise<SlotState> {
    const found = (await this.#list(options)).find(({ title }) => title === target.title);
    return found ?? { ...target, occupied: false };
  }

  /** Names the entry byte for byte: two may differ in nothing but the time step before their names. */
  async #erase({ slot, title }: SlotTarget, options?: CallOptions): Promise<void> {
    const listed = this.#listed ?? await this.#credentials(options);
    const alike = listed.filter((one) => one.title === title);
    const entry = alike.find((one) => listed.indexOf(one) === slot) ?? alike[0];
    if (entry) await this.#delete(entry.id, options);
  }

  /**
   * Gives an entry another name; its time step stays before it.
   *
   * @throws {TokenError} `refused` without an entry of that name, `unsupported` before version 5.3.1.
   */
  async rename(title: string, next: string, options?: CallOptions): Promise<void> {
    const found = (await this.#credentials(options)).find((one) => one.title === title);
    if (!found) {
      throw new TokenError("refused", "Cannot rename entry: the token has none of that name", {
        command: renameCredential.name,
        next: "List the entries to see their names.",
      });
    }
    const { id, period } = found;
    const renamed = storedName({ title: next, period });
    await this.#port.send(renameCredential, { id, next: renamed }, options);
    this.#listed = undefined;
  }

  async #delete(id: Uint8Array, options?: CallOptions): Promise<void> {
    try {
      await this.#port.send(deleteCredential, { id }, options);
    } catch (error) {
      if (!(error instanceof TokenError) || !NOT_FOUND.has(error.status)) throw error;
      // An entry that is not there counts as erased, but not on that word alone.
      const left = await this.#credentials(options);
      if (left.some((one) => encodeHex(one.id) === encodeHex(id))) throw error;
    }
  }

  async #write(seed: Secret, options: SeedWriteOptions = {}): Promise<void> {
    const { title, settings, touch, again, slot: _, onTouch: _onTouch, ...call } = options;
    if (!title || !settings) {
      throw new TypeError("Cannot write entry: name and settings are needed");
    }
    const { algorithm, digits, period } = settings;
    const id = storedName({ title, period });
    if (id.length > NAME_BYTES) {
      throw new TokenError("refused", `Cannot write entry: its name has ${id.length} bytes`, {
        command: putCredential.name,
        next: `Give one of at most ${NAME_BYTES} bytes, the time step included.`,
      });
    }
    if (again) await this.#delete(id, call);
    await this.#port.send(
      putCredential,
      { id, seed, type: "totp", algorithm, digits, touch },
      call,
    );
    if (touch) this.#wantTouch.add(title);
  }

  async #compute(
    { title = "", settings }: Parameters<CodeFacet["compute"]>[0],
    { seconds, onTouch, ...call }: Parameters<CodeFacet["compute"]>[1],
  ): Promise<string> {
    const { period } = settings;
    const blink = (): void => {
      void onTouch?.({ hand: "tap", says: "Touch the key while it blinks.", tells: true });
    };
    const known = this.#wantTouch.has(title);
    if (known) blink();
    const calm = known || !this.traits.touch ? undefined : this.#time.alarm(SILENT_MS, blink);
    try {
      const id = storedName({ title, period });
      return await this.#port.send(calculateCode, { id, step: Math.floor(seconds / period) }, {
        ...call,
        // Who leaves it to us gets the time for a touch, also where the option is there and says nothing.
        timeoutMs: call.timeoutMs ?? (this.traits.touch ? TOUCH_TIMEOUT_MS : undefined),
      });
    } catch (error) {
      throw this.#hasPin ? untouchedOrGuarded(error) : error;
    } finally {
      calm?.();
    }
  }
}

/** A Nitrokey 3 has one status word for a touch that did not come and for an entry that wants the PIN. */
function untouchedOrGuarded(error: unknown): unknown {
  if (!(error instanceof TokenError) || error.status !== 0x6982) return error;
  const { command, status } = error;
  return new TokenError(
    "wants-touch",
    `Cannot ${command}: nobody touched it in time, or the entry is behind the PIN`,
    {
      command,
      status,
      next: "Ask again and touch the key while it blinks; or give its PIN first.",
    },
  );
}

/** No such object, as some tokens say it and as others do. */
const NOT_FOUND: ReadonlySet<number | undefined> = new Set([0x6984, 0x6a82]);

/**
 * The id that programs show for a token that does not tell a serial number: the first half of the digest
 * of its id, in base64 without padding. It changes when the application is reset.
 *
 * @example The id of a token
 * ```ts
 * import { deviceId } from "@otpsmith/core/drivers/oath";
 *
 * const id = new TextEncoder().encode("B4AC4CD9");
 * if (deviceId(id) !== "HFXW+kAKeYK8OrVEC/AKWg") throw new Error("unexpected");
 * ```
 */
export function deviceId(id: Uint8Array): string {
  return btoa(String.fromCharCode(...sha256(id).subarray(0, 16))).replace(/=+$/, "");
}
