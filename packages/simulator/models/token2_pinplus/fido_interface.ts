import { concatBytes } from "@otpsmith/core/bytes";
import type { Button } from "../../parts/button.ts";
import { answerBytes, type CardCommand, readCommand } from "../security_key/apdu.ts";
import type { Applet } from "../security_key/applet.ts";
import { CtaphidInterface, PACKET } from "../security_key/ctaphid_interface.ts";
import type { PinPlusModel } from "./models.ts";

const FRAME = 0x21;
const FRAME_BYTES = 61;
const MORE = 0x20;
const BUSY = 0xc0;
const TUNNEL = 0x41;
const OTP = 0xc5;

/** What {@linkcode PinPlusFido} is made of. */
export interface PinPlusFidoParts {
  readonly model: PinPlusModel;
  readonly applet: Applet;
  readonly button: Button;
  readonly atr: Uint8Array;
}

/**
 * The FIDO interface of a key, with one of three ways to its OTP application: frames that begin with 21 in
 * output and input reports (framefilter/keyroost@b26aa27), the same in feature reports (go-ctap/token2@1c56620), or
 * vendor command 41 of CTAPHID (a companion client made from captures of the maker's app). The application is
 * selected already; selecting is an unknown instruction.
 */
export class PinPlusFido extends CtaphidInterface {
  readonly #parts: PinPlusFidoParts;
  #coming: readonly number[] = [];
  #number = 0;
  #going: Uint8Array[] = [];
  #working = false;
  #turn = 0;

  constructor(parts: PinPlusFidoParts) {
    const { button, model: { hid } } = parts;
    const featureBytes = hid === "features" ? PACKET : undefined;
    super({ button, about: [5, 1, 0, 0x04], featureBytes });
    this.#parts = parts;
  }

  override power(): void {
    super.power();
    this.#parts.applet.forget();
    this.#drop();
    this.#turn++;
  }

  override output(report: Uint8Array, id: number): boolean {
    const framed = this.#parts.model.hid === "reports" && report[0] === FRAME;
    return framed && id === 0 ? this.#frame(report) : super.output(report, id);
  }

  setFeature(report: Uint8Array, id: number): boolean {
    return this.#parts.model.hid === "features" && id === 0 && this.#frame(report);
  }

  getFeature(id: number): Uint8Array | undefined {
    if (this.#parts.model.hid !== "features" || id !== 0) return undefined;
    return this.#working ? busyFrame() : this.#going.shift();
  }

  override answer(command: number, data: Uint8Array): Promise<Uint8Array> | undefined {
    const { model: { hid }, atr } = this.#parts;
    if (command !== TUNNEL || (hid !== "ctaphid" && hid !== "features")) return undefined;
    if (hid === "features" || data.length === 0) return Promise.resolve(atr);
    return this.#run(data).then((answer) =>
      data[1] === OTP ? concatBytes([Uint8Array.of(0), answer]) : answer
    );
  }

  /** Takes a frame; `false` refuses one that is not the next. */
  #frame(report: Uint8Array): boolean {
    const [magic, flags = 0, length = 0] = report;
    if (report.length !== PACKET || magic !== FRAME || length > FRAME_BYTES) return false;
    if ((flags & 0x0f) === 0 && this.#number % 16 !== 0) this.#drop(); // a new command
    if ((flags & 0x0f) !== this.#number % 16) return false;
    this.#number++;
    this.#coming = [...this.#coming, ...report.subarray(3, 3 + length)];
    if ((flags & MORE) !== 0) return true;
    const command = Uint8Array.from(this.#coming);
    this.#drop();
    this.#work(command);
    return true;
  }

  #drop(): void {
    this.#coming = [];
    this.#number = 0;
    this.#going = [];
    this.#working = false;
  }

  #work(command: Uint8Array): void {
    const reports = this.#parts.model.hid === "reports";
    const turn = this.#turn;
    this.#working = true;
    const stop = this.#parts.button.onBlink(() => {
      if (reports) this.tell(busyFrame());
    });
    void this.#run(command).finally(stop).then((answer) => {
      if (turn !== this.#turn) return; // it was pulled out meanwhile
      this.#working = false;
      const frames = framed(answer);
      if (!reports) this.#going = frames;
      else for (const frame of frames) this.tell(frame);
    }, () => undefined); // it lost power: nothing is said any more
  }

  /** Runs a command; data, then status word. */
  async #run(bytes: Uint8Array): Promise<Uint8Array> {
    const command: CardCommand | number = readCommand(bytes, [0x00, 0x80]);
    if (typeof command === "number") return answerBytes(new Uint8Array(0), command);
    if (command.cla !== 0x80) return answerBytes(new Uint8Array(0), 0x6d00);
    // A question for ten bytes is followed by ten zeros, which are none of its data.
    const { data = new Uint8Array(0), status } = await this.#parts.applet.process(command);
    return answerBytes(data, status);
  }
}

function busyFrame(): Uint8Array {
  const frame = new Uint8Array(PACKET);
  frame.set([FRAME, BUSY]);
  return frame;
}

function framed(answer: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < answer.length; at += FRAME_BYTES) {
    const part = answer.subarray(at, at + FRAME_BYTES);
    const more = at + FRAME_BYTES < answer.length ? MORE : 0;
    const frame = new Uint8Array(PACKET);
    frame.set([FRAME, more | (frames.length % 16), part.length, ...part]);
    frames.push(frame);
  }
  return frames;
}
