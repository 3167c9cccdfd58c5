import { concatBytes } from "@otpsmith/core/bytes";
import type { VirtualCard } from "../card.ts";
import {
  CHIP_ACK,
  CHIP_NACK,
  chipFrame,
  type HostFrame,
  HostFrameReader,
  SYNTAX_ERROR,
} from "./pn532_frames.ts";

/**
 * Something that goes wrong once, or `times` times, between host and chip.
 *
 * - `noise`: bytes that mean nothing stand before the ACK, and before the answer.
 * - `nack`: the chip asks for the frame again and does nothing. `deaf`: it does nothing at all.
 * - `lost-ack`: the command is carried out, but its ACK does not arrive.
 * - `hang`: the command is acknowledged and never answered.
 * - `checksum`: the answer arrives damaged; `cut`: only its first half arrives. A NACK brings it whole.
 * - `status`: the command is not carried out, its answer is this status byte.
 * - `unplug`: the command is carried out, half of the answer arrives, and the module is pulled out.
 */
export type Pn532Fault =
  & {
    /** Strikes this command only, such as 0x40. */
    readonly on?: number | undefined;
    /** How many commands it strikes; 1 unless given. */
    readonly times?: number | undefined;
  }
  & (
    | {
      readonly kind:
        | "nack"
        | "deaf"
        | "lost-ack"
        | "hang"
        | "checksum"
        | "cut"
        | "unplug";
    }
    | { readonly kind: "noise"; readonly bytes?: Uint8Array | undefined }
    | { readonly kind: "status"; readonly status: number }
  );

/** What a virtual chip is made of. */
export interface VirtualPn532Options {
  /** What lies on its antenna. */
  readonly card: VirtualCard;
  /** Sends bytes to the host. */
  readonly write: (bytes: Uint8Array) => void;
  /** The module is pulled out. */
  readonly unplug: () => void;
  /** What it says to GetFirmwareVersion: 32 01 06 07 unless given. */
  readonly firmware?: readonly number[] | undefined;
}

/** The most that InDataExchange takes and gives at once (NXP UM0701-02, section 7.3.8). */
const PART = 262;
const MORE = 0x40;
const TIMEOUT = 0x01;
const WRONG_CONTEXT = 0x27;
const NOISE = Uint8Array.of(0x55, 0x00, 0xff, 0x12, 0x34, 0x00, 0x00, 0xff, 0x03, 0xfd, 0x00);

type Command = (content: Uint8Array) => Promise<Uint8Array | undefined> | Uint8Array | undefined;

/** A PN532 of software, as it behaves on its serial line, with a card on its antenna. */
export class VirtualPn532 {
  readonly #options: VirtualPn532Options;
  readonly #reader = new HostFrameReader();
  readonly #faults: { fault: Pn532Fault; left: number }[] = [];
  #power: "asleep" | "low battery" | "awake" = "asleep";
  #field = false;
  #target: "none" | "active" | "torn" = "none";
  #endlessSearch = true;
  #sendsRats = true;
  #command: Uint8Array[] = [];
  #answer: Uint8Array = new Uint8Array();
  #said: Uint8Array | undefined;
  /** Counts what was begun: the answer to something that was broken off is not sent. */
  #turn = 0;
  readonly #forget: () => void;

