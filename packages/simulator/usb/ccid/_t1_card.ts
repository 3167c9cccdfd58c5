import { concatBytes } from "@otpsmith/core/bytes";
import type { VirtualCard } from "../../card.ts";
import { protocolsOf } from "./atr.ts";
import { decodeT1, encodeT1, type T1Block, type T1Check } from "./t1_block.ts";

/** Protocol control bytes (ISO/IEC 7816-3, section 11.3.2.2). */
const MORE = 0x20;
const R_BLOCK = 0x80;
const S_BLOCK = 0xc0;
const ANSWERED = 0x20;
const RESYNCH = 0xc0;
const IFS = 0xc1;
const ABORT = 0xc2;
const WTX = 0xc3;
const EDC_ERROR = 1;
const OTHER_ERROR = 2;

/** The card's side of T=1, in front of a virtual card: blocks in, blocks out. */
export class T1Card {
  readonly #card: VirtualCard;
  readonly #check: T1Check;
  readonly #ifsc: number;
  readonly #extensions: number;
  #ifsd = 32;
  /** Number of the next I-block that comes, and of the next one that goes. */
  #expected = 0;
  #number = 0;
  #command: Uint8Array[] = [];
  #answer: Uint8Array = new Uint8Array();
  /** The last part of the answer that was sent. */
  #sent: T1Block | undefined;
  #said: T1Block = { nad: 0, pcb: R_BLOCK, data: new Uint8Array() };
  #extensionsLeft = 0;
  #pending: Uint8Array | undefined;

  /** `extensions`: how often it asks for more time before it answers a command. */
  constructor(card: VirtualCard, options: { readonly extensions: number }) {
    const { ifsc, crc } = protocolsOf(card.atr);
    this.#card = card;
    this.#check = crc ? "crc" : "lrc";
    this.#ifsc = ifsc;
    this.#extensions = options.extensions;
  }

  /** Answers one block. Rejects when the card does not answer. */
  async exchange(bytes: Uint8Array): Promise<Uint8Array> {
    const block = decodeT1(bytes, this.#check);
    const said = typeof block === "string"
      ? this.#ready(block === "damaged" ? EDC_ERROR : OTHER_ERROR)
      : await this.#react(block);
    this.#said = said;
    return encodeT1(said, this.#check);
  }

  async #react({ nad, pcb, data }: T1Block): Promise<T1Block> {
    if (nad !== 0 || data.length > this.#ifsc) return this.#ready(OTHER_ERROR);
    if ((pcb & S_BLOCK) === S_BLOCK) return await this.#supervise(pcb, data);
    if ((pcb & R_BLOCK) === R_BLOCK) return this.#acknowledged(pcb >> 4 & 1);
    if ((pcb >> 6 & 1) !== this.#expected) return this.#ready(OTHER_ERROR);
    this.#expected ^= 1;
    this.#sent = undefined;
    this.#command.push(data);
    if (pcb & MORE) return this.#ready(0);
    this.#pending = concatBytes(this.#command);
    for (const part of this.#command.splice(0)) part.fill(0);
    this.#extensionsLeft = this.#extensions;
    return await this.#work();
  }

  async #supervise(pcb: number, data: Uint8Array): Promise<T1Block> {
    if (pcb === (WTX | ANSWERED) && this.#pending) return await this.#work();
    if (pcb & ANSWERED) return this.#ready(OTHER_ERROR);
    if (pcb === RESYNCH) {
      this.#expected = this.#number = 0;
      this.#command = [];
      this.#sent = undefined;
      this.#ifsd = 32;
    }
    if (pcb === IFS) {
      if (data.length !== 1 || data[0] === 0 || data[0] === 0xff) return this.#ready(OTHER_ERROR);
      this.#ifsd = data[0]!;
    }
    if (pcb === ABORT) this.#command = [];
    if (pcb !== RESYNCH && pcb !== IFS && pcb !== ABORT) return this.#ready(OTHER_ERROR);
    return { nad: 0, pcb: pcb | ANSWERED, data };
  }

  /** An R-block: the number that the host waits for. It acknowledges a part, or asks for one again. */
  #acknowledged(number: number): T1Block {
    if (!this.#sent) return this.#said;
    if (number !== this.#number) return this.#sent;
    return this.#sent.pcb & MORE ? this.#nextPart() : this.#said;
  }

  async #work(): Promise<T1Block> {
    if (this.#extensionsLeft > 0) {
      this.#extensionsLeft--;
      return { nad: 0, pcb: WTX, data: Uint8Array.of(1) };
    }
    const command = this.#pending!;
    this.#pending = undefined;
    try {
      this.#answer = await this.#card.process(command);
    } finally {
      command.fill(0);
    }
    return this.#nextPart();
  }

  #nextPart(): T1Block {
    const data = this.#answer.subarray(0, this.#ifsd);
    this.#answer = this.#answer.subarray(data.length);
    const pcb = this.#number << 6 | (this.#answer.length > 0 ? MORE : 0);
    this.#number ^= 1;
    return this.#sent = { nad: 0, pcb, data };
  }

  /** "Send the next one", or with an error "send that again". */
  #ready(error: number): T1Block {
    return { nad: 0, pcb: R_BLOCK | this.#expected << 4 | error, data: new Uint8Array() };
  }
}
