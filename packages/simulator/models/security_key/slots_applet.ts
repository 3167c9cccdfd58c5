import { decodeHex } from "@otpsmith/core/bytes";
import { type CardAnswer, type CardCommand, say, SW } from "./apdu.ts";
import type { Applet } from "./applet.ts";
import type { Slots } from "./slots.ts";

/** The slots as an application of the card. */
export class SlotsApplet implements Applet {
  readonly aid: Uint8Array = decodeHex("A000000527200101");
  readonly #slots: Slots;
  /** The status word of a write that was not carried out; without one the status does not move. */
  readonly #refusal: number | undefined;

  constructor(slots: Slots, refusal: number | undefined) {
    this.#slots = slots;
    this.#refusal = refusal;
  }

  select(): CardAnswer {
    return { data: this.#slots.status(), status: SW.ok };
  }

  async process({ ins, p1, data }: CardCommand): Promise<CardAnswer> {
    if (ins === 0x03) return this.select();
    if (ins !== 0x01) return say(SW.unknownInstruction);
    const outcome = await this.#slots.run(p1, data);
    if (outcome.kind === "data") return { data: outcome.data, status: SW.ok };
    if (outcome.kind === "untouched") return say(SW.conditions);
    if (outcome.kind === "status") return this.select();
    const write = p1 < 0x10;
    return write && this.#refusal === undefined
      ? this.select()
      : say(this.#refusal ?? SW.wrongData);
  }

  forget(): void {}
}
