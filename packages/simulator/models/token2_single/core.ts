import { concatBytes, decodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import { PowerLost } from "../../firmware.ts";
import { clockSeconds, setClock } from "../../parts/clock.ts";
import { expectImage, type Flash, type FlashImage } from "../../parts/flash.ts";
import type { RandomSource } from "../../parts/random.ts";
import { readConfig, takeSeed } from "./_bodies.ts";
import { TokenCipher } from "../_token2_cipher.ts";
import { encodeInfo, type InfoFraming } from "./info.ts";

/** The key that all of Token2's single-profile tokens share; the maker has published it. */
export const TOKEN2_SINGLE_KEY: Uint8Array = decodeHex("8AD206883CA369482AB27182B6E83224");

/** What {@linkcode Token2SingleCore} is made of. */
export interface Token2SingleCoreOptions {
  /** Its storage, which must hold an image already. */
  readonly flash: Flash;
  /** The 16-byte access key. */
  readonly key: Uint8Array;
  /** Where challenges come from. */
  readonly random: RandomSource;
  /** Milliseconds since 1970. */
  now(): number;
  /** How serial and clock are framed. */
  readonly framing: InfoFraming;
  /** After how many wrong answers in a row the token locks for good; `undefined` for never. */
  readonly lockAfter: number | undefined;
}

/** One step of a write; a power loss can come between two of them. */
type WriteStep = (image: FlashImage) => FlashImage;

const SW = {
  ok: 0x9000,
  wrongLength: 0x6700,
  notAuthenticated: 0x6983,
  wrongData: 0x6a80,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
} as const;

/**
 * The firmware of a single-profile token: commands in, answers out, checks in the order of the maker's
 * open firmware (token2/openT2OTP@612317a, firmware/src/token2.c). Authentication is kept in RAM only.
 */
export class Token2SingleCore {
  readonly #options: Token2SingleCoreOptions;
  readonly #cipher: TokenCipher;
  #challenge: Uint8Array | undefined;
  #authenticated = false;
  #powerCycles: number | undefined;
  #tearAfter: number | undefined;

  /** A token that has just got power. */
  constructor(options: Token2SingleCoreOptions) {
    this.#options = options;
    this.#cipher = new TokenCipher(options.key);
  }

  /** Forgets challenge and authentication, as a token does that loses power or field. */
  forgetSession(): void {
    this.#challenge = undefined;
    this.#authenticated = false;
  }

  /**
   * The next write loses power after so many of its steps: see {@linkcode Token2SingleCore.process}.
   * `undefined` takes that back.
   */
  tearNextWrite(steps: number | undefined): void {
    this.#tearAfter = steps;
  }

  /**
   * Answers one command.
   *
   * A seed write has two steps: the old seed is erased, the new one is written. A configuration write
   * has two as well: the clock is set, which is a part of its own; then one record is written with the
   * settings and, on restricted models, without the seed.
   *
   * @throws {PowerLost} In a write that was to be torn.
   */
  process(command: Uint8Array): Uint8Array {
    const image = this.#image();
    if (image.powerCycles !== this.#powerCycles) {
      this.#powerCycles = image.powerCycles; // another process switched this token off and on
      this.forgetSession();
    }
    // Four bytes alone count as a command without data. What follows the data (Le) is not looked at.
    const length = command[4] ?? 0;
    if (command.length < 4 || (command.length > 4 && command.length < 5 + length)) {
      return status(SW.wrongLength);
    }
    const data = command.subarray(5, 5 + length);
    const byClass: Readonly<Record<number, () => Uint8Array>> = {
      0x80: () => this.#plain(command, data),
      0x84: () => this.#secured(command, data),
    };
    return byClass[command[0]!]?.() ?? status(SW.unknownClass);
  }

  #plain(header: Uint8Array, data: Uint8Array): Uint8Array {
    const byInstruction: Readonly<Record<number, () => Uint8Array>> = {
      0x41: () => this.#info(),
      0x4b: () => header[2] === 0x08 ? this.#newChallenge() : status(SW.unknownInstruction),
      0xce: () => this.#checkAnswer(data),
    };
    return byInstruction[header[1]!]?.() ?? status(SW.unknownInstruction);
  }

  #secured(header: Uint8Array, data: Uint8Array): Uint8Array {
    if (data.length < 4) return status(SW.wrongLength);
    const body = this.#cipher.open(header, data);
    if (!body) return status(SW.notAuthenticated);
    if (header[1] === 0xc5 && header[2] === 0x01) return this.#writeSeed(body);
    if (header[1] === 0xd4) return this.#writeConfig(body);
    return status(SW.unknownInstruction);
  }

  #info(): Uint8Array {
    const { serial, clock } = this.#image();
    const seconds = clockSeconds(clock, this.#options.now());
    const { framing } = this.#options;
    return concatBytes([encodeInfo(serial, seconds, { framing }), status(SW.ok)]);
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
    const right = this.#cipher.isAnswer(this.#challenge, answer);
    this.#challenge = undefined; // each serves once
    if (right) {
      this.#authenticated = true;
      if (wrongAnswers > 0) this.#write([(image) => ({ ...image, wrongAnswers: 0 })]);
      return status(SW.ok);
    }
    // The open firmware has the flag and never sets it; earlier tokens are reported to lock for good.
    const { lockAfter } = this.#options;
    this.#write([(image) => {
      const count = image.wrongAnswers + 1;
      return {
        ...image,
        wrongAnswers: count,
        locked: lockAfter !== undefined && count >= lockAfter,
      };
    }]);
    return status(SW.notAuthenticated);
  }

  #writeSeed(body: Uint8Array): Uint8Array {
    if (!this.#authenticated) return status(SW.notAuthenticated);
    if (body.length === 0 || body.length % 16 !== 0 || body.length > 64) {
      return status(SW.wrongData);
    }
    const plain = this.#cipher.decrypt(body);
    try {
      const seed = takeSeed(plain);
      if (!seed) return status(SW.wrongData);
      // An empty seed is stored like any other and counts as none.
      const secret = seed.length > 0 ? Secret.copyOf(seed) : null;
      const withSeed = (seed: Secret | null): WriteStep => (image) => ({
        ...image,
        stored: { ...image.stored, seed },
      });
      this.#write([withSeed(null), withSeed(secret)]);
      return status(SW.ok);
    } finally {
      plain.fill(0);
    }
  }

  #writeConfig(body: Uint8Array): Uint8Array {
    if (!this.#authenticated) return status(SW.notAuthenticated);
    const config = readConfig(body);
    if (!config) return status(SW.wrongData);
    const { seconds, ...settings } = config;
    const now = this.#options.now();
    this.#write([
      (image) => ({ ...image, clock: setClock(image.clock, { seconds, now }) }),
      (image) => ({
        ...image,
        stored: { ...settings, seed: image.restricted ? null : image.stored.seed },
      }),
    ]);
    return status(SW.ok);
  }

  #write(steps: readonly WriteStep[]): void {
    const done = steps.slice(0, this.#tearAfter ?? steps.length);
    const { flash } = this.#options;
    flash.update((image) => done.reduce((state, step) => step(state), expectImage(image, flash)));
    if (this.#tearAfter === undefined) return;
    this.#tearAfter = undefined;
    throw new PowerLost("Cannot finish writing: power was lost");
  }

  #image(): FlashImage {
    return expectImage(this.#options.flash.read(), this.#options.flash);
  }
}

function status(word: number): Uint8Array {
  return Uint8Array.of(word >> 8, word & 0xff);
}
