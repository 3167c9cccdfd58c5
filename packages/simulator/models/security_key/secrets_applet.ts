import { concatBytes, decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { type CardAnswer, type CardCommand, say, SW } from "./apdu.ts";
import { mac, same } from "./_mac.ts";
import { parseTags, tag, tagged } from "./_tags.ts";
import type { KeyMemory } from "./memory.ts";
import { OathApplet, type OathAppletParts } from "./oath_applet.ts";

/** How often a wrong PIN is taken. */
export const PIN_TRIES = 8;
const TOUCH_MS = 15_000;
/** Property of an entry that is protected by the PIN. */
const PIN_PROTECTED = 0x04;
/** What the application does not have of the published protocol. */
const LEFT_OUT: readonly number[] = [0x03, 0x05, 0xa3, 0xa4];

/** The Secrets application of a Nitrokey 3 (Nitrokey/trussed-secrets-app@e72e804): OATH with a PIN. */
export class SecretsApplet extends OathApplet {
  readonly #parts: OathAppletParts;
  #verified = false;

  constructor(parts: OathAppletParts) {
    super(parts);
    this.#parts = parts;
  }

  override forget(): void {
    super.forget();
    this.#verified = false;
  }

  override select(): CardAnswer {
    const { model, cells } = this.#parts;
    const { pin, pinTries } = cells.read();
    this.forget();
    const data = concatBytes([
      tag(0x79, model.version),
      ...(pin === null ? [] : [tag(0x82, [pinTries])]),
      tag(0x8f, this.#serial()),
    ]);
    return { data, status: SW.ok };
  }

  override async process(command: CardCommand): Promise<CardAnswer> {
    const { ins, p1 } = command;
    if (LEFT_OUT.includes(ins)) return say(SW.unknownInstruction);
    if (ins === 0x01 && p1 === 0x10) return { data: this.#serial(), status: SW.ok };
    if (ins === 0x01 && (p1 === 0x30 || p1 === 0x38)) return await this.#hmac(command);
    if (ins === 0xb2 || ins === 0xb3 || ins === 0xb4) return this.#pin(command);
    if (!this.#verified && this.#isProtected(command)) return say(SW.securityNotSatisfied);
    if (ins === 0x04 && !await this.#parts.button.pressed(TOUCH_MS)) {
      return say(SW.securityNotSatisfied);
    }
    const answer = await super.process(command);
    if (answer.status === SW.ok && ins === 0x04) this.#write({ pin: null, pinTries: PIN_TRIES });
    // No such object, and a touch that did not come, have other words here.
    if (answer.status === SW.invalid) return say(SW.notFound);
    if (answer.status === SW.conditions && ins === 0xa2) return say(SW.securityNotSatisfied);
    return answer;
  }

  #serial(): Uint8Array {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, Number(this.#parts.cells.image.serial));
    return bytes;
  }

  #isProtected({ ins, data }: CardCommand): boolean {
    if (ins !== 0x02 && ins !== 0xa2) return false;
    const name = encodeHex(tagged(parseTags(data) ?? [], 0x71) ?? new Uint8Array());
    const entry = this.#parts.cells.read().entries.find((one) => one.name === name);
    return ((entry?.properties ?? 0) & PIN_PROTECTED) !== 0;
  }

  async #hmac({ p1, data }: CardCommand): Promise<CardAnswer> {
    const name = encodeHex(new TextEncoder().encode(`HmacSlot${p1 === 0x30 ? 1 : 2}`));
    const entry = this.#parts.cells.read().entries.find((one) => one.name === name);
    if (!entry) return say(SW.notFound);
    return { data: await mac(1, decodeHex(entry.key), data), status: SW.ok };
  }

  #write(changes: Partial<KeyMemory>): void {
    this.#parts.cells.write([(memory) => ({ ...memory, ...changes })]);
  }

  #pin({ ins, data }: CardCommand): CardAnswer {
    const tags = parseTags(data) ?? [];
    const given = tagged(tags, 0x80);
    const next = tagged(tags, 0x81);
    const { pin, pinTries } = this.#parts.cells.read();
    if (!given?.length || (ins === 0xb3 && !next?.length)) return say(SW.wrongData);
    if (ins === 0xb4) {
      if (pin !== null) return say(SW.conditions);
      this.#write({ pin: encodeHex(given), pinTries: PIN_TRIES });
      return say(SW.ok);
    }
    if (pin === null) return say(SW.notFound);
    if (pinTries === 0) return say(SW.blocked);
    this.#verified = same(decodeHex(pin), given);
    if (!this.#verified) {
      this.#write({ pinTries: pinTries - 1 });
      return say(0x6300);
    }
    this.#write({ pinTries: PIN_TRIES, ...(ins === 0xb3 && next ? { pin: encodeHex(next) } : {}) });
    return say(SW.ok);
  }
}
