import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import type { TimeSource } from "@otpsmith/core/time";
import type { Cells } from "../../parts/cells.ts";
import { DARK, type DisplayReading, readCode } from "../../parts/display.ts";
import type { VirtualReportDevice } from "../../report_device.ts";
import { rawReportDescriptor } from "../../usb/hid/mod.ts";

/** One slot as it is kept. */
export interface OnlyKeySlot {
  readonly label: string;
  /** Which codes it types: hexadecimal 67 is TOTP. */
  readonly codeType: number;
  /** The seed in hexadecimal; as much as the report had, without the zeros behind it. */
  readonly seed: string;
}

/** All that a simulated OnlyKey keeps. */
export interface OnlyKeyMemory {
  /** Whether its owner has set it up. */
  readonly initialized: boolean;
  /** Whether its PIN was typed on its buttons. */
  readonly unlocked: boolean;
  /** Whether it can be written. */
  readonly configMode: boolean;
  /** By slot number. */
  readonly slots: Readonly<Record<string, OnlyKeySlot>>;
  /** What its clock is ahead of the computer's, in seconds; `null` before it was set. */
  readonly ahead: number | null;
}

/** A token that its owner has made ready to be written. */
export const READY_ONLYKEY: OnlyKeyMemory = {
  initialized: true,
  unlocked: true,
  configMode: true,
  slots: {},
  ahead: null,
};

/** The type of a slot that types codes by the time. */
export const TOTP = 0x67;
const PACKET = 64;
const SLOTS = 12;
const NO_SLOT: OnlyKeySlot = { label: "", codeType: 0, seed: "" };
const FIELDS: Readonly<Record<number, string>> = { 1: "Label", 8: "2FA Type", 9: "TOTP Key" };

/** An OnlyKey, written from its maker's client (trustcrypto/python-onlykey@c983cca) and what it expects. */
export class OnlyKeyFirmware implements VirtualReportDevice {
  readonly descriptor: Uint8Array = rawReportDescriptor({ page: 0xffab, usage: 0x0200 });
  readonly #cells: Cells<OnlyKeyMemory>;
  readonly #time: TimeSource;
  readonly #listeners = new Set<(report: Uint8Array) => void>();

  constructor(cells: Cells<OnlyKeyMemory>, time: TimeSource) {
    this.#cells = cells;
    this.#time = time;
  }

  power(): void {}

  onInput(listener: (report: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  output(report: Uint8Array, id: number): boolean {
    if (id !== 0 || report.length !== PACKET) return false;
    if (!report.subarray(0, 4).every((byte) => byte === 0xff)) return true; // for others
    const [message = 0, ...rest] = report.subarray(4);
    const payload = Uint8Array.from(rest);
    const byMessage: Readonly<Record<number, () => void>> = {
      0xe4: () => this.#setTime(payload),
      0xe5: () => this.#labels(),
      0xe6: () => this.#setSlot(payload),
      0xe7: () => this.#wipe(payload[0]!),
    };
    byMessage[message]?.();
    return true;
  }

  /** What it types when the button of a slot is pressed, in a field that a person has opened. */
  typed(now: number, slot = 1): DisplayReading {
    const { unlocked, slots, ahead } = this.#cells.read();
    const { codeType = 0, seed = "" } = slots[slot] ?? {};
    if (!unlocked || codeType !== TOTP || seed === "" || ahead === null) return DARK;
    const code = { algorithm: 1, period: 30, digits: 6, seed: Secret.take(decodeHex(seed)) };
    return readCode(code, Math.floor(now / 1000) + ahead);
  }

  #refusal(writes: boolean): string | undefined {
    const { initialized, unlocked, configMode } = this.#cells.read();
    if (!initialized) return "No PIN set, You must set a PIN first";
    if (!unlocked) return "Error device locked";
    return writes && !configMode
      ? "Error not in config mode, hold button 6 down for 5 sec"
      : undefined;
  }

  #setTime(payload: Uint8Array): void {
    const { initialized, unlocked } = this.#cells.read();
    if (!initialized) return this.#say("UNINITIALIZED");
    if (!unlocked) return this.#say("INITIALIZED");
    const seconds = new DataView(payload.buffer).getUint32(0);
    const ahead = seconds - Math.floor(this.#time.now() / 1000);
    this.#cells.write([(memory) => ({ ...memory, ahead })]);
    this.#say("UNLOCKEDv2.1.0-prodc");
  }

  #labels(): void {
    const refused = this.#refusal(false);
    if (refused) return this.#say(refused);
    const { slots } = this.#cells.read();
    for (let slot = 1; slot <= SLOTS; slot++) {
      const number = slot >= 10 ? slot + 6 : slot;
      this.#say(`${String.fromCharCode(number)}|${slots[slot]?.label ?? ""}`);
    }
  }

  #setSlot([slot = 0, field = 0, ...value]: Uint8Array): void {
    const refused = this.#refusal(true);
    if (refused) return this.#say(refused);
    if (slot < 1 || slot > SLOTS || !(field in FIELDS)) return this.#say("Error invalid slot");
    const bytes = withoutZeros(Uint8Array.from(value));
    const change: Partial<OnlyKeySlot> = field === 1
      ? { label: new TextDecoder().decode(bytes.subarray(0, 16)) }
      : field === 8
      ? { codeType: bytes[0] ?? 0 }
      : { seed: encodeHex(bytes) };
    this.#cells.write([(memory) => ({
      ...memory,
      slots: { ...memory.slots, [slot]: { ...NO_SLOT, ...memory.slots[slot], ...change } },
    })]);
    this.#say(`Successfully set ${FIELDS[field]}`);
  }

  #wipe(slot: number): void {
    const refused = this.#refusal(true);
    if (refused) return this.#say(refused);
    this.#cells.write([(memory) => {
      const { [slot]: _, ...slots } = memory.slots;
      return { ...memory, slots };
    }]);
    this.#say("Successfully wiped Slot");
  }

  #say(text: string): void {
    const packet = new Uint8Array(PACKET);
    packet.set(new TextEncoder().encode(text).subarray(0, PACKET));
    for (const listener of [...this.#listeners]) listener(packet);
  }
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}
