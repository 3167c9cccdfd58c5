import { concatBytes } from "@otpsmith/core/bytes";
import type { VirtualCard } from "../../card.ts";

const GET_RESPONSE = 0xc0;

/**
 * The card's side of T=0, in front of a virtual card: a command of five bytes says in the last how
 * much it wants, one with data gets none back but `61 xx`, and GET RESPONSE fetches it.
 */
export class T0Card {
  readonly #card: VirtualCard;
  #waiting: Uint8Array | undefined;

  constructor(card: VirtualCard) {
    this.#card = card;
  }

  /** Answers one TPDU. Rejects when the card does not answer. */
  async exchange(command: Uint8Array): Promise<Uint8Array> {
    if (command.length < 5 || (command.length > 5 && command.length !== 5 + command[4]!)) {
      return Uint8Array.of(0x67, 0x00);
    }
    const [, instruction, , , wanted = 0] = command;
    const held = this.#waiting;
    this.#waiting = undefined;
    if (instruction === GET_RESPONSE && held) return this.#give(held, wanted || 0x100);
    const answer = await this.#card.process(command);
    const data = answer.length - 2;
    if (command.length > 5) return data === 0 ? answer : this.#hold(answer);
    const most = wanted || 0x100;
    if (data > 0 && data < most && wanted !== 0) return Uint8Array.of(0x6c, data);
    return data > most ? this.#give(answer, most) : answer;
  }

  #hold(answer: Uint8Array): Uint8Array {
    this.#waiting = answer;
    return Uint8Array.of(0x61, Math.min(answer.length - 2, 0xff));
  }

  /** So much of it, and the rest waits. */
  #give(answer: Uint8Array, most: number): Uint8Array {
    const data = answer.length - 2;
    if (most > data && most !== 0x100) {
      this.#waiting = answer;
      return Uint8Array.of(0x6c, data & 0xff);
    }
    if (most >= data) return answer;
    const rest = answer.subarray(most);
    return concatBytes([answer.subarray(0, most), this.#hold(rest)]);
  }
}
