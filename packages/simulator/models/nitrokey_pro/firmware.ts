import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { Secret as OtpAuthSecret, TOTP } from "otpauth";
import type { TimeSource } from "@otpsmith/core/time";
import type { Cells } from "../../parts/cells.ts";
import type { VirtualReportDevice } from "../../report_device.ts";
import { keyboardDescriptor } from "../../usb/hid/mod.ts";

/** One slot as it is kept. */
export interface NitrokeySlot {
  readonly name: string;
  /** The seed in hexadecimal, without the zeros behind it. */
  readonly seed: string;
  /** Time step, or count. */
  readonly interval: number;
  readonly flags: number;
}

/** All that a simulated Nitrokey Pro keeps. */
export interface NitrokeyMemory {
  readonly pin: string;
  readonly tries: number;
  /** By slot number, in hexadecimal: 20 to 2E, 10 to 12. */
  readonly slots: Readonly<Record<string, NitrokeySlot>>;
  /** What its clock is ahead of the computer's, in seconds; `null` before it was set. */
  readonly ahead: number | null;
}

const STATUS = {
  ok: 0,
  crc: 1,
  slot: 2,
  empty: 3,
  password: 4,
  unauthorised: 5,
  timestamp: 6,
  name: 7,
  unknown: 9,
};
const PASSWORD = 25;
/** How many wrong PINs it takes. */
export const TRIES = 3;
/** A clock that was never set, or is set back, is suspicious. */
const NEVER_SET = 6;

interface Answer {
  readonly status: number;
  readonly data?: Uint8Array;
}

/** A Nitrokey Pro from firmware 0.8, written from the maker's library (Nitrokey/libnitrokey@8349374). */
export class NitrokeyProFirmware implements VirtualReportDevice {
  readonly descriptor: Uint8Array = keyboardDescriptor({ featureBytes: 64 });
  readonly #cells: Cells<NitrokeyMemory>;
  readonly #time: TimeSource;
  /** How often the host reads "busy" before it gets an answer. */
  readonly #busyReads: number;
  #report: Uint8Array = new Uint8Array(64);
  #busy = 0;
  #temporary: Uint8Array | undefined;
  #name: Uint8Array = new Uint8Array(15);
  #seed: Uint8Array = new Uint8Array(60);

  constructor(cells: Cells<NitrokeyMemory>, time: TimeSource, busyReads = 1) {
    this.#cells = cells;
    this.#time = time;
    this.#busyReads = busyReads;
  }

  power(): void {
    this.#temporary = undefined;
    this.#name = new Uint8Array(15);
    this.#seed = new Uint8Array(60);
    this.#report = new Uint8Array(64);
    this.#busy = 0;
  }

