import { concatBytes } from "@otpsmith/core/bytes";
import type { Button } from "../../parts/button.ts";
import type { VirtualReportDevice } from "../../report_device.ts";
import { rawReportDescriptor } from "../../usb/hid/mod.ts";
import { type CardAnswer, type CardCommand, readCommand, say } from "./_apdu.ts";
import type { Applet } from "./applet.ts";

const PACKET = 64;
const BROADCAST = 0xffff_ffff;
const COMMAND = {
  ping: 0x01,
  init: 0x06,
  cancel: 0x11,
  keepalive: 0x3b,
  error: 0x3f,
  secrets: 0x70,
};
const FAILURE = { command: 0x01, length: 0x03, sequence: 0x04, busy: 0x06, channel: 0x0b };
const MOST_BYTES = 7609;
/** Longest part of an answer. */
const PART_BYTES = 3000;
const NEEDS_TOUCH = Uint8Array.of(0x02);

/** A message that is coming in. */
interface Incoming {
  readonly channel: number;
  readonly command: number;
  readonly data: Uint8Array;
  filled: number;
  sequence: number;
}

/**
 * The FIDO interface of a Nitrokey 3 with its vendor command 70: CTAPHID packets that carry ISO 7816
 * commands; answers begin with their status word (Nitrokey/trussed-secrets-app@e72e804, docs/ctaphid.md).
 */
export class SecretsFido implements VirtualReportDevice {
  readonly descriptor: Uint8Array = rawReportDescriptor({ page: 0xf1d0, usage: 0x01 });
  readonly #applet: Applet;
  readonly #button: Button;
  readonly #listeners = new Set<(report: Uint8Array) => void>();
  #incoming: Incoming | undefined;
  #waiting: Uint8Array = new Uint8Array(0);
  #channels = 0;
  #busy = false;
  #turn = 0;

  constructor(applet: Applet, button: Button) {
    this.#applet = applet;
    this.#button = button;
  }

  power(): void {
    this.#applet.forget();
    this.#incoming = undefined;
    this.#waiting = new Uint8Array(0);
    this.#channels = 0;
    this.#busy = false;
    this.#turn++;
  }

  onInput(listener: (report: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  output(report: Uint8Array, id: number): boolean {
    if (id !== 0 || report.length !== PACKET) return false;
    const view = new DataView(Uint8Array.from(report).buffer);
    const channel = view.getUint32(0);
    if (report[4]! >= 0x80) this.#begin(channel, report, view.getUint16(5));
    else this.#goOn(channel, report);
    return true;
  }

  #begin(channel: number, report: Uint8Array, length: number): void {
    const command = report[4]! & 0x7f;
    const open = channel !== 0 && channel <= this.#channels;
    if (!open && !(channel === BROADCAST && command === COMMAND.init)) {
      return this.#fail(channel, FAILURE.channel);
    }
    if (this.#busy) return this.#fail(channel, FAILURE.busy);
    if (length > MOST_BYTES) return this.#fail(channel, FAILURE.length);
    const data = new Uint8Array(length);
    this.#incoming = { channel, command, data, filled: 0, sequence: 0 };
    this.#take(this.#incoming, report.subarray(7));
  }

  #goOn(channel: number, report: Uint8Array): void {
    const incoming = this.#incoming;
    if (incoming?.channel !== channel) return; // strays are passed over
    if (report[4] === incoming.sequence++) return this.#take(incoming, report.subarray(5));
    this.#incoming = undefined;
    this.#fail(channel, FAILURE.sequence);
  }

  #take(incoming: Incoming, bytes: Uint8Array): void {
    const part = bytes.subarray(0, incoming.data.length - incoming.filled);
    incoming.data.set(part, incoming.filled);
    incoming.filled += part.length;
    if (incoming.filled < incoming.data.length) return;
    this.#incoming = undefined;
    this.#run(incoming);
  }

  #run({ channel, command, data }: Incoming): void {
    if (command === COMMAND.init) return this.#init(channel, data);
    if (command === COMMAND.ping) return this.#send(channel, command, data);
    if (command === COMMAND.cancel) return;
    if (command !== COMMAND.secrets) return this.#fail(channel, FAILURE.command);
    this.#busy = true;
    const turn = this.#turn;
    void this.#answer(channel, data).then((answer) => {
      if (turn !== this.#turn) return; // it was pulled out meanwhile
      this.#busy = false;
      this.#send(channel, command, answer);
    }, () => undefined); // it lost power: nothing is said any more
  }

  #init(channel: number, nonce: Uint8Array): void {
    if (nonce.length !== 8) return this.#fail(channel, FAILURE.length);
    const given = new Uint8Array(4);
    const own = channel === BROADCAST ? ++this.#channels : channel;
    new DataView(given.buffer).setUint32(0, own);
    this.#send(channel, COMMAND.init, Uint8Array.of(...nonce, ...given, 2, 4, 13, 0, 0x04));
  }

  /** Runs the command of a message; status word first. */
  async #answer(channel: number, message: Uint8Array): Promise<Uint8Array> {
    const command = readCommand(message);
    if (typeof command === "number") return word(command);
    if (command.ins === 0xa5) return this.#part();
    const stop = this.#button.onBlink(() => this.#send(channel, COMMAND.keepalive, NEEDS_TOUCH));
    try {
      const { data = new Uint8Array(0), status } = await this.#dispatch(command);
      if (status !== 0x9000) return concatBytes([word(status), data]);
      this.#waiting = data;
      return this.#part();
    } finally {
      stop();
    }
  }

  #dispatch(command: CardCommand): CardAnswer | Promise<CardAnswer> {
    const { aid } = this.#applet;
    const { ins, p1, data } = command;
    if (ins !== 0xa4 || p1 !== 0x04) return this.#applet.process(command);
    const own = data.length > 0 && data.every((byte, i) => byte === aid[i]);
    return own ? this.#applet.select() : say(0x6a82);
  }

  #part(): Uint8Array {
    const part = this.#waiting.subarray(0, PART_BYTES);
    this.#waiting = this.#waiting.subarray(PART_BYTES);
    return concatBytes([word(this.#waiting.length > 0 ? 0x61ff : 0x9000), part]);
  }

  #fail(channel: number, code: number): void {
    this.#send(channel, COMMAND.error, Uint8Array.of(code));
  }

  #send(channel: number, command: number, data: Uint8Array): void {
    let at = 0;
    for (let sequence = -1; sequence === -1 || at < data.length; sequence++) {
      const packet = new Uint8Array(PACKET);
      const view = new DataView(packet.buffer);
      view.setUint32(0, channel);
      const from = sequence === -1 ? 7 : 5;
      packet[4] = sequence === -1 ? command | 0x80 : sequence;
      if (sequence === -1) view.setUint16(5, data.length);
      const part = data.subarray(at, at + PACKET - from);
      packet.set(part, from);
      at += part.length;
      for (const listener of [...this.#listeners]) listener(packet);
    }
  }
}

function word(status: number): Uint8Array {
  return Uint8Array.of(status >> 8, status & 0xff);
}
