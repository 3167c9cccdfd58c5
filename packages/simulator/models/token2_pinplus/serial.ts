import { decodeHex } from "@otpsmith/core/bytes";
import { type CardAnswer, type CardCommand, say } from "../security_key/apdu.ts";
import type { Applet } from "../security_key/applet.ts";

const TAG = 0xd1;
const QUESTION_BYTES = 18;

/** The answer to the question for the serial number: tag, length, text. */
export function serialAnswer(serial: string, question: Uint8Array): CardAnswer {
  if (question.length !== QUESTION_BYTES || question[0] !== TAG) return say(0x6a80);
  const text = new TextEncoder().encode(serial);
  return { data: Uint8Array.of(TAG, text.length, ...text), status: 0x9000 };
}

/** As much of the FIDO application as is asked here: it is there, and tells the serial number. */
export class FidoApplet implements Applet {
  readonly aid: Uint8Array = decodeHex("A0000006472F0001");
  readonly #serial: () => string;

  constructor(serial: () => string) {
    this.#serial = serial;
  }

  forget(): void {
    // it keeps nothing here
  }

  select(): CardAnswer {
    return { data: new TextEncoder().encode("U2F_V2"), status: 0x9000 };
  }

  process({ cla, ins, data }: CardCommand): CardAnswer {
    if (cla !== 0x80) return say(0x6e00);
    return ins === 0x33 ? serialAnswer(this.#serial(), data) : say(0x6d00);
  }
}
