import { concatBytes, decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { Button } from "../../parts/button.ts";
import type { Cells } from "../../parts/cells.ts";
import { type CardAnswer, type CardCommand, say } from "../security_key/apdu.ts";
import type { Applet } from "../security_key/applet.ts";
import { codeOf, decrypt, publicKeyOf, sha256, sharedWith } from "./_cipher.ts";
import type { PinPlusEntry, PinPlusMemory } from "./memory.ts";
import type { PinPlusModel } from "./models.ts";
import type { OtpPinPart } from "./otp_pin.ts";
import { serialAnswer } from "./serial.ts";

/** How long a key blinks for a touch. */
const TOUCH_MS = 15_000;
const ENTRY_IV = decodeHex("9DD8918E34F3CCAB08CB7518F71938F1");
const NAME_BYTES = 64;
const SEED_BYTES = 64;
const TOTP = 1;
const HASHES: Readonly<Record<number, "sha1" | "sha256">> = { 0xc1: "sha1", 0xc2: "sha256" };
/** A page ends when another entry of this length might not fit into so many bytes. */
const PAGE_BYTES = 500;
const LONGEST_ENTRY = 150;
const OK: CardAnswer = { status: 0x9000 };

/** What {@linkcode OtpApplet} is made of. */
export interface OtpAppletParts {
  readonly model: PinPlusModel;
  readonly cells: Cells<PinPlusMemory>;
  readonly button: Button;
  readonly pin: OtpPinPart;
}

/**
 * The OTP application of a Token2 key, written from its side: token2/token2-otp-applet@9211def
 * (Token2OtpApplet.java), and the clients where keys differ from it.
 */
export class OtpApplet implements Applet {
  readonly aid: Uint8Array = decodeHex("F00000014F747001");
  readonly #parts: OtpAppletParts;
  /** Where the list goes on. */
  #next: number | undefined;

  constructor(parts: OtpAppletParts) {
    this.#parts = parts;
  }

  forget(): void {
    this.#next = undefined;
    this.#parts.pin.forget();
  }

  select(): CardAnswer {
    this.forget();
    return OK;
  }

  async process(command: CardCommand): Promise<CardAnswer> {
    const { cla, ins, p1, p2, data } = command;
    if (cla !== 0x80) return say(0x6e00);
    if (ins === 0x33) return this.#serial(command);
    if (ins !== 0xc5) return say(0x6d00);
    if (p1 === 0x01) return this.#publicKey();
    if (p1 === 0x02) return this.#configure(p2, data);
    if (p1 !== 0x05) return say(0x6a86); // 00 is the keyboard's slot, which no key here has
    const { model, pin } = this.#parts;
    if (p2 === 0x00) return await this.#read(data);
    if (p2 === 0x01) return this.#goOn(data);
    if (p2 === 0x02) return await this.#write(data);
    const knowsPins = model.pin !== "none" && [0x04, 0x05, 0x06, 0x08, 0x09].includes(p2);
    return knowsPins ? pin.process(p2, data) : say(0x6a86);
  }

  #serial({ data }: CardCommand): CardAnswer {
    const { model, cells } = this.#parts;
    return model.serialAt === "otp" ? serialAnswer(cells.image.serial, data) : say(0x6d00);
  }

  #publicKey(): CardAnswer {
    const { model, cells, pin } = this.#parts;
    if (model.pin === "key" && pin.pin) return say(0x6a81);
    return { data: publicKeyOf(decodeHex(cells.read().privateKey)), status: 0x9000 };
  }

  #configure(p2: number, data: Uint8Array): CardAnswer {
    const { model, cells } = this.#parts;
    const { off, totp } = cells.read();
    if (p2 === 0x00) {
      const applet = model.name === "applet";
      const config = Uint8Array.of(
        applet ? 0x03 : off,
        0x14,
        0,
        0,
        0,
        0,
        1,
        0,
        0,
        0x30 | (totp ? 1 : 0),
      );
      return { data: config.subarray(0, model.pin === "none" ? 1 : config.length), status: 0x9000 };
    }
    if (p2 !== 0x01 && p2 !== 0x05) return say(0x6a86);
    if (data.length !== 1) return say(0x6700);
    const changes = p2 === 0x01 ? { off: data[0]! } : { totp: data[0] !== 0 };
    cells.write([(memory) => ({ ...memory, ...changes })]);
    return OK;
  }

  async #read(data: Uint8Array): Promise<CardAnswer> {
    const { pin, model } = this.#parts;
    const [what] = data;
    if (what === undefined) return say(0x6700);
    if (what < 1 || what > 3) return say(0x6a80);
    if (data.length < (what === 3 ? 9 : 11)) return say(0x6700);
    const seconds = secondsAt(data, 1);
    if (!pin.opens(seconds)) return say(0x6985);
    pin.heard(seconds);
    if (what === 3) return this.#page(0, seconds);
    const named = namesAt(data, 9);
    if (!named || named.account.length === 0) return say(0x6a80);
    const found = this.#find(named);
    if (!found) return say(model.notFound);
    if (found.touch && model.touch && !await this.#parts.button.pressed(TOUCH_MS)) {
      return say(0x6ff9);
    }
    const code = codeBytes(found, seconds);
    if (found.type !== TOTP) this.#replace(found, { ...found, counter: found.counter + 1 });
    const answer = what === 1 ? concatBytes([headBytes(found), code]) : code;
    return { data: pin.wrap(answer), status: 0x9000 };
  }

  #goOn(data: Uint8Array): CardAnswer {
    const { pin, model } = this.#parts;
    if (data.length < 8) return say(0x6700);
    if (this.#next === undefined) return say(model.notFound);
    const seconds = secondsAt(data, 0);
    if (!pin.opens(seconds)) return say(0x6985);
    return this.#page(this.#next, seconds);
  }

  #page(from: number, seconds: number): CardAnswer {
    const { cells, pin, model } = this.#parts;
    const { entries } = cells.read();
    let page: Uint8Array = new Uint8Array(0);
    let next = from;
    for (; next < entries.length; next++) {
      if (next > from && page.length + LONGEST_ENTRY > PAGE_BYTES) break;
      const entry = entries[next]!;
      const told = entry.type === TOTP && entry.touch === 0;
      const code = told ? codeBytes(entry, seconds) : new Uint8Array(0);
      page = concatBytes([page, headBytes(entry), code]);
    }
    if (page.length === 0) return say(model.notFound);
    this.#next = next < entries.length ? next : undefined;
    if (this.#next !== undefined) page[0]! |= 0x80;
    return { data: pin.wrap(page), status: 0x9000 };
  }

  async #write(data: Uint8Array): Promise<CardAnswer> {
    if (data.length === 0) return await this.#eraseAll();
    const { model, pin } = this.#parts;
    const underSession = model.pin === "key" && pin.pin !== null;
    if (underSession && !pin.open) return say(0x6985);
    const text = underSession ? pin.unwrap(data) : this.#decrypted(data);
    return typeof text === "number" ? say(text) : this.#store(text);
  }

  async #eraseAll(): Promise<CardAnswer> {
    const { model, cells, button } = this.#parts;
    if (model.touch && !await button.pressed(TOUCH_MS)) return say(0x6ff9);
    cells.write([(memory) => ({ ...memory, entries: [] })]);
    return OK;
  }

  #decrypted(data: Uint8Array): Uint8Array | number {
    const [theirs, text] = [data.subarray(0, 64), data.subarray(64)];
    if (text.length < 16 || text.length % 16 !== 0) return 0x6700;
    const shared = sharedWith(decodeHex(this.#parts.cells.read().privateKey), theirs);
    if (!shared) return 0x6984;
    return decrypt({ key: sha256(shared), iv: ENTRY_IV }, text) ?? 0x6984;
  }

  #store(text: Uint8Array): CardAnswer {
    const { model, cells } = this.#parts;
    const names = namesAt(text, 6);
    if (!names || names.account.length === 0) return say(0x6984);
    const length = text[names.end];
    const seed = text.subarray(names.end + 1, names.end + 1 + (length ?? 0));
    if (length === undefined || length > SEED_BYTES || seed.length !== length) return say(0x6984);
    const old = this.#find(names);
    if (length === 0) {
      if (!old) return say(model.notFound);
      cells.write([
        (memory) => ({ ...memory, entries: memory.entries.filter((one) => !alike(one, old)) }),
      ]);
      return OK;
    }
    const [type = 0, hash = 0, high = 0, low = 0, digits = 0, touch = 0] = text;
    const step = high * 0x100 + low;
    const known = type <= TOTP && hash in HASHES && digits >= 4 && digits <= 10;
    if (!known || (type === TOTP && step === 0)) return say(0x6984);
    const { entries } = cells.read();
    if (!old && entries.length >= model.entries) return say(0x6a84);
    const entry: PinPlusEntry = {
      ...{ type, hash, step, digits, touch },
      app: encodeHex(names.app),
      account: encodeHex(names.account),
      seed: encodeHex(seed),
      counter: 0,
    };
    if (old) this.#replace(old, entry);
    else cells.write([(memory) => ({ ...memory, entries: [...memory.entries, entry] })]);
    return OK;
  }

  /** In one step: the applet writes an entry in a transaction. */
  #replace(old: PinPlusEntry, next: PinPlusEntry): void {
    this.#parts.cells.write([
      (memory) => ({
        ...memory,
        entries: memory.entries.map((one) => alike(one, old) ? next : one),
      }),
    ]);
  }

  #find({ app, account }: Names): PinPlusEntry | undefined {
    const wanted = { app: encodeHex(app), account: encodeHex(account) };
    return this.#parts.cells.read().entries.find((one) => alike(one, wanted));
  }
}

