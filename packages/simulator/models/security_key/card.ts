import type { Firmware } from "../../firmware.ts";
import type { Cells } from "../../parts/cells.ts";
import { answerBytes, type CardCommand, readCommand, say, SW } from "./apdu.ts";
import type { Applet } from "./applet.ts";

/** What {@linkcode SecurityKeyCard} is made of. */
export interface SecurityKeyParts {
  readonly atr: Uint8Array;
  readonly cells: Pick<Cells<unknown>, "image" | "tearNextWrite">;
  readonly applets: readonly Applet[];
  /** Class bytes that its applications know; 00 alone unless given. */
  readonly classes?: readonly number[] | undefined;
  /** What `61 xx` says of an answer that goes on. */
  readonly more: "left" | "FF";
}

/** Longest part of an answer. */
const PART_BYTES = 255;
const GET_RESPONSE = 0xc0;

/** A card with several applications: one is selected, and long answers are fetched in parts. */
export class SecurityKeyCard implements Firmware {
  readonly atr: Uint8Array;
  readonly #parts: SecurityKeyParts;
  #selected: Applet | undefined;
  #waiting: Uint8Array = new Uint8Array(0);
  #powerCycles: number | undefined;

  constructor(parts: SecurityKeyParts) {
    this.#parts = parts;
    this.atr = parts.atr;
  }

  tearNextWrite(steps: number | undefined, torn?: () => void): void {
    this.#parts.cells.tearNextWrite(steps, torn);
  }

  forgetSession(): void {
    for (const applet of this.#parts.applets) applet.forget();
    this.#selected = undefined;
    this.#waiting = new Uint8Array(0);
  }

  async process(bytes: Uint8Array): Promise<Uint8Array> {
    const { powerCycles } = this.#parts.cells.image;
    if (powerCycles !== this.#powerCycles) {
      this.#powerCycles = powerCycles; // another process switched this token off and on
      this.forgetSession();
    }
    const command = readCommand(bytes, this.#parts.classes);
    if (typeof command === "number") return answerBytes(new Uint8Array(0), command);
    if (command.ins === (this.#selected?.more ?? GET_RESPONSE)) return this.#nextPart();
    const { data = new Uint8Array(0), status } = await this.#run(command);
    this.#waiting = data;
    return status === SW.ok ? this.#nextPart() : answerBytes(data, status);
  }

  #run(command: CardCommand): ReturnType<Applet["process"]> {
    // CALCULATE ALL of the OATH application has the same instruction, and no 04 behind it.
    if (command.ins === 0xa4 && command.p1 === 0x04) return this.#select(command.data);
    return this.#selected?.process(command) ?? say(SW.unknownInstruction);
  }

  #select(data: Uint8Array): ReturnType<Applet["process"]> {
    const found = this.#parts.applets.find(({ aid }) =>
      data.length >= 5 && data.length <= aid.length && data.every((byte, i) => byte === aid[i])
    );
    if (!found) return say(SW.notFound);
    this.#selected = found;
    return found.select();
  }

  #nextPart(): Uint8Array {
    const part = this.#waiting.subarray(0, PART_BYTES);
    this.#waiting = this.#waiting.subarray(PART_BYTES);
    const left = this.#waiting.length;
    if (left === 0) return answerBytes(part, SW.ok);
    return answerBytes(part, 0x6100 | (this.#parts.more === "FF" ? 0xff : Math.min(left, 0xff)));
  }
}
