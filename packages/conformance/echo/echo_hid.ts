import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { EchoCard } from "./echo_card.ts";

/** Bytes of a report to the device before its data: tag, instruction, P1, P2, length of the data. */
const COMMAND_HEADER = 5;
/** Bytes of a report from the device before its data: tag, both status bytes, length of the data. */
const ANSWER_HEADER = 4;

/** Options of {@linkcode EchoHid}. */
export interface EchoHidOptions {
  /** Report size in bytes, without the report id; 64 unless given, the most of a full-speed device. */
  readonly reportBytes?: number | undefined;
  /** The clock for {@linkcode ECHO.echoAfter}. */
  readonly time?: TimeSource | undefined;
}

/**
 * An {@linkcode EchoCard} in the clothes of a HID device, for links of kind `report` and `feature`; fits
 * wherever a virtual report device of `@otpsmith/simulator` fits. It knows the same {@linkcode ECHO}
 * commands. A report holds one command, filled up with zeros:
 *
 * - to the device: a tag, instruction, P1, P2, number of data bytes, data;
 * - back: the same tag, both status bytes, number of data bytes, data.
 *
 * A command in an output report is answered by an input report. One in a feature report is answered by the
 * next feature report that is read; while the device is still busy with it that has the tag 0.
 *
 * The tag, 1 to 255, says who asked: a program that opens the device while the answer to somebody else's
 * command is still on its way knows that it is not its own.
 *
 * @example Ask it something by feature reports
 * ```ts
 * import { ECHO, EchoHid } from "@otpsmith/conformance";
 *
 * const device = new EchoHid();
 * device.setFeature(Uint8Array.of(7, ECHO.echo, 0, 0, 2, 0xca, 0xfe));
 * const answer = device.getFeature();
 * if (answer.subarray(0, 6).join() !== "7,144,0,2,202,254") throw new Error(answer.join());
 * ```
 */
export class EchoHid {
  /** Report size in bytes, without the report id. */
  readonly reportBytes: number;
  /** HID report descriptor: input, output and feature reports of that size, without report ids. */
  readonly descriptor: Uint8Array;
  readonly #card: EchoCard;
  readonly #time: TimeSource;
  readonly #listeners = new Set<(report: Uint8Array) => void>();
  /** Resolves when the device has answered what it was told before. */
  #ready = Promise.resolve();
  #waiting = 0;
  #power = new AbortController();
  #feature: Uint8Array;

  /** Makes a device that is plugged in. */
  constructor({ reportBytes = 64, time = systemTime }: EchoHidOptions = {}) {
    this.reportBytes = reportBytes;
    this.descriptor = describeReports(reportBytes);
    this.#card = new EchoCard(time);
    this.#time = time;
    this.#feature = new Uint8Array(reportBytes);
  }

  /** It is plugged in, pulled out or reset: what it remembered is gone, and so are answers to come. */
  power(event: "on" | "off" | "reset"): void {
    this.#card.power(event);
    this.#power.abort();
    this.#power = new AbortController();
    this.#ready = Promise.resolve();
    this.#feature = new Uint8Array(this.reportBytes);
  }

  /** Takes a command; the answers come as input reports, in order. */
  output(report: Uint8Array): void {
    this.#answer(report, (input) => {
      for (const listener of [...this.#listeners]) listener(input);
    });
  }

  /** Takes a command. */
  setFeature(report: Uint8Array): void {
    this.#feature = new Uint8Array(this.reportBytes);
    this.#answer(report, (answer) => this.#feature = answer);
  }

  /** The answer to the last command that {@linkcode EchoHid.setFeature} took. */
  getFeature(): Uint8Array {
    return this.#feature.slice();
  }

  /** Calls back with each input report. Returns a function that stops it. */
  onInput(listener: (report: Uint8Array) => void): () => void {
    const own = (report: Uint8Array): void => listener(report.slice());
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  #answer(report: Uint8Array, tell: (answer: Uint8Array) => void): void {
    const [tag = 0, ins = 0, p1 = 0, p2 = 0, length = 0] = report;
    const data = report.subarray(COMMAND_HEADER, COMMAND_HEADER + length);
    const { answer, afterMs } = this.#card.carryOut(
      Uint8Array.of(0, ins, p1, p2, data.length, ...data),
    );
    const back = answer.subarray(0, -2).subarray(0, this.reportBytes - ANSWER_HEADER);
    const input = new Uint8Array(this.reportBytes);
    input.set([tag, ...answer.subarray(-2), back.length, ...back]);
    if (afterMs === 0 && this.#waiting === 0) return tell(input);
    const { signal } = this.#power;
    this.#waiting++;
    this.#ready = this.#ready
      .then(() => this.#time.sleep(afterMs, signal))
      .then(() => {
        if (afterMs > 0) this.#card.finish();
        tell(input);
      }, () => undefined)
      .finally(() => this.#waiting--);
  }
}

/** A report descriptor of one vendor-defined collection (HID 1.11, section 6.2.2). */
function describeReports(reportBytes: number): Uint8Array {
  return Uint8Array.of(
    ...[0x06, 0x00, 0xff], // usage page: vendor defined FF00
    ...[0x09, 0x01, 0xa1, 0x01], // usage 1; collection: application
    ...[0x15, 0x00, 0x26, 0xff, 0x00], // logical minimum 0, maximum 255
    ...[0x75, 0x08, 0x96, reportBytes & 0xff, reportBytes >> 8], // 8 bits each, so many of them
    ...[0x09, 0x02, 0x81, 0x02], // input
    ...[0x09, 0x03, 0x91, 0x02], // output
    ...[0x09, 0x04, 0xb1, 0x02], // feature
    0xc0,
  );
}

/**
 * Writes a short {@linkcode ECHO} command as a report.
 *
 * @internal
 */
export function toReport(
  command: Uint8Array,
  { tag, reportBytes }: { readonly tag: number; readonly reportBytes: number },
): Uint8Array {
  const [, ins = 0, p1 = 0, p2 = 0, length = 0] = command;
  const report = new Uint8Array(reportBytes);
  report.set([tag, ins, p1, p2, length, ...command.subarray(5, 5 + length)]);
  return report;
}

/**
 * Reads an answer as a card gives it: data, then the status word.
 *
 * @internal
 */
export function fromReport(report: Uint8Array): Uint8Array {
  const [, sw1 = 0, sw2 = 0, length = 0] = report;
  return Uint8Array.of(...report.subarray(ANSWER_HEADER, ANSWER_HEADER + length), sw1, sw2);
}

/**
 * The most data that one echo report carries.
 *
 * @internal
 */
export function dataBytes(reportBytes: number): number {
  return reportBytes - COMMAND_HEADER;
}
