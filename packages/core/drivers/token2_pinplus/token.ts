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
import { createAgreementPair } from "./agreement.ts";
import { openFromSession, sealForSession, sealToKey } from "./blob.ts";
import {
  computeCode,
  eraseEntries,
  eraseEntry,
  listEntries,
  listMore,
  NOT_FOUND,
  NOT_IN_THIS_STATE,
  readPublicKey,
  writeEntry,
} from "./commands.ts";
import {
  type Entry,
  type EntryName,
  entryText,
  erasureText,
  NAME_PART_BYTES,
  nameOfTitle,
  readCode,
  readPage,
  sameName,
} from "./entry.ts";
import { NAME_AND_SEED_BYTES, pinPlusModel, pinPlusTraits } from "./models.ts";
import { OtpPin } from "./pin.ts";
import type { PinFlag } from "./pin_commands.ts";
import type { OtpCallOptions, OtpPort } from "./port.ts";

/** What a recognised token is made from. */
export interface RecognisedPinPlus {
  /** The way to its OTP application, which is selected. */
  readonly port: OtpPort;
  /** Serial number. */
  readonly serial: string;
  /** What it said of its PIN; `undefined` where its firmware knows of none. */
  readonly flag: PinFlag | undefined;
  /** The computer's clock: the token has none. */
  readonly time: TimeSource;
  /** Name of the driver that recognised it. */
  readonly driver: string;
  /** How well that driver is known to work. */
  readonly evidence: Evidence;
}

/** What the application is called where a key has several. */
export const PIN_PLUS_APPLICATION = "token2";
/** What tokens of this family are called. */
export const PIN_PLUS_FAMILY = "Token2 FIDO key with an OTP application (T2F2, PIN+)";

/** A key that has not answered after so long waits for a touch: without one it needs milliseconds. */
const SILENT_MS = 700;
/** Longer than any key waits for a touch. */
const TOUCH_TIMEOUT_MS = 40_000;
/** More pages than any list can have. */
const MOST_PAGES = 256;

/** A FIDO key of Token2 with its OTP application. It has no clock: the time comes with each question. */
export class PinPlusToken implements Token {
  readonly identity: TokenIdentity;
  readonly traits: TokenTraits;
  readonly evidence: Evidence;
  readonly access: AccessFacet | undefined;
  readonly slots: SlotFacet;
  readonly seeds: SeedFacet;
  readonly codes: CodeFacet;
  readonly reset: ResetFacet;
  readonly #port: OtpPort;
  readonly #time: TimeSource;
  readonly #pin: OtpPin | undefined;
  #listed: readonly Entry[] | undefined;

