import { concatBytes, decodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import type { TimeSource } from "@otpsmith/core/time";
import { PowerLost } from "../../firmware.ts";
import type { Button } from "../../parts/button.ts";
import { clockSeconds } from "../../parts/clock.ts";
import { DASHES, type DisplayReading, readCode } from "../../parts/display.ts";
import { expectImage, type Flash, type FlashImage } from "../../parts/flash.ts";
import type { RandomSource } from "../../parts/random.ts";
import { TokenCipher } from "../_token2_cipher.ts";
import { encodeInfo, encodeProfile, readConfig, readNewKey, takePadded } from "./_bodies.ts";
import {
  EMPTY_SLOT,
  encodeMemory,
  type Molto2Memory,
  type Molto2Slot,
  readMolto2Memory,
} from "./memory.ts";

/** SM4 key of the published factory key `TOKEN2MOLTO1-KEY`: the first half of its SHA-1. */
export const MOLTO2_FACTORY_KEY: Uint8Array = decodeHex("099250FDB017F442DA429ECBBEE17F79");

/** In what a multi-profile token may differ: sources disagree, or firmwares do. */
export interface Molto2Quirks {
  /** Takes no second seed before the first is erased. */
  readonly wantsErase?: boolean | undefined;
  /** Erases seeds without authentication, as two tries on hardware did. */
  readonly erasesForAnybody?: boolean | undefined;
  /** Firmware before 2.1: cannot lock its display. */
  readonly noLock?: boolean | undefined;
  /** Says `63 NN` for NN tries left, as the maker's document has it, in place of `63 Cx`. */
  readonly plainCounter?: boolean | undefined;
}

/** What {@linkcode Molto2Core} is made of. */
export interface Molto2CoreOptions {
  /** Its storage, which must hold an image already. */
  readonly flash: Flash;
  /** Where challenges come from. */
  readonly random: RandomSource;
  /** What time it is. */
  readonly time: TimeSource;
  /** The ▲ button. */
  readonly button: Button;
  /** After how many wrong answers in a row the token locks for good; 8 unless given. */
  readonly lockAfter: number | undefined;
  /** In what it differs. */
  readonly quirks: Molto2Quirks;
}

const SW = {
  ok: 0x9000,
  wantsButton: 0x9060,
  wrongLength: 0x6700,
  notAuthenticated: 0x6983,
  occupied: 0x6985,
  wrongData: 0x6a80,
  nothingThere: 0x6a83,
  noSuchProfile: 0x6a86,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
  noLe: 0x6ffb,
} as const;

/** Hardware says that seven tries are left after the first wrong answer. */
const TRIES = 8;
/** How long the token waits for ▲; nobody has measured it. */
const BUTTON_MS = 30_000;

type WriteStep = (memory: Molto2Memory) => Molto2Memory;

/**
 * The firmware of a multi-profile token, from the maker's protocol document (token2/molto2-tools@638688b)
 * and notes on hardware (framefilter/keyroost@b26aa27). Where neither says how a wrong command is answered,
 * it is answered as on the maker's single-profile tokens. Authentication is kept in RAM only.
 */
export class Molto2Core {
  readonly #options: Molto2CoreOptions;
  #challenge: Uint8Array | undefined;
  #authenticated = false;
  #tearAfter: number | undefined;
  /** Counts what ▲ would confirm: a question that was replaced or lost its power is not answered. */
  #question = 0;

  /** A token that has just got power. */
  constructor(options: Molto2CoreOptions) {
    this.#options = options;
  }

  /** Forgets challenge, authentication and what it asked a person. */
  forgetSession(): void {
    this.#challenge = undefined;
    this.#authenticated = false;
    this.#question++;
  }

  /** The next write loses power after so many of its steps; `undefined` takes that back. */
  tearNextWrite(steps: number | undefined): void {
    this.#tearAfter = steps;
  }

  /**
   * Answers one command. A seed write has two steps: the old seed is erased, the new one is written.
   * All others have one.
   *
   * @throws {PowerLost} In a write that was to be torn.
   */
  process(command: Uint8Array): Uint8Array {
    const length = command[4] ?? 0;
    if (command.length < 4 || (command.length > 5 && command.length < 5 + length)) {
      return status(SW.wrongLength);
    }
    const data = command.length > 5 ? command.subarray(5, 5 + length) : new Uint8Array();
    const hasLe = command.length > 5 && command.length > 5 + length;
    if (command[0] === 0x80) return this.#plain(command, data, hasLe);
    return command[0] === 0x84 ? this.#secured(command, data) : status(SW.unknownClass);
  }

  /** What a profile shows, or the first one with a seed. */
  display(now: number, number?: number): DisplayReading {
    const { locked, slots } = this.#memory();
    if (locked) return { code: null, text: "LOCKED", secondsLeft: 0 };
    const slot = number === undefined ? slots.find(({ seed }) => seed) : slots[number];
    if (!slot?.seed) return DASHES;
    const { seed, algorithm, step, digits, rtcSeconds, toldSeconds } = slot;
    const seconds = this.#seconds(now) - rtcSeconds + toldSeconds;
    return readCode({ seed, algorithm, digits, period: step }, seconds);
  }

  #plain(header: Uint8Array, data: Uint8Array, hasLe: boolean): Uint8Array {
    const [, ins, p1, p2] = header as unknown as [number, number, number, number];
    const unknown = (): Uint8Array => status(SW.unknownInstruction);
    const byInstruction: Readonly<Record<number, () => Uint8Array>> = {
      0x41: () => data.length === 1 && data[0] === 0x70 ? this.#profile(p2, hasLe) : this.#info(),
      0x4b: () => p1 === 0x08 ? this.#newChallenge() : unknown(),
      0xce: () => this.#checkAnswer(data),
      0xe6: () => this.#erase(p2),
      0xd8: () => p1 === 0x0c && p2 === 0x02 ? this.#lock(data) : unknown(),
      0x56: () => this.#ask(blank(MOLTO2_FACTORY_KEY)),
    };
    return byInstruction[ins]?.() ?? unknown();
  }

  #secured(header: Uint8Array, data: Uint8Array): Uint8Array {
    if (data.length < 4) return status(SW.wrongLength);
    const cipher = new TokenCipher(this.#memory().key);
    const body = cipher.open(header, data);
    if (!body || !this.#authenticated) return status(SW.notAuthenticated);
    const [, ins, p1, p2] = header as unknown as [number, number, number, number];
    const at = (ins << 8) | p1;
    const byInstruction: Readonly<Record<number, () => Uint8Array>> = {
      0xc501: () => this.#writeSeed(p2, this.#decrypt(cipher, body)),
      0xd500: () => this.#writeTitle(p2, this.#decrypt(cipher, body)),
      0xd401: () => this.#writeConfig(p2, body),
      0xd700: () => this.#newKey(this.#decrypt(cipher, body)),
    };
    return byInstruction[at]?.() ?? status(SW.unknownInstruction);
  }

  #decrypt(cipher: TokenCipher, body: Uint8Array): Uint8Array | undefined {
    return body.length > 0 && body.length % 16 === 0 && body.length <= 64
      ? cipher.decrypt(body)
      : undefined;
  }

  #info(): Uint8Array {
    const { serial } = this.#image();
    return concatBytes([encodeInfo(serial, this.#seconds()), status(SW.ok)]);
  }

  #profile(number: number, hasLe: boolean): Uint8Array {
    if (hasLe) return status(SW.noLe);
    const slot = this.#memory().slots[number];
    return slot ? concatBytes([encodeProfile(slot), status(SW.ok)]) : status(SW.noSuchProfile);
  }

  #newChallenge(): Uint8Array {
    this.#authenticated = false;
    this.#challenge = this.#options.random.bytes(8);
    return concatBytes([this.#challenge, status(SW.ok)]);
  }

  #checkAnswer(answer: Uint8Array): Uint8Array {
    const { locked, wrongAnswers } = this.#image();
    if (locked) return status(SW.notAuthenticated);
    if (!this.#challenge || answer.length !== 16) return status(SW.wrongData);
    const right = new TokenCipher(this.#memory().key).isAnswer(this.#challenge, answer);
    this.#challenge = undefined; // each serves once
    this.#authenticated = right;
    const { flash, lockAfter = TRIES, quirks } = this.#options;
    const count = right ? 0 : wrongAnswers + 1;
    if (count !== wrongAnswers) {
      flash.update((image) => ({
        ...expectImage(image, flash),
        wrongAnswers: count,
        locked: count >= lockAfter,
      }));
    }
    if (right) return status(SW.ok);
    const left = lockAfter - count;
    return status(0x6300 | (quirks.plainCounter ? left : 0xc0 | left));
  }

  #erase(number: number): Uint8Array {
    if (!this.#authenticated && !this.#options.quirks.erasesForAnybody) {
      return status(SW.notAuthenticated);
    }
    const slot = this.#memory().slots[number];
    if (!slot) return status(SW.noSuchProfile);
    if (!slot.seed) return status(SW.nothingThere);
    return this.#write([withSlot(number, { seed: null })]);
  }

  #lock(data: Uint8Array): Uint8Array {
    if (this.#options.quirks.noLock) return status(SW.unknownInstruction);
    if (!this.#authenticated) return status(SW.notAuthenticated);
    if (data.length > 1 || (data.length === 1 && data[0] !== 0x01)) return status(SW.wrongData);
    return this.#write([(memory) => ({ ...memory, locked: data.length === 0 })]);
  }

  #writeSeed(number: number, padded: Uint8Array | undefined): Uint8Array {
    if (!padded) return status(SW.wrongData);
    try {
      const slot = this.#memory().slots[number];
      if (!slot) return status(SW.noSuchProfile);
      // Zeros and nothing else clear the profile.
      if (padded.every((byte) => byte === 0)) {
        return this.#write([withSlot(number, { seed: null })]);
      }
      if (slot.seed && this.#options.quirks.wantsErase) return status(SW.occupied);
      const seed = takePadded(padded);
      if (!seed || seed.length === 0 || seed.length > 63) return status(SW.wrongData);
      return this.#write([
        withSlot(number, { seed: null }),
        withSlot(number, { seed: Secret.take(seed) }),
      ]);
    } finally {
      padded.fill(0);
    }
  }

  #writeTitle(number: number, padded: Uint8Array | undefined): Uint8Array {
    const title = padded?.length === 16 ? takePadded(padded) : undefined;
    if (!title || title.length === 0 || title.length > 12) return status(SW.wrongData);
    if (!this.#memory().slots[number]) return status(SW.noSuchProfile);
    return this.#write([withSlot(number, { title })]);
  }

  #writeConfig(number: number, body: Uint8Array): Uint8Array {
    const config = readConfig(body);
    if (!config) return status(SW.wrongData);
    if (!this.#memory().slots[number]) return status(SW.noSuchProfile);
    const told = { rtcSeconds: this.#seconds(), toldSeconds: config.seconds };
    return this.#write([withSlot(number, { ...told, ...config.settings })]);
  }

  #newKey(plain: Uint8Array | undefined): Uint8Array {
    const key = plain && readNewKey(plain);
    return key ? this.#ask((memory) => ({ ...memory, key })) : status(SW.wrongData);
  }

  /** Answers at once and does it when ▲ is pressed. */
  #ask(change: WriteStep): Uint8Array {
    const question = ++this.#question;
    void this.#options.button.pressed(BUTTON_MS).then((pressed) => {
      if (!pressed || question !== this.#question) return;
      this.#write([change]);
      this.forgetSession();
    });
    return status(SW.wantsButton);
  }

  #write(steps: readonly WriteStep[]): Uint8Array {
    const done = steps.slice(0, this.#tearAfter ?? steps.length);
    const { flash } = this.#options;
    flash.update((kept) => {
      const image = expectImage(kept, flash);
      const memory = done.reduce((state, step) => step(state), readMolto2Memory(image));
      return { ...image, cells: encodeMemory(memory) };
    });
    if (this.#tearAfter === undefined) return status(SW.ok);
    this.#tearAfter = undefined;
    throw new PowerLost("Cannot finish writing: power was lost");
  }

  #seconds(now: number = this.#options.time.now()): number {
    return clockSeconds(this.#image().clock, now);
  }

  #memory(): Molto2Memory {
    return readMolto2Memory(this.#image());
  }

  #image(): FlashImage {
    return expectImage(this.#options.flash.read(), this.#options.flash);
  }
}

function withSlot(number: number, change: Partial<Molto2Slot>): WriteStep {
  return (memory) => ({
    ...memory,
    slots: memory.slots.map((slot, index) => index === number ? { ...slot, ...change } : slot),
  });
}

/** Everything as it left the factory. */
function blank(key: Uint8Array): WriteStep {
  return ({ slots }) => ({ key, locked: false, slots: slots.map(() => EMPTY_SLOT) });
}

function status(word: number): Uint8Array {
  return Uint8Array.of(word >> 8, word & 0xff);
}
