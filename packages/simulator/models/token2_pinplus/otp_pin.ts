import { concatBytes, decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { Cells } from "../../parts/cells.ts";
import type { RandomSource } from "../../parts/random.ts";
import { type CardAnswer, say } from "../security_key/apdu.ts";
import {
  decrypt,
  encrypt,
  hmac,
  privateKeyFrom,
  publicKeyOf,
  same,
  sha256,
  sharedWith,
} from "./_cipher.ts";
import { isWeak } from "./_pin_rules.ts";
import type { KeptPin, PinPlusMemory } from "./memory.ts";
import type { PinPlusModel } from "./models.ts";

const BLOCK = 16;
const AES_256 = 0x07;
const MOST_TRIES = 100;
/** How long a PIN opens a key for, in seconds that the host names. */
const WINDOW_SECONDS = 300;
/** Stands for a signature that nobody but the maker can check; its length is that of the published curve. */
const SIGNATURE_BYTES = 132;
/** Drawn in whole keys, so that a source which repeats one gives the same key next time. */
const SIGNATURE_DRAWN = 160;
const OK: CardAnswer = { status: 0x9000 };

interface Keys {
  readonly encrypts: Uint8Array;
  readonly authenticates: Uint8Array;
}

/** What {@linkcode OtpPinPart} is made of. */
export interface OtpPinParts {
  readonly model: PinPlusModel;
  readonly cells: Cells<PinPlusMemory>;
  readonly random: RandomSource;
}

/**
 * The part of the OTP application that knows of a PIN. Commands and the order of their checks are those of the
 * maker's open applet (token2/token2-otp-applet@9211def, OtpPinManager); what keys do otherwise is from the
 * clients (framefilter/keyroost@b26aa27).
 */
export class OtpPinPart {
  readonly #parts: OtpPinParts;
  #keys: Keys | undefined;
  #challenge: Uint8Array | undefined;
  /** Whether a right PIN was shown, and from when on that counts; a key takes the next time that it hears. */
  #open = false;
  #from: number | undefined;
  /** The last time that a read named. */
  #heard = 0;

  constructor(parts: OtpPinParts) {
    this.#parts = parts;
  }

  forget(): void {
    this.#keys = this.#challenge = this.#from = undefined;
    this.#open = false;
    this.#heard = 0;
  }

  get pin(): KeptPin | null {
    return this.#parts.cells.read().pin;
  }

  /** Whether entries may be read at this time, in seconds since 1970. */
  opens(seconds: number): boolean {
    if (!this.pin) return true;
    if (!this.#open) return false;
    this.#from ??= seconds;
    const passed = seconds - this.#from;
    return passed >= 0 && passed < WINDOW_SECONDS;
  }

  /** A read was allowed that named this time. */
  heard(seconds: number): void {
    this.#heard = seconds;
  }

  /** Whether an entry may be written, on a key: nobody names a time there. */
  get open(): boolean {
    return this.pin === null || this.#open;
  }

  /** What is read goes out encrypted, from a key that has a PIN. */
  wrap(data: Uint8Array): Uint8Array {
    if (this.#parts.model.pin !== "key" || !this.pin || !this.#keys) return data;
    const { encrypts: key, authenticates } = this.#keys;
    const iv = this.#parts.random.bytes(BLOCK);
    const text = encrypt({ key, iv }, data);
    return concatBytes([iv, text, hmac(authenticates, text).subarray(0, BLOCK)]);
  }

  /** What is written comes in encrypted; a status word where it is not. */
  unwrap(data: Uint8Array): Uint8Array | number {
    if (!this.#keys) return 0x6985;
    if (data.length < 3 * BLOCK || data.length % BLOCK !== 0) return 0x6700;
    const { encrypts: key, authenticates } = this.#keys;
    const text = data.subarray(BLOCK, -BLOCK);
    const tag = hmac(authenticates, text).subarray(0, BLOCK);
    if (!same(tag, data.subarray(-BLOCK))) return 0x6982;
    return decrypt({ key, iv: data.subarray(0, BLOCK) }, text) ?? 0x6984;
  }

  process(p2: number, data: Uint8Array): CardAnswer {
    if (p2 === 0x04) return this.#flag(data.length);
    if (p2 === 0x05) return this.#set(data);
    if (p2 === 0x06) return this.#verify(data);
    return p2 === 0x08 ? this.#change(data) : this.#agree(data);
  }

  #flag(wanted: number): CardAnswer {
    const { model, random } = this.#parts;
    if (wanted === 0 && model.pin === "key") return say(0x6af8);
    const pin = this.pin;
    const head = Uint8Array.of(
      pin ? AES_256 : 0,
      pin?.left ?? 0,
      pin?.length ?? 0,
      pin?.most ?? MOST_TRIES,
    );
    const key = Uint8Array.of(0, 0x00, 0x01, 0x00, 0x00); // no fingerprint; version and check sum of a key
    let asked = new Uint8Array(2 * BLOCK);
    if (this.#keys && wanted >= 9 + 2 * BLOCK) {
      const iv = random.bytes(BLOCK);
      this.#challenge = random.bytes(BLOCK);
      const text = encrypt({ key: this.#keys.encrypts, iv, pads: false }, this.#challenge);
      asked = Uint8Array.from(concatBytes([iv, text]));
    }
    const all = concatBytes([head, key, asked]);
    return { data: all.subarray(0, wanted === 0 ? all.length : wanted), status: 0x9000 };
  }

  #agree(theirs: Uint8Array): CardAnswer {
    if (theirs.length !== 64) return say(0x6700);
    const { random } = this.#parts;
    const own = privateKeyFrom(random.bytes(32));
    const shared = sharedWith(own, theirs);
    if (!shared) return say(0x6984);
    const root = hmac(new Uint8Array(32), shared);
    const derive = (text: string): Uint8Array =>
      hmac(root, concatBytes([new TextEncoder().encode(text), Uint8Array.of(1)]));
    this.#keys = { encrypts: derive("TOTP AES key"), authenticates: derive("TOTP HMAC key") };
    const signature = random.bytes(SIGNATURE_DRAWN).subarray(0, SIGNATURE_BYTES);
    return { data: concatBytes([publicKeyOf(own), signature]), status: 0x9000 };
  }

  #set(data: Uint8Array): CardAnswer {
    if (this.pin) return say(0x6a81);
    const next = this.#opened(data, new Uint8Array(0));
    return typeof next === "number" ? say(next) : this.#keep(next, false);
  }

  #change(data: Uint8Array): CardAnswer {
    const { pin } = this;
    if (!pin) return say(0x6985);
    if (pin.left === 0) return say(0x6983);
    if (!this.#keys) return say(0x6985);
    if (data.length < 4 * BLOCK) return say(0x6700);
    const old = data.subarray(-BLOCK);
    const next = this.#opened(data.subarray(0, -BLOCK), old);
    if (typeof next === "number") return say(next);
    const iv = data.subarray(0, BLOCK);
    const half = decrypt({ key: this.#keys.encrypts, iv, pads: false }, old)!;
    if (!same(half, decodeHex(pin.digest).subarray(0, BLOCK))) return this.#wrong(pin);
    return this.#keep(next, true);
  }

  /** Checks the tag over text and what stands behind it, and decrypts the text: how, tries, length, PIN. */
  #opened(data: Uint8Array, behind: Uint8Array): Uint8Array | number {
    if (!this.#keys) return 0x6985;
    if (data.length < 3 * BLOCK) return 0x6700;
    const applet = this.#parts.model.pin === "applet";
    const text = data.subarray(BLOCK, applet ? 2 * BLOCK : -BLOCK); // the applet knows of one block
    const tag = data.subarray(BLOCK + text.length, 2 * BLOCK + text.length);
    const { encrypts: key, authenticates } = this.#keys;
    if (!same(hmac(authenticates, concatBytes([text, behind])).subarray(0, BLOCK), tag)) {
      return 0x6982;
    }
    return decrypt({ key, iv: data.subarray(0, BLOCK) }, text) ?? 0x6a80;
  }

  #keep(text: Uint8Array, mayRemove: boolean): CardAnswer {
    const [how, tries = 0, length = 0] = text;
    const pin = text.subarray(3, 3 + length);
    if (how !== AES_256 || pin.length !== length) return say(0x6a80);
    if (length === 0 && mayRemove) {
      this.#write({ pin: null });
      this.#open = false;
      return OK;
    }
    if (isWeak(pin)) return say(0x6a80);
    const most = tries || MOST_TRIES;
    this.#write({ pin: { digest: encodeHex(sha256(pin)), length, most, left: most } });
    return OK;
  }

  #verify(data: Uint8Array): CardAnswer {
    const { model } = this.#parts;
    if (data.length === 1) {
      if (data[0] !== 0 && model.pin === "key") return say(0x6a81); // by fingerprint: none is enrolled
      this.#open = false;
      this.#challenge = undefined;
      return OK;
    }
    const { pin } = this;
    if (!pin) return say(0x6985);
    if (pin.left === 0) return say(0x6983);
    const asked = this.#challenge;
    if (!this.#keys || !asked) return say(0x6985);
    if (data.length < 2 * BLOCK || data.length % BLOCK !== 0) return say(0x6700);
    this.#challenge = undefined; // it serves once
    const [iv, text] = [data.subarray(0, BLOCK), data.subarray(BLOCK, 2 * BLOCK)];
    const shown = decrypt({ key: this.#keys.encrypts, iv, pads: false }, text)!;
    const inner = { key: decodeHex(pin.digest), iv: sha256(asked).subarray(0, BLOCK), pads: false };
    if (!same(shown, encrypt(inner, asked))) return this.#wrong(pin);
    this.#write({ pin: { ...pin, left: pin.most } });
    this.#open = true;
    // The applet takes the time of the last read in this session, which is 0 without one.
    this.#from = model.pin === "applet" ? this.#heard : undefined;
    return OK;
  }

  #wrong(pin: KeptPin): CardAnswer {
    const left = pin.left - 1;
    this.#write({ pin: { ...pin, left } });
    this.#open = false;
    return say(this.#parts.model.pin === "key" ? 0x6300 | left : 0x6982);
  }

  #write(changes: Partial<PinPlusMemory>): void {
    this.#parts.cells.write([(memory) => ({ ...memory, ...changes })]);
  }
}
