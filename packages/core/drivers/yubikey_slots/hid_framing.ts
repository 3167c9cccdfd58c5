import { Cursor } from "../../bytes/mod.ts";
import type { FramedAnswer, Framing, FramingOptions } from "../../command/mod.ts";
import { LinkError, TokenError } from "../../errors/mod.ts";
import type { CallOptions, FeatureLink } from "../../link/mod.ts";
import type { TimeSource } from "../../time/mod.ts";
import { crc16, CRC_RESIDUE } from "./_crc.ts";
import { isEmpty } from "./record.ts";
import { outcomeOfWrite, readStatusBytes, type SlotStatus } from "./status.ts";

/** Refusal: the token looked at a command and did not carry it out. */
export const REJECTED = 1;
/** Refusal: the token waited for a touch that did not come. */
export const NO_TOUCH = 2;

const PART_BYTES = 7;
const PAYLOAD_BYTES = 64;
const FLAGS_AT = 7;
const WRITING = 0x80;
const ANSWERING = 0x40;
const WAITING_FOR_TOUCH = 0x20;
const PART_NUMBER = 0x1f;
/** Which slot a command writes: it is answered with a status. */
const WRITES: Readonly<Record<number, 1 | 2>> = { 0x01: 1, 0x03: 2 };
/** How long an answer is, by the command. */
const ANSWER_BYTES: Readonly<Record<number, number>> = { 0x10: 4, 0x30: 20, 0x38: 20 };
/** Parts of the longest answer that is known. */
const MOST_PARTS = 10;
const LOOK_AGAIN_MS = 20;
const TIMEOUT_MS = 10_000;

/** A frame of 70 bytes: payload, command, checksum, three zeros. */
export function frameOf(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(PAYLOAD_BYTES + 6);
  frame.set(message.subarray(1));
  const crc = crc16(frame.subarray(0, PAYLOAD_BYTES));
  frame.set([message[0] ?? 0, crc & 0xff, crc >>> 8], PAYLOAD_BYTES);
  return frame;
}

/** The reports of a frame: seven bytes and their number; those of zeros alone are left out between the ends. */
export function reportsOf(frame: Uint8Array): readonly Uint8Array[] {
  const reports: Uint8Array[] = [];
  const last = Math.ceil(frame.length / PART_BYTES) - 1;
  for (let number = 0; number <= last; number++) {
    const part = frame.subarray(number * PART_BYTES, (number + 1) * PART_BYTES);
    if (number > 0 && number < last && part.every((byte) => byte === 0)) continue;
    reports.push(Uint8Array.of(...part, WRITING | number));
  }
  return reports;
}

/**
 * How commands travel over the keyboard interface of a YubiKey: a frame of 70 bytes in feature reports of
 * eight, each sent when the token has taken the one before; then its answer in numbered parts, or its
 * status, from which it is seen whether a write was carried out.
 *
 * @param onTouch Told once when the token says that it waits for a touch.
 *
 * @example The framing that a session is given
 * ```ts
 * import { slotFraming } from "@otpsmith/core/drivers/yubikey_slots";
 *
 * if (typeof slotFraming().exchange !== "function") throw new Error("unexpected");
 * ```
 */
export function slotFraming(onTouch?: () => void): Framing<FeatureLink> {
  return {
    exchange: async (link, message, options) => {
      const frame = frameOf(message);
      const reports = reportsOf(frame);
      try {
        return await new Exchange(link, options, onTouch).run(message, reports);
      } finally {
        for (const bytes of [frame, ...reports]) bytes.fill(0);
      }
    },
  };
}

/** A write that is on its way, and what the token said before it. */
interface SentWrite {
  readonly slot: 1 | 2;
  readonly empties: boolean;
  readonly before: SlotStatus;
}

class Exchange {
  readonly #link: FeatureLink;
  readonly #call: CallOptions;
  readonly #time: TimeSource;
  readonly #command: string;
  readonly #until: number;
  readonly #onTouch: (() => void) | undefined;