  /** Offers what the token can do. */
  constructor({ port, serial, flag, time, driver, evidence }: RecognisedPinPlus) {
    this.#port = port;
    this.#time = time;
    this.evidence = evidence;
    this.identity = {
      driver,
      family: PIN_PLUS_FAMILY,
      model: pinPlusModel(serial),
      application: PIN_PLUS_APPLICATION,
      serial,
    };
    this.traits = pinPlusTraits({ serial, locked: flag?.set === true });
    this.access = this.#pin = flag && new OtpPin({ port, flag, time });
    this.slots = {
      list: (options) => this.#list(options),
      read: (target, options) => this.#read(target, options),
      erase: (target, options) => this.#erase(target, options),
    };
    this.seeds = { repeatable: true, write: (seed, options) => this.#write(seed, options) };
    this.codes = { compute: (target, options) => this.#compute(target, options) };
    this.reset = {
      hands: this.traits.touch ? ["tap"] : [],
      destroys: ["all entries of the OTP application"],
      run: (options) => this.#reset(options),
    };
  }

  async #entries(call: CallOptions = {}): Promise<readonly Entry[]> {
    const seconds = Math.floor(this.#time.now() / 1000);
    const entries: Entry[] = [];
    let bytes: Uint8Array;
    try {
      bytes = await this.#port.send(listEntries, { seconds }, call);
    } catch (error) {
      if (!(error instanceof TokenError) || !NOT_FOUND.includes(error.status ?? 0)) throw error;
      return this.#listed = entries;
    }
    for (let pages = 1;; pages++) {
      const page = await this.#understand(bytes, listEntries.name, readPage);
      entries.push(...page.entries);
      if (!page.more) return this.#listed = entries;
      if (pages >= MOST_PAGES) throw garbled(listEntries.name);
      bytes = await this.#port.send(listMore, { seconds }, call);
    }
  }

  /**
   * Reads an answer: after a PIN keys encrypt it, and the maker's open applet does not. Either is taken; a
   * tag that is right cannot come by chance.
   */
  async #understand<T>(
    bytes: Uint8Array,
    command: string,
    read: (bytes: Uint8Array) => T,
  ): Promise<T> {
    const keys = this.#pin?.keys;
    let opened: Uint8Array | undefined;
    try {
      opened = keys && await openFromSession(bytes, keys);
      return read(opened ?? bytes);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw garbled(command, cause);
    } finally {
      bytes.fill(0); // it has codes
      opened?.fill(0);
    }
  }

  async #list(options?: CallOptions): Promise<readonly SlotState[]> {
    return (await this.#entries(options)).map((entry, slot): SlotState => {
      const { title, type, algorithm, digits, period, touch } = entry;
      const settings = { digits, ...(algorithm ? { algorithm } : {}) };
      return {
        slot,
        title,
        occupied: true,
        type,
        touch,
        settings: type === "totp" ? { ...settings, period } : settings,
      };
    });
  }

  async #read(target: SlotTarget, options?: CallOptions): Promise<SlotState> {
    const found = (await this.#list(options)).find(({ title }) => title === target.title);
    return found ?? { ...target, occupied: false };
  }

  /** The name byte for byte, of an entry that is there: another program may have parted it elsewhere. */
  #nameOf(title: string, slot?: number): EntryName {
    const alike = (this.#listed ?? []).filter((one) => one.title === title);
    const found = alike.find((one) => this.#listed!.indexOf(one) === slot) ?? alike[0];
    return found?.name ?? nameOfTitle(title);
  }

  async #erase({ slot, title = "" }: SlotTarget, options: TokenCallOptions = {}): Promise<void> {
    const { onTouch: _, ...call } = options;
    if (!this.#listed) await this.#entries(call);
    const name = this.#nameOf(title, slot);
    const blob = await this.#seal(erasureText(name), call);
    try {
      await this.#port.send(eraseEntry, { blob }, call);
    } catch (error) {
      if (!(error instanceof TokenError) || !NOT_FOUND.includes(error.status ?? 0)) throw error;
      // An entry that is not there counts as erased, but not on that word alone.
      if ((await this.#entries(call)).some((one) => sameName(one.name, name))) throw error;
    }
    this.#listed = undefined;
  }

  async #write(seed: Secret, options: SeedWriteOptions = {}): Promise<void> {
    const { title, settings, touch = false, slot, again: _, onTouch: _onTouch, ...call } = options;
    if (!title || !settings) {
      throw new TypeError("Cannot write entry: name and settings are needed");
    }
    const name = this.#nameOf(title, slot);
    const longest = Math.max(name.app.length, name.account.length);
    const room = NAME_AND_SEED_BYTES - name.app.length - name.account.length;
    if (longest > NAME_PART_BYTES || name.account.length === 0 || seed.length > room) {
      throw new TokenError("refused", "Cannot write entry: its name does not fit", {
        command: writeEntry.name,
        next:
          `Give a name of at most ${NAME_PART_BYTES} bytes before its colon, and 1 to ${NAME_PART_BYTES} behind it.`,
      });
    }
    const blob = await this.#seal(entryText(name, { seed, settings, touch }), call);
    await this.#port.send(writeEntry, { blob }, call);
  }

  /**
   * Encrypts what is written, and wipes the text. A key that has a PIN refuses to tell its public key, and
   * takes what is encrypted under the session; the maker's open applet tells it always, and takes the other.
   */
  async #seal(clear: Uint8Array, call: CallOptions): Promise<Uint8Array> {
    try {
      const keys = this.#pin?.keys;
      const publicKey = await this.#port.send(readPublicKey, undefined, call)
        .catch((error: unknown) => {
          const refused = error instanceof TokenError && error.status === NOT_IN_THIS_STATE;
          if (keys && refused) return undefined;
          throw error;
        });
      if (keys && !publicKey) return await sealForSession(clear, { keys });
      return await sealToKey(clear, { pair: await createAgreementPair(), publicKey: publicKey! });
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw garbled(readPublicKey.name, cause);
    } finally {
      clear.fill(0);
    }
  }

  async #compute(
    { title = "", slot, settings }: Parameters<CodeFacet["compute"]>[0],
    { seconds, onTouch, ...call }: Parameters<CodeFacet["compute"]>[1],
  ): Promise<string> {
    const name = this.#nameOf(title, slot);
    const bytes = await this.#touched(
      (waiting) => this.#port.send(computeCode, { name, seconds }, { ...call, ...waiting }),
      { onTouch, ...call },
    );
    const { entry, code } = await this.#understand(bytes, computeCode.name, readCode);
    const other = !sameName(entry.name, name) || entry.type !== "totp" ||
      code.length !== settings.digits;
    if (other) throw garbled(computeCode.name);
    return code;
  }

  async #reset({ onTouch, ...call }: TokenCallOptions = {}): Promise<void> {
    if (this.traits.touch) void onTouch?.(BLINKS);
    const timeoutMs = call.timeoutMs ?? TOUCH_TIMEOUT_MS;
    await this.#port.send(eraseEntries, undefined, { ...call, timeoutMs });
    this.#listed = undefined;
  }

  /** Sends what a key may want a touch for, and tells when it does: by its own word, or by its silence. */
  async #touched<T>(
    send: (options: Pick<OtpCallOptions, "timeoutMs" | "onTouch">) => Promise<T>,
    { onTouch, timeoutMs = TOUCH_TIMEOUT_MS }: TokenCallOptions,
  ): Promise<T> {
    if (!this.traits.touch) return await send({});
    let told = false;
    const tell = (): void => {
      if (!told) void onTouch?.(BLINKS);
      told = true;
    };
    const calm = this.#time.alarm(SILENT_MS, tell);
    try {
      return await send({ timeoutMs, onTouch: tell });
    } finally {
      calm();
    }
  }
}

const BLINKS = { hand: "tap", says: "Touch the key while it blinks.", tells: true } as const;

function garbled(command: string, cause?: unknown): TokenError {
  return new TokenError("garbled", `Cannot ${command}: the answer has not the known shape`, {
    command,
    status: 0x9000,
    cause,
  });
}
