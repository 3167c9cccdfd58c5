import type { FunctionWire } from "../device/usb_function.ts";
import type { CcidFault } from "./faults.ts";
import { type CcidAnswer, type CcidCommand, encodeAnswer, HEADER } from "./messages.ts";

/** How an answer goes out. */
export interface SendOptions {
  /** The command that it answers. */
  readonly to: CcidCommand;
  /** What goes wrong with it. */
  readonly fault?: CcidFault | undefined;
}

/** Sends answers, as they are or as a fault leaves them. */
export class AnswerSender {
  /** The endpoint that it sends on. */
  readonly endpoint: number;
  readonly #wire: FunctionWire;

  constructor(wire: FunctionWire, endpoint: number) {
    this.#wire = wire;
    this.endpoint = endpoint;
  }

  send(answer: CcidAnswer, { to, fault }: SendOptions): void {
    const message = encodeAnswer(answer, to);
    if (fault) return this.#spoil(message, fault);
    this.#out(message);
  }

  #out(message: Uint8Array): void {
    this.#wire.send(this.endpoint, message);
  }

  #spoil(message: Uint8Array, fault: CcidFault): void {
    const spoilt = message.slice();
    switch (fault.kind) {
      case "mute":
        return;
      case "wrong-sequence":
        spoilt[6]! += 1;
        break;
      case "wrong-slot":
        spoilt[5]! += 1;
        break;
      case "wrong-type":
        spoilt[0] = fault.type ?? 0x81;
        break;
      case "lying-length":
        new DataView(spoilt.buffer).setUint32(1, fault.length ?? 0xffff_ffff, true);
        break;
      case "corrupt":
        if (spoilt.length > HEADER) spoilt[spoilt.length - 1]! ^= 0xff;
        break;
      case "empty":
        this.#out(new Uint8Array());
        break;
      case "short":
        return this.#out(message.subarray(0, fault.bytes ?? 5));
      case "remove":
        if (fault.moment === "half") this.#out(message.subarray(0, message.length >> 1));
        return this.#wire.unplug();
    }
    this.#out(spoilt);
    const follows = fault.kind === "wrong-sequence" || fault.kind === "wrong-slot";
    if (follows && fault.again) this.#out(message);
  }
}
