import type { Button } from "../../parts/button.ts";
import type { VirtualReportDevice } from "../../report_device.ts";
import { keyboardDescriptor } from "../../usb/hid/mod.ts";
import { checksum, type SlotOutcome, type Slots } from "./slots.ts";

const FRAME_BYTES = 70;
const PART_BYTES = 7;
const LAST_PART = 9;
const FLAG = { write: 0x80, answer: 0x40, touch: 0x20 } as const;
/** Reports that end whatever was going on. */
const RESETS: readonly number[] = [0xff, 0x8f];

/**
 * The keyboard interface of a key, with the feature reports of eight bytes that its slots are reached
 * through (Yubico/yubikey-personalization@db0c0d6, Yubico/python-yubico@bcdf6c6).
 */
export class SlotsKeyboard implements VirtualReportDevice {
  readonly descriptor: Uint8Array = keyboardDescriptor({ featureBytes: 8 });
  readonly #slots: Slots;
  readonly #button: Button;
  #frame = new Uint8Array(FRAME_BYTES);
  #answer: readonly Uint8Array[] = [];
  #next = 0;
  #busy = 0;
  #turn = 0;

  constructor(slots: Slots, button: Button) {
    this.#slots = slots;
    this.#button = button;
  }

  power(): void {
    this.#reset();
  }

  getFeature(id: number): Uint8Array | undefined {
    if (id !== 0) return undefined;
    if (this.#busy > 0) {
      return withFlags(NONE, this.#button.blinking ? FLAG.touch : FLAG.write);
    }
    if (this.#answer.length === 0) return Uint8Array.of(0, ...this.#slots.status(), 0);
    const number = this.#next;
    const part = this.#answer[number];
    if (!part) return withFlags(NONE, FLAG.answer); // number 0 behind the last part
    this.#next++;
    return withFlags(part, FLAG.answer | number);
  }

  setFeature(report: Uint8Array, id: number): boolean {
    if (id !== 0 || report.length !== PART_BYTES + 1) return false;
    const flags = report[PART_BYTES]!;
    if (RESETS.includes(flags)) {
      this.#reset();
      return true;
    }
    const number = flags & 0x1f;
    if ((flags & FLAG.write) === 0 || number > LAST_PART || this.#busy > 0) return true; // not for it
    if (number === 0) this.#reset();
    this.#frame.set(report.subarray(0, PART_BYTES), number * PART_BYTES);
    if (number === LAST_PART) void this.#run();
    return true;
  }

  #reset(): void {
    this.#frame = new Uint8Array(FRAME_BYTES);
    this.#answer = [];
    this.#next = 0;
    this.#busy = 0;
    this.#turn++;
  }

  async #run(): Promise<void> {
    const frame = this.#frame;
    this.#reset();
    const turn = this.#turn;
    const payload = frame.subarray(0, 64);
    if (checksum(payload) !== (frame[65]! | (frame[66]! << 8))) return; // the status does not move
    this.#busy = 1;
    // A key that breaks down looks as one that did nothing.
    const outcome = await this.#slots.run(frame[64]!, payload)
      .catch((): SlotOutcome => ({ kind: "rejected" }));
    if (turn !== this.#turn) return; // it was reset meanwhile
    this.#busy = 0;
    if (outcome.kind === "data") this.#answer = partsOf(outcome.data);
  }
}

const NONE = new Uint8Array(PART_BYTES);

function withFlags(part: Uint8Array, flags: number): Uint8Array {
  return Uint8Array.of(...part, flags);
}

/** Data and its inverted checksum, in parts of seven bytes. */
function partsOf(data: Uint8Array): readonly Uint8Array[] {
  const crc = ~checksum(data);
  const whole = new Uint8Array(Math.ceil((data.length + 2) / PART_BYTES) * PART_BYTES);
  whole.set([...data, crc & 0xff, (crc >> 8) & 0xff]);
  return Array.from(
    { length: whole.length / PART_BYTES },
    (_, i) => whole.subarray(i * PART_BYTES, (i + 1) * PART_BYTES),
  );
}