  constructor(link: FeatureLink, options: FramingOptions, onTouch: (() => void) | undefined) {
    const { time, command, signal, timeoutMs = TIMEOUT_MS } = options;
    this.#link = link;
    this.#time = time;
    this.#command = command;
    this.#call = { signal, timeoutMs };
    this.#until = time.now() + timeoutMs;
    this.#onTouch = onTouch;
  }

  async run(message: Uint8Array, reports: readonly Uint8Array[]): Promise<FramedAnswer> {
    const command = message[0] ?? 0;
    const slot = WRITES[command];
    const before = await this.#read();
    const write = slot &&
      { slot, empties: isEmpty(message.subarray(1)), before: this.#statusOf(before) };
    for (const report of reports) {
      while (((await this.#read())[FLAGS_AT]! & WRITING) !== 0) await this.#pause("take a command");
      await this.#link.set(report, this.#call);
    }
    return await this.#answer(command, write);
  }

  async #answer(command: number, write: SentWrite | undefined): Promise<FramedAnswer> {
    const parts: Uint8Array[] = [];
    let touch = false;
    for (;;) {
      const report = await this.#read();
      const flags = report[FLAGS_AT]!;
      if ((flags & ANSWERING) !== 0) {
        const number = flags & PART_NUMBER;
        if (number === parts.length) parts.push(report.slice(0, PART_BYTES));
        else if (number === 0) return await this.#whole(command, parts);
        else if (number > parts.length) throw this.#garbled();
        if (parts.length > MOST_PARTS) throw this.#garbled();
      } else if (flags === 0) {
        if (parts.length > 0) throw this.#garbled();
        return this.#status(report, { write, touch });
      } else {
        if ((flags & WAITING_FOR_TOUCH) !== 0 && !touch) {
          touch = true;
          this.#onTouch?.();
        }
        await this.#pause("answer");
      }
    }
  }

  #status(
    report: Uint8Array,
    { write, touch }: { readonly write: SentWrite | undefined; readonly touch: boolean },
  ): FramedAnswer {
    const data = report.slice(1, FLAGS_AT);
    const status = this.#statusOf(report); // one that is none is no refusal either
    const outcome = write ? outcomeOfWrite(write.before, status, write) : "refused";
    if (outcome === "unclear") throw this.#garbled();
    if (outcome === "written") return { data };
    return { data, refusal: touch ? NO_TOUCH : REJECTED };
  }

  #statusOf(report: Uint8Array): SlotStatus {
    try {
      return readStatusBytes(new Cursor(report.subarray(1, FLAGS_AT)));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw this.#garbled();
    }
  }

  /** Tells the token that all was read, and checks it. */
  async #whole(command: number, parts: readonly Uint8Array[]): Promise<FramedAnswer> {
    await this.#link.set(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0xff), this.#call);
    const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
    const length = ANSWER_BYTES[command] ?? 0;
    const checked = bytes.subarray(0, length + 2);
    if (checked.length < length + 2 || crc16(checked) !== CRC_RESIDUE) throw this.#garbled();
    return { data: bytes.subarray(0, length) };
  }

  async #read(): Promise<Uint8Array> {
    const report = await this.#link.get(this.#call);
    if (report.length !== PART_BYTES + 1) throw this.#garbled();
    return report;
  }

  async #pause(what: string): Promise<void> {
    if (this.#time.now() >= this.#until) {
      throw new LinkError("timeout", `Cannot ${this.#command}: the token does not ${what}`, {
        delivery: "unknown",
        next: "Pull the token out, plug it in again and repeat.",
      });
    }
    await this.#time.sleep(LOOK_AGAIN_MS, this.#call.signal).catch((cause: unknown) => {
      throw new LinkError("aborted", `Cannot ${this.#command}: it was stopped`, {
        delivery: "unknown",
        cause,
      });
    });
  }

  #garbled(): TokenError {
    return new TokenError(
      "garbled",
      `Cannot ${this.#command}: the answer has not the known shape`,
      {
        command: this.#command,
      },
    );
  }
}