  /** Makes one that was just powered. */
  constructor(options: VirtualPn532Options) {
    this.#options = options;
    this.#forget = options.card.onPresence((present) => {
      if (!present && this.#target === "active") this.#target = "torn";
    });
  }

  /** Lets something go wrong. */
  strike(fault: Pn532Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  /** The power goes: everything is forgotten, and the card has no field. */
  reset(): void {
    this.#turn++;
    this.#power = "asleep";
    this.#setField(false);
    this.#endlessSearch = this.#sendsRats = true;
    this.#said = undefined;
  }

  /** Takes it away for good. */
  stop(): void {
    this.reset();
    this.#forget();
  }

  /** Takes what a host sends. */
  receive(bytes: Uint8Array): void {
    if (this.#power === "asleep" && bytes.includes(0x55)) this.#power = "low battery";
    for (const frame of this.#reader.push(bytes)) {
      if (this.#power !== "asleep") void this.#react(frame);
    }
  }

  async #react(frame: HostFrame): Promise<void> {
    if (frame.kind === "ack") this.#turn++;
    if (frame.kind === "nack" && this.#said) this.#send(this.#said);
    if (frame.kind !== "command") return;
    const { code, content } = frame;
    // After power-on nothing but SAMConfiguration is heard (NXP AN10609).
    if (this.#power === "low battery" && code !== 0x14) return;
    this.#power = "awake";
    const turn = ++this.#turn;
    const fault = this.#strikes(code);
    if (fault?.kind === "deaf") return;
    if (fault?.kind === "nack") return this.#send(CHIP_NACK);
    const noise = fault?.kind === "noise" ? fault.bytes ?? NOISE : [];
    if (fault?.kind !== "lost-ack") this.#send([...noise, ...CHIP_ACK]);
    const answer = fault?.kind === "status"
      ? Uint8Array.of(fault.status)
      : await this.#commands[code]?.(content);
    content.fill(0);
    if (turn !== this.#turn || fault?.kind === "hang") return;
    if (!answer) return this.#send(SYNTAX_ERROR);
    const whole = this.#said = chipFrame(code, answer);
    const half = whole.subarray(0, whole.length >> 1);
    if (fault?.kind === "cut") return this.#send(half);
    if (fault?.kind === "unplug") {
      this.#send(half);
      return this.#options.unplug();
    }
    const spoilt = whole.slice();
    if (fault?.kind === "checksum") spoilt[spoilt.length - 2]! ^= 0x01;
    this.#send([...noise, ...spoilt]);
  }

  readonly #commands: Readonly<Record<number, Command>> = {
    0x02: () => Uint8Array.from(this.#options.firmware ?? [0x32, 0x01, 0x06, 0x07]),
    0x12: ([flags = 0]) => {
      this.#sendsRats = (flags & 0x10) !== 0;
      return new Uint8Array();
    },
    0x14: ([mode = 0]) => mode >= 1 && mode <= 4 ? new Uint8Array() : undefined,
    0x32: ([item, first, , third]) => {
      if (item === 0x01) this.#setField((first! & 1) === 1);
      if (item === 0x05) this.#endlessSearch = third === 0xff;
      return new Uint8Array();
    },
    0x40: (content) => this.#exchange(content),
    0x44: () => this.#release(),
    0x4a: ([, modulation]) => modulation === 0 ? this.#search() : undefined,
    0x52: () => this.#release(),
  };

  async #search(): Promise<Uint8Array> {
    this.#setField(true);
    const { card } = this.#options;
    if (!card.present && this.#endlessSearch) {
      await new Promise<void>((resolve) => {
        const forget = card.onPresence(() => {
          forget();
          resolve();
        });
      });
    }
    if (!card.present) return Uint8Array.of(0);
    this.#target = "active";
    this.#command = [];
    card.power("on");
    const uid = [0x08, 0x01, 0x02, 0x03]; // the first byte says that it is random
    const ats = this.#sendsRats ? atsOf(card.atr) : [];
    return Uint8Array.of(1, 1, 0x00, 0x04, 0x20, uid.length, ...uid, ...ats);
  }

  async #exchange(content: Uint8Array): Promise<Uint8Array> {
    const [target = 0] = content;
    const part = content.slice(1);
    if (this.#target === "none" || (target & 0x3f) !== 1) return Uint8Array.of(WRONG_CONTEXT);
    if (part.length === 0 && this.#answer.length > 0) return this.#nextPart();
    this.#command.push(part);
    if (target & MORE) return Uint8Array.of(0);
    const parts = this.#command.splice(0);
    const command = concatBytes(parts);
    for (const part of parts) part.fill(0);
    this.#answer = new Uint8Array();
    if (this.#target === "torn") return Uint8Array.of(TIMEOUT);
    const answer = await this.#options.card.process(command).catch(() => undefined);
    command.fill(0);
    if (!answer) return Uint8Array.of(TIMEOUT);
    this.#answer = answer;
    return this.#nextPart();
  }

  #nextPart(): Uint8Array {
    const part = this.#answer.subarray(0, PART);
    this.#answer = this.#answer.subarray(PART);
    return Uint8Array.of(this.#answer.length > 0 ? MORE : 0, ...part);
  }

  #release(): Uint8Array {
    this.#target = "none";
    return Uint8Array.of(0);
  }

  #setField(on: boolean): void {
    if (this.#field && !on) this.#options.card.power("off");
    this.#field = on;
    if (!on) this.#target = "none";
  }

  #strikes(code: number): Pn532Fault | undefined {
    const index = this.#faults.findIndex(({ fault }) => (fault.on ?? code) === code);
    const found = this.#faults[index];
    if (found && --found.left === 0) this.#faults.splice(index, 1);
    return found?.fault;
  }

  #send(bytes: Iterable<number>): void {
    this.#options.write(Uint8Array.from(bytes));
  }
}

/** An answer to select with the historical bytes of an ATR that a reader made up. */
function atsOf(atr: Uint8Array): number[] {
  const historical = atr.subarray(4, 4 + (atr[1]! & 0x0f));
  return [5 + historical.length, 0x78, 0x80, 0x70, 0x02, ...historical];
}
