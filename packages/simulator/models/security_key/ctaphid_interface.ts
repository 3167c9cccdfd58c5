import type { Button } from "../../parts/button.ts";
import type { VirtualReportDevice } from "../../report_device.ts";
import { rawReportDescriptor } from "../../usb/hid/mod.ts";

/** Bytes of a report. */
export const PACKET = 64;
const BROADCAST = 0xffff_ffff;
const COMMAND = { ping: 0x01, init: 0x06, cancel: 0x11, keepalive: 0x3b, error: 0x3f };
const FAILURE = { command: 0x01, length: 0x03, sequence: 0x04, busy: 0x06, channel: 0x0b };
const MOST_BYTES = 7609;
const NEEDS_TOUCH = Uint8Array.of(0x02);

/** A message that is coming in. */
interface Incoming {
  readonly channel: number;
  readonly command: number;
  readonly data: Uint8Array;
  filled: number;
  sequence: number;
}

/** What {@linkcode CtaphidInterface} is made of. */
export interface CtaphidInterfaceParts {
  readonly button: Button;
  /** Version of the device, three bytes, and what it can do, as INIT tells it. */
  readonly about: readonly [number, number, number, number];
  /** Bytes of a feature report that it has besides. */
  readonly featureBytes?: number | undefined;
}

/** The FIDO interface of a key, with commands of its maker's (CTAP 2.1, section 11.2). */
export abstract class CtaphidInterface implements VirtualReportDevice {
  readonly descriptor: Uint8Array;
  readonly #button: Button;
  readonly #about: readonly number[];
  readonly #listeners = new Set<(report: Uint8Array) => void>();
  #incoming: Incoming | undefined;
  #channels = 0;
  #busy = false;
  #turn = 0;

  constructor({ button, about, featureBytes }: CtaphidInterfaceParts) {
    this.descriptor = rawReportDescriptor({ page: 0xf1d0, usage: 0x01, featureBytes });
    this.#button = button;
    this.#about = about;
  }

  /** What a command of the maker's is answered with; `undefined` where there is no such command. */
  abstract answer(
    command: number,
    data: Uint8Array,
  ): Promise<Uint8Array> | undefined;

  power(): void {
    this.#incoming = undefined;
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

  /** Sends an input report. */
  tell(report: Uint8Array): void {
    for (const listener of [...this.#listeners]) listener(report);
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
    const turn = this.#turn;
    const stop = this.#button.onBlink(() => this.#send(channel, COMMAND.keepalive, NEEDS_TOUCH));
    const answering = this.answer(command, data);
    if (!answering) {
      stop();
      return this.#fail(channel, FAILURE.command);
    }
    this.#busy = true;
    void answering.finally(stop).then((answer) => {
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
    this.#send(channel, COMMAND.init, Uint8Array.of(...nonce, ...given, 2, ...this.#about));
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
      this.tell(packet);
    }
  }
}
