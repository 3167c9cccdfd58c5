import { concatBytes, decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { Button } from "../../parts/button.ts";
import type { Cells } from "../../parts/cells.ts";
import type { RandomSource } from "../../parts/random.ts";
import { type CardAnswer, type CardCommand, say, SW } from "./apdu.ts";
import { mac, same, truncated } from "./_mac.ts";
import { parseTags, tag, type Tagged, tagged } from "./_tags.ts";
import type { Applet } from "./applet.ts";
import type { KeyMemory, OathEntry } from "./memory.ts";
import type { SecurityKeyModel } from "./models.ts";

/** What {@linkcode OathApplet} is made of. */
export interface OathAppletParts {
  readonly model: SecurityKeyModel;
  readonly cells: Cells<KeyMemory>;
  readonly random: RandomSource;
  readonly button: Button;
}

/** How long a key blinks for a touch. */
const TOUCH_MS = 15_000;
const HOTP = 0x10;
const TOTP = 0x20;
const RISING = 0x01;
const TOUCH = 0x02;

/** The OATH application, written from its side: developers.yubico.com@b3efe70, Yubico/ykneo-oath@543b4c3. */
export class OathApplet implements Applet {
  readonly aid: Uint8Array = decodeHex("A000000527210101");
  readonly more = 0xa5;
  readonly #parts: OathAppletParts;
  #challenge: Uint8Array | undefined;
  #open = false;

  constructor(parts: OathAppletParts) {
    this.#parts = parts;
  }

  forget(): void {
    this.#challenge = undefined;
    this.#open = false;
  }

  select(): CardAnswer {
    const { model, cells, random } = this.#parts;
    const { id, code } = cells.read();
    this.forget();
    const parts = [tag(0x79, model.version), tag(0x71, decodeHex(id))];
    if (code !== null) {
      this.#challenge = random.bytes(8);
      parts.push(tag(0x74, this.#challenge), tag(0x7b, [0x01]));
    }
    return { data: concatBytes(parts), status: SW.ok };
  }

  async process(command: CardCommand): Promise<CardAnswer> {
    const { code } = this.#parts.cells.read();
    const free = command.ins === 0xa3 || command.ins === 0x04;
    if (code !== null && !this.#open && !free) return say(SW.securityNotSatisfied);
    const byInstruction: Readonly<
      Record<number, (tags: Tagged, command: CardCommand) => CardAnswer | Promise<CardAnswer>>
    > = {
      0x01: (tags) => this.#put(tags),
      0x02: (tags) => this.#delete(tags),
      0x03: (tags) => this.#setCode(tags),
      0x04: (_, { p1, p2 }) => this.#reset(p1, p2),
      0x05: (tags) => this.#rename(tags),
      0xa1: () => this.#list(),
      0xa2: (tags, { p2 }) => this.#calculate(tags, p2),
      0xa3: (tags) => this.#validate(tags),
      0xa4: (tags, { p2 }) => this.#calculateAll(tags, p2),
    };
    const run = byInstruction[command.ins];
    if (!run) return say(SW.unknownInstruction);
    const tags = parseTags(command.data, command.ins === 0x01 ? [0x78] : []);
    return tags ? await run(tags, command) : say(SW.wrongData);
  }

  #put(tags: Tagged): CardAnswer {
    const { model, cells } = this.#parts;
    const name = tagged(tags, 0x71);
    const key = tagged(tags, 0x73);
    const properties = tagged(tags, 0x78)?.[0] ?? 0;
    const start = tagged(tags, 0x7a);
    if (!name || !key || key.length < 3 || !this.#isName(name)) return say(SW.wrongData);
    const [kind = 0, digits = 0] = key;
    const [fewest, most] = model.digits;
    const known = [HOTP, TOTP].includes(kind & 0xf0) && model.algorithms.includes(kind & 0x0f);
    if (!known || digits < fewest || digits > most || (start && start.length !== 4)) {
      return say(SW.wrongData);
    }
    if (properties & ~(RISING | TOUCH) || (properties & TOUCH && !model.touch)) {
      return say(SW.wrongData);
    }
    const { entries } = cells.read();
    const exists = entries.some((one) => one.name === encodeHex(name));
    if (exists && !model.overwrites) return say(SW.conditions);
    if (!exists && entries.length >= model.entries) return say(SW.full);
    const counter = start ? new DataView(Uint8Array.from(start).buffer).getUint32(0) : 0;
    const entry: OathEntry = {
      name: encodeHex(name),
      kind,
      digits,
      key: encodeHex(key.subarray(2)),
      properties,
      counter: counter + model.firstCount,
    };
    const erase = (memory: KeyMemory): KeyMemory => ({
      ...memory,
      entries: memory.entries.filter((one) => one.name !== entry.name),
    });
    const add = (memory: KeyMemory): KeyMemory => ({
      ...memory,
      entries: [...memory.entries, entry],
    });
    cells.write([erase, add]);
    return say(SW.ok);
  }

  #isName(name: Uint8Array): boolean {
    return name.length > 0 && name.length <= this.#parts.model.nameBytes;
  }

  #find(tags: Tagged): OathEntry | undefined {
    const name = encodeHex(tagged(tags, 0x71) ?? new Uint8Array(0));
    return this.#parts.cells.read().entries.find((entry) => entry.name === name);
  }

  #delete(tags: Tagged): CardAnswer {
    const entry = this.#find(tags);
    if (!entry) return say(SW.invalid);
    this.#parts.cells.write([(memory) => ({
      ...memory,
      entries: memory.entries.filter(({ name }) => name !== entry.name),
    })]);
    return say(SW.ok);
  }

  #rename(tags: Tagged): CardAnswer {
    if (!this.#parts.model.renames) return say(SW.unknownInstruction);
    const names = tags.filter(([number]) => number === 0x71).map(([, value]) => value);
    const [old, next] = names;
    if (names.length !== 2 || !old || !next || !this.#isName(next)) return say(SW.wrongData);
    const entry = this.#find(tags);
    if (!entry) return say(SW.invalid);
    const name = encodeHex(next);
    if (this.#parts.cells.read().entries.some((one) => one.name === name)) return say(SW.wrongData);
    this.#change(entry, { name });
    return say(SW.ok);
  }

  #change(entry: OathEntry, changes: Partial<OathEntry>): void {
    this.#parts.cells.write([(memory) => ({
      ...memory,
      entries: memory.entries.map((one) => one.name === entry.name ? { ...one, ...changes } : one),
    })]);
  }

  #list(): CardAnswer {
    const { entries } = this.#parts.cells.read();
    const data = entries.map(({ kind, name }) => tag(0x72, [kind, ...decodeHex(name)]));
    return { data: concatBytes(data), status: SW.ok };
  }

  async #calculate(tags: Tagged, p2: number): Promise<CardAnswer> {
    if (p2 > 1) return say(SW.wrongP1P2);
    const entry = this.#find(tags);
    const challenge = tagged(tags, 0x74);
    if (!challenge) return say(SW.wrongData);
    if (!entry) return say(SW.invalid);
    if (entry.properties & TOUCH && !await this.#parts.button.pressed(TOUCH_MS)) {
      return say(SW.conditions);
    }
    const counts = (entry.kind & 0xf0) === HOTP;
    if (entry.properties & RISING && !counts) {
      if (encodeHex(challenge) < (entry.last ?? "")) return say(SW.conditions);
      this.#change(entry, { last: encodeHex(challenge) });
    }
    const digest = await respond(entry, counts ? counterBytes(entry.counter) : challenge);
    if (counts) this.#change(entry, { counter: entry.counter + 1 });
    return { data: code(entry, digest, p2), status: SW.ok };
  }

  async #calculateAll(tags: Tagged, p2: number): Promise<CardAnswer> {
    if (p2 > 1) return say(SW.wrongP1P2);
    const challenge = tagged(tags, 0x74);
    if (!challenge) return say(SW.wrongData);
    const data: Uint8Array[] = [];
    for (const entry of this.#parts.cells.read().entries) {
      data.push(tag(0x71, decodeHex(entry.name)));
      if ((entry.kind & 0xf0) === HOTP) data.push(tag(0x77, [entry.digits]));
      else if (entry.properties & TOUCH) data.push(tag(0x7c, [entry.digits]));
      else data.push(code(entry, await respond(entry, challenge), p2));
    }
    return { data: concatBytes(data), status: SW.ok };
  }

  async #setCode(tags: Tagged): Promise<CardAnswer> {
    const { model, cells } = this.#parts;
    const key = tagged(tags, 0x73);
    if (!key || key.length === 0) {
      cells.write([(memory) => ({ ...memory, code: null })]);
      return say(SW.ok);
    }
    const challenge = tagged(tags, 0x74);
    const response = tagged(tags, 0x75);
    if (!challenge || !response || key.length < 2) return say(SW.wrongData);
    if (!same(await mac(1, key.subarray(1), challenge), response)) return say(SW.invalid);
    const code = encodeHex(key.subarray(1));
    cells.write([(memory) => ({ ...memory, code })]);
    this.#open = model.staysOpen;
    return say(SW.ok);
  }

  async #validate(tags: Tagged): Promise<CardAnswer> {
    const { model, cells } = this.#parts;
    const { code } = cells.read();
    const response = tagged(tags, 0x75);
    const challenge = tagged(tags, 0x74);
    if (!response || !challenge) return say(SW.wrongData);
    const own = this.#challenge;
    if (code === null || !own) return say(SW.invalid);
    const key = decodeHex(code);
    if (!same(await mac(1, key, own), response)) return say(model.wrongPassword);
    this.#open = true;
    return { data: tag(0x75, await mac(1, key, challenge)), status: SW.ok };
  }

  #reset(p1: number, p2: number): CardAnswer {
    const { model, cells, random } = this.#parts;
    if (!model.resets) return say(SW.unknownInstruction);
    if (p1 !== 0xde || p2 !== 0xad) return say(SW.wrongParameters);
    const id = encodeHex(random.bytes(8));
    cells.write([
      (memory) => ({ ...memory, entries: [] }),
      (memory) => ({ ...memory, id, code: null }),
    ]);
    this.forget();
    return say(SW.ok);
  }
}

function respond({ kind, key }: OathEntry, challenge: Uint8Array): Promise<Uint8Array> {
  return mac(kind & 0x0f, decodeHex(key), challenge);
}

function code({ digits }: OathEntry, digest: Uint8Array, p2: number): Uint8Array {
  return p2 === 1 ? tag(0x76, [digits, ...truncated(digest)]) : tag(0x75, [digits, ...digest]);
}

function counterBytes(counter: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(4, counter);
  return bytes;
}
