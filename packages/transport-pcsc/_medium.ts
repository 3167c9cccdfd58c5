import type { ReaderState } from "./binding.ts";

/** Words that makers put into the names of readers, or of those halves of readers, without contacts. */
const CONTACTLESS_NAME = /\b(?:PICC|NFC|contactless|CL|RFID)\b/i;

/**
 * Guesses what carries the bytes. For a contactless card the reader makes up an ATR that begins with
 * `3B 8n 80 01` (PC/SC specification part 3, section 3.1.3.2.3.1); before a card is there the name of
 * the reader has to do.
 */
export function guessMedium({ name, atr }: ReaderState): "contact" | "contactless" {
  const madeUp = atr?.[0] === 0x3b && (atr[1]! & 0xf0) === 0x80 && atr[2] === 0x80 &&
    atr[3] === 0x01;
  return madeUp || CONTACTLESS_NAME.test(name) ? "contactless" : "contact";
}
