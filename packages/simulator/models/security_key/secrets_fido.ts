import { concatBytes } from "@otpsmith/core/bytes";
import type { Button } from "../../parts/button.ts";
import { type CardAnswer, type CardCommand, readCommand, say } from "./apdu.ts";
import type { Applet } from "./applet.ts";
import { CtaphidInterface } from "./ctaphid_interface.ts";

/** Vendor command. */
const SECRETS = 0x70;
/** Longest part of an answer. */
const PART_BYTES = 3000;

/**
 * The FIDO interface of a Nitrokey 3 with its vendor command 70: CTAPHID packets that carry ISO 7816
 * commands; answers begin with their status word (Nitrokey/trussed-secrets-app@e72e804, docs/ctaphid.md).
 */
export class SecretsFido extends CtaphidInterface {
  readonly #applet: Applet;
  #waiting: Uint8Array = new Uint8Array(0);

  constructor(applet: Applet, button: Button) {
    super({ button, about: [4, 13, 0, 0x04] });
    this.#applet = applet;
  }

  override power(): void {
    super.power();
    this.#applet.forget();
    this.#waiting = new Uint8Array(0);
  }

  override answer(command: number, data: Uint8Array): Promise<Uint8Array> | undefined {
    return command === SECRETS ? this.#run(data) : undefined;
  }

  /** Runs the command of a message; status word first. */
  async #run(message: Uint8Array): Promise<Uint8Array> {
    const command = readCommand(message);
    if (typeof command === "number") return word(command);
    if (command.ins === 0xa5) return this.#part();
    const { data = new Uint8Array(0), status } = await this.#dispatch(command);
    if (status !== 0x9000) return concatBytes([word(status), data]);
    this.#waiting = data;
    return this.#part();
  }

  #dispatch(command: CardCommand): CardAnswer | Promise<CardAnswer> {
    const { aid } = this.#applet;
    const { ins, p1, data } = command;
    if (ins !== 0xa4 || p1 !== 0x04) return this.#applet.process(command);
    const own = data.length > 0 && data.every((byte, i) => byte === aid[i]);
    return own ? this.#applet.select() : say(0x6a82);
  }

  #part(): Uint8Array {
    const part = this.#waiting.subarray(0, PART_BYTES);
    this.#waiting = this.#waiting.subarray(PART_BYTES);
    return concatBytes([word(this.#waiting.length > 0 ? 0x61ff : 0x9000), part]);
  }
}

function word(status: number): Uint8Array {
  return Uint8Array.of(status >> 8, status & 0xff);
}