  getFeature(id: number): Uint8Array | undefined {
    if (id !== 0) return undefined;
    if (this.#busy === 0) return this.#report.slice();
    this.#busy--;
    return seal(Uint8Array.of(1), this.#report.subarray(2, 6), this.#report[1]!);
  }

  setFeature(report: Uint8Array, id: number): boolean {
    if (id !== 0 || report.length !== 64) return false;
    const crc = report.slice(60);
    const right = encodeHex(crc) === encodeHex(checksum(report.subarray(0, 60)));
    const { status, data = new Uint8Array(0) } = right
      ? this.#run(report[0]!, report.slice(1, 60))
      : { status: STATUS.crc };
    this.#report = seal(Uint8Array.of(0), crc, report[0]!, Uint8Array.of(status, ...data));
    this.#busy = this.#busyReads;
    return true;
  }

  #run(command: number, payload: Uint8Array): Answer {
    const byCommand: Readonly<Record<number, (payload: Uint8Array) => Answer>> = {
      0x00: () => ({ status: STATUS.ok, data: this.#status() }),
      0x01: (bytes) => this.#guarded(bytes, () => this.#write(bytes.subarray(PASSWORD))),
      0x02: ([slot = 0]) => this.#readName(slot),
      0x04: (bytes) => this.#code(bytes[0]!),
      0x06: (bytes) => this.#guarded(bytes.subarray(1), () => this.#erase(bytes[0]!)),
      0x07: (bytes) => this.#authenticate(bytes),
      0x09: () => ({ status: STATUS.ok, data: Uint8Array.of(this.#cells.read().tries) }),
      0x0b: (bytes) => this.#setTime(bytes),
      0x17: (bytes) => this.#guarded(bytes, () => this.#take(bytes.subarray(PASSWORD))),
    };
    return byCommand[command]?.(payload) ?? { status: STATUS.unknown };
  }

  #status(): Uint8Array {
    const data = new Uint8Array(11);
    data.set([8, 0]);
    new DataView(data.buffer).setUint32(2, Number(this.#cells.image.serial), true);
    return data;
  }

  #guarded(given: Uint8Array, run: () => Answer): Answer {
    const known = this.#temporary;
    if (!known?.every((byte, i) => byte === given[i])) return { status: STATUS.unauthorised };
    return run();
  }

  #authenticate(bytes: Uint8Array): Answer {
    const { pin, tries } = this.#cells.read();
    const given = encodeHex(withoutZeros(bytes.subarray(0, PASSWORD)));
    const right = tries > 0 && given === pin;
    const left = right ? TRIES : Math.max(0, tries - 1);
    this.#cells.write([(memory) => ({ ...memory, tries: left })]);
    if (!right) return { status: STATUS.password };
    this.#temporary = bytes.slice(PASSWORD, 2 * PASSWORD);
    return { status: STATUS.ok };
  }

  #take([kind = 0, part = 0, ...data]: Uint8Array): Answer {
    const bytes = Uint8Array.from(data).subarray(0, 30);
    if (kind === 0x4e) this.#name = bytes.slice(0, 15);
    else if (kind === 0x53 && part < 2) this.#seed.set(bytes, part * 30);
    else return { status: STATUS.slot };
    return { status: STATUS.ok };
  }

  #write(bytes: Uint8Array): Answer {
    const slot = bytes[0]!;
    if (!isSlot(slot)) return { status: STATUS.slot };
    const name = new TextDecoder().decode(withoutZeros(this.#name));
    if (name === "") return { status: STATUS.name };
    const view = new DataView(Uint8Array.from(bytes).buffer);
    const entry: NitrokeySlot = {
      name,
      seed: encodeHex(withoutZeros(this.#seed.subarray(0, 40))),
      interval: Number(view.getBigUint64(1, true)),
      flags: bytes[9]!,
    };
    this.#cells.write([(memory) => ({
      ...memory,
      slots: { ...memory.slots, [slot.toString(16)]: entry },
    })]);
    this.#name = new Uint8Array(15);
    this.#seed = new Uint8Array(60);
    return { status: STATUS.ok };
  }

  #erase(slot: number): Answer {
    if (!isSlot(slot)) return { status: STATUS.slot };
    this.#cells.write([(memory) => {
      const { [slot.toString(16)]: _, ...slots } = memory.slots;
      return { ...memory, slots };
    }]);
    return { status: STATUS.ok };
  }

  #readName(slot: number): Answer {
    if (!isSlot(slot)) return { status: STATUS.slot };
    const entry = this.#cells.read().slots[slot.toString(16)];
    return entry
      ? { status: STATUS.ok, data: new TextEncoder().encode(entry.name) }
      : { status: STATUS.empty };
  }

  #setTime(bytes: Uint8Array): Answer {
    const wanted = Number(new DataView(Uint8Array.from(bytes).buffer).getBigUint64(1, true));
    const ahead = wanted - Math.floor(this.#time.now() / 1000);
    const old = this.#cells.read().ahead;
    // Without the word "set", only a time that lies ahead of its own is taken.
    if (bytes[0] !== 1 && old !== null && ahead < old) return { status: NEVER_SET };
    this.#cells.write([(memory) => ({ ...memory, ahead })]);
    return { status: STATUS.ok };
  }

  #code(slot: number): Answer {
    const { slots, ahead } = this.#cells.read();
    const entry = slots[slot.toString(16)];
    if (!isSlot(slot)) return { status: STATUS.slot };
    if (!entry) return { status: STATUS.empty };
    if (ahead === null) return { status: STATUS.timestamp };
    const digits = (entry.flags & 1) !== 0 ? 8 : 6;
    const code = new TOTP({
      secret: new OtpAuthSecret({ buffer: decodeHex(entry.seed).slice().buffer }),
      algorithm: "SHA1",
      digits,
      period: entry.interval,
    }).generate({ timestamp: (Math.floor(this.#time.now() / 1000) + ahead) * 1000 });
    const data = new Uint8Array(5);
    new DataView(data.buffer).setUint32(0, Number(code), true);
    data[4] = entry.flags;
    return { status: STATUS.ok, data };
  }
}

function isSlot(slot: number): boolean {
  return (slot >= 0x20 && slot <= 0x2e) || (slot >= 0x10 && slot <= 0x12);
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

/** A report: device status, last command, its checksum, command status and data, own checksum. */
function seal(
  device: Uint8Array,
  lastCrc: Uint8Array,
  command: number,
  rest: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const report = new Uint8Array(64);
  report.set([device[0]!, command, ...lastCrc, ...rest]);
  report.set(checksum(report.subarray(0, 60)), 60);
  return report;
}

/** The checksum unit of an STM32, fed byte by byte from the top of each little-endian word. */
export function checksum(bytes: Uint8Array): Uint8Array {
  let crc = 0xffff_ffffn;
  for (let word = 0; word < bytes.length; word += 4) {
    for (let i = 3; i >= 0; i--) {
      for (let bit = 7; bit >= 0; bit--) {
        const top = (crc >> 31n) & 1n;
        const next = BigInt((bytes[word + i]! >> bit) & 1);
        crc = (crc << 1n) & 0xffff_ffffn;
        if (top !== next) crc ^= 0x04c1_1db7n;
      }
    }
  }
  const result = new Uint8Array(4);
  new DataView(result.buffer).setUint32(0, Number(crc), true);
  return result;
}

/** What a new token holds: the PIN that the maker gives it. */
export const NEW_NITROKEY: NitrokeyMemory = {
  pin: encodeHex(new TextEncoder().encode("12345678")),
  tries: TRIES,
  slots: {},
  ahead: null,
};
