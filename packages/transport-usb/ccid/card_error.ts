import type { CcidAnswer } from "./message.ts";
import { TROUBLE, UsbError } from "../usb_error.ts";

/** What bError says (CCID 1.1, table 6.2-2), where the card has been given a command. */
const ERRORS: Readonly<Record<number, string>> = {
  0xff: "the command was broken off",
  0xfe: "the card does not answer",
  0xfd: "what the card says arrives damaged",
  0xfc: "the card speaks faster than the reader listens",
  0xfb: "the reader has a hardware error",
  0xf8: "the card's answer to reset begins wrongly",
  0xf7: "the card's answer to reset has a wrong check byte",
  0xf6: "the reader does not know the card's protocol",
  0xf5: "the reader does not know the card's class",
  0xf4: "the card uses a procedure byte out of order",
  0xf3: "the card's protocol is not switched on",
  0xf2: "the reader is busy with its own sequence",
  0xe0: "the slot is busy",
  0x00: "the reader does not know this command",
};

/** The reader is busy and has done nothing. */
const BUSY: ReadonlySet<number> = new Set([0xe0, 0xf2]);
/** What the reader refuses before the card gets to see it: no such command, or a wrong field of the header. */
const isRefused = (error: number): boolean => error < 0x80;

/** What the reader says instead of an answer of the card. */
export function failedAnswer(answer: CcidAnswer): UsbError {
  const { card, error } = answer;
  const cause = new Error(`CCID error ${error.toString(16).padStart(2, "0").toUpperCase()}`);
  if (card === "absent") return new UsbError(TROUBLE.removed, { cause });
  const state = ERRORS[error] ?? `the reader reports ${cause.message}`;
  const { next } = TROUBLE.disturbed;
  if (BUSY.has(error)) {
    return new UsbError({ reason: "busy", delivery: "not-sent", state, next }, { cause });
  }
  if (isRefused(error)) {
    const told = error === 0 ? state : `the reader does not take the command (field ${error})`;
    const meaning = { reason: "unsupported", delivery: "not-sent", state: told, next } as const;
    return new UsbError(meaning, { cause });
  }
  return new UsbError({ reason: "lost", delivery: "unknown", state, next }, { cause });
}
