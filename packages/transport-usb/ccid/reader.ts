import { ExclusiveGate } from "@otpsmith/core/link";
import type { TimeSource } from "@otpsmith/core/time";
import type { CcidInterface } from "./descriptor.ts";
import {
  type CcidAnswer,
  type CcidCommand,
  COMMAND,
  decodeAnswer,
  encodeCommand,
} from "./message.ts";
import { trouble } from "../usb_error.ts";
import { type UsbPort, UsbPortError } from "../usb_port.ts";

/** How long a reader may take to take a message. */
const WRITE_MS = 5_000;
/** How long a reader may be silent at work before it has to ask for more time; libccid waits 3 s. */
export const READ_MS = 5_000;
/** The longest single wait, whatever the reader asks for. */
const LONGEST_READ_MS = 30_000;
/** How long a reader may go on asking for more time. */
const TOTAL_MS = 60_000;
/** How many messages that answer something else are passed over; libccid allows 10. */
const STRAY_MESSAGES = 10;
/** A buffer for reading is never smaller. */
const SMALLEST_READ = 512;

/** A command to one slot. */
export type SlotCommand = Omit<CcidCommand, "slot" | "sequence">;

/** Options of {@linkcode CcidReader.transact}. */
export interface TransactOptions {
  /** How many times the usual the reader may be silent. */
  readonly patience?: number | undefined;
  /** Tells the number of the command as soon as it is known, to abort it with. */
  readonly onSequence?: ((sequence: number) => void) | undefined;
  /** Whether nobody wants the answer any more; asked before each wait for a message. */
  readonly stopped?: (() => boolean) | undefined;
}

/**
 * Messages to one CCID interface and their answers, one at a time over all its slots. Every call ends in
 * bounded time; it rejects with UsbPortError or UsbError.
 */
export class CcidReader {
  /** What its descriptors say. */
  readonly facts: CcidInterface;
  /** Lets one command through at a time: a reader has one pair of pipes for all its slots. */
  readonly gate: ExclusiveGate = new ExclusiveGate();
  readonly #port: UsbPort;
  readonly #time: TimeSource;
  readonly #readBytes: number;
  #sequence = 0;
  /** The abort that is being sent: the answer to it may come before its transfer has ended here. */
  #aborting: Promise<void> = Promise.resolve();

  /** Makes one over a port whose interface has been claimed. */
  constructor(port: UsbPort, facts: CcidInterface, time: TimeSource) {
    this.#port = port;
    this.facts = facts;
    this.#time = time;
    const packets = Math.ceil(Math.max(facts.longestMessage, SMALLEST_READ) / SMALLEST_READ);
    this.#readBytes = packets * SMALLEST_READ;
  }

  /** Sends one command and gives its answer, whatever the answer says. Overwrites the message, not the data given. */
  async transact(
    slot: number,
    command: SlotCommand,
    { patience = 1, onSequence, stopped = () => false }: TransactOptions = {},
  ): Promise<CcidAnswer> {
    await this.#aborting;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xff;
    onSequence?.(sequence);
    const message = encodeCommand({ ...command, slot, sequence });
    // The answer is waited for from the beginning: each transfer costs the time of several threads.
    const answer = this.#answer({ slot, sequence, patience, stopped });
    const sent = this.#port.bulkOut(this.facts.bulkOut, message, WRITE_MS)
      .finally(() => message.fill(0));
    const [outcome] = await Promise.allSettled([sent, answer]);
    if (outcome.status === "rejected") throw outcome.reason;
    return await answer;
  }

  /** Asks the reader to break a command off: over both pipes, as CCID 1.1 wants it (section 5.3.1). */
  async abort(slot: number, sequence: number): Promise<void> {
    const sending = this.#abort(slot, sequence);
    this.#aborting = sending.catch(() => undefined);
    await sending;
  }

  async #abort(slot: number, sequence: number): Promise<void> {
    const value = sequence << 8 | slot;
    await this.#port.control({ request: 1, value, index: this.facts.number }, WRITE_MS);
    const message = encodeCommand({ type: COMMAND.abort, slot, sequence });
    await this.#port.bulkOut(this.facts.bulkOut, message, WRITE_MS);
  }

  /** After a halt: clears both pipes and finds out whether the reader goes on; resets it if not. */
  async recover(slot: number): Promise<void> {
    await this.#port.clearHalt(this.facts.bulkOut).catch(() => undefined);
    await this.#port.clearHalt(this.facts.bulkIn).catch(() => undefined);
    const fine = await this.transact(slot, { type: COMMAND.slotStatus })
      .then(() => true, () => false);
    if (!fine) await this.#port.reset();
  }

  async #answer(
    asked: {
      readonly slot: number;
      readonly sequence: number;
      readonly patience: number;
      readonly stopped: () => boolean;
    },
  ): Promise<CcidAnswer> {
    let wait = READ_MS * asked.patience;
    let late = false;
    const cancel = this.#time.alarm(TOTAL_MS, () => late = true);
    try {
      for (let strays = 0; strays <= STRAY_MESSAGES;) {
        if (asked.stopped()) throw trouble("closed");
        const bytes = await this.#port.bulkIn(
          this.facts.bulkIn,
          this.#readBytes,
          Math.min(wait, LONGEST_READ_MS),
        );
        const answer = decodeAnswer(bytes);
        if (!answer && bytes.length > 0) throw trouble("garbled");
        if (!answer || answer.slot !== asked.slot || answer.sequence !== asked.sequence) {
          strays++; // an empty packet, or an answer to somebody who has given up
          continue;
        }
        if (answer.outcome !== "time-extension") return answer;
        if (late) throw trouble("late");
        wait = READ_MS * Math.max(answer.error, 1);
      }
      throw trouble("confused");
    } finally {
      cancel();
    }
  }
}

/** Whether a pipe was halted. */
export function isStall(error: unknown): boolean {
  return error instanceof UsbPortError && error.failure === "stall";
}