interface Names {
  readonly app: Uint8Array;
  readonly account: Uint8Array;
}

/** Two names with their lengths before them, and where they end; `undefined` if they do not fit. */
function namesAt(bytes: Uint8Array, from: number): (Names & { readonly end: number }) | undefined {
  let at = from;
  const part = (): Uint8Array | undefined => {
    const length = bytes[at];
    if (length === undefined || length > NAME_BYTES || at + length >= bytes.length + 1) return;
    const found = bytes.subarray(at + 1, at + 1 + length);
    at += 1 + length;
    return found.length === length ? found : undefined;
  };
  const app = part();
  const account = app && part();
  return account && { app, account, end: at };
}

function alike(
  a: Pick<PinPlusEntry, "app" | "account">,
  b: Pick<PinPlusEntry, "app" | "account">,
): boolean {
  return a.app === b.app && a.account === b.account;
}

function headBytes({ type, hash, step, digits, touch, app, account }: PinPlusEntry): Uint8Array {
  const [first, second] = [decodeHex(app), decodeHex(account)];
  return concatBytes([
    Uint8Array.of(type, hash, step >> 8, step & 0xff, digits, touch, first.length),
    first,
    Uint8Array.of(second.length),
    second,
  ]);
}

function codeBytes(
  { type, hash, step, digits, seed, counter }: PinPlusEntry,
  seconds: number,
): Uint8Array {
  const count = type === TOTP ? Math.floor(seconds / step) : counter;
  const code = codeOf({ seed: decodeHex(seed), hash: HASHES[hash]!, digits }, count);
  return Uint8Array.of(digits, ...new TextEncoder().encode(code));
}

function secondsAt(bytes: Uint8Array, at: number): number {
  return Number(new DataView(Uint8Array.from(bytes.subarray(at, at + 8)).buffer).getBigUint64(0));
}
