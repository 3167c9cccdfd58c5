import { defineMessageCommand, type MessageCommandDefinition } from "../../command/mod.ts";

// SySS-Research/protectimus-slim-proxmark3@c113bcb, hf_14a_protectimus_nfc.lua, and the advisory
// SYSS-2021-007. There is no command for seeds: how they are written is not public.

/** What a token says of itself. It tells no serial number. */
export interface ProtectimusInfo {
  /** Hardware scheme, as it is written: "70". */
  readonly hardware: string;
  /** Firmware, the part before the point: "10". */
  readonly firmware: string;
  /** Whether it has a clock. */
  readonly hasClock: boolean;
  /** Time step in seconds; `undefined` for a code that is not known. */
  readonly period: number | undefined;
}

const PERIODS: Readonly<Record<number, number>> = { 0x00: 30, 0x10: 60 };
const DIGITS = 6;

/** Reads hardware, firmware and time step. Of the bytes between them nothing is known. */
export const readInfo: MessageCommandDefinition<void, ProtectimusInfo> = defineMessageCommand({
  name: "read what the token says of itself",
  effect: "none",
  repeatable: true,
  encode: () => Uint8Array.of(0x10),
  decode: (data) => {
    const hardware = bcd(data.skip(1).u8());
    const firmware = bcd(data.u8());
    const hasClock = data.skip(2).u8() === 1;
    const period = PERIODS[data.skip(1).u8()];
    data.skip(1);
    return { hardware, firmware, hasClock, period };
  },
  refusals: {},
  secrets: [],
});

/** Reads the code that the display shows: six bytes with a digit in the lower half of each. */
export const readCode: MessageCommandDefinition<void, string> = defineMessageCommand({
  name: "read code",
  effect: "none",
  repeatable: true,
  encode: () => Uint8Array.of(0x42, 0x00),
  decode: (data) => {
    const digits = Array.from(data.take(DIGITS), (byte) => byte & 0x0f);
    if (digits.some((digit) => digit > 9)) throw new RangeError("Cannot read code: no digits");
    return digits.join("");
  },
  refusals: {},
  secrets: [{ in: "answer", from: 0 }], // whoever has it can log in within the next minute
});

/** A clock and the time step that goes with it. */
export interface ProtectimusClock {
  /** Seconds since 1970. */
  readonly seconds: number;
  /** Time step in seconds: 30 or 60. */
  readonly period: number;
}

/**
 * Sets the clock, as whole time steps and seconds of the one that is running; needs no key, and keeps the
 * seed. What the token answers is not published: a frame that names this command counts as done.
 */
export const setClock: MessageCommandDefinition<ProtectimusClock, void> = defineMessageCommand({
  name: "set clock",
  effect: "writes-clock",
  repeatable: true,
  encode: ({ seconds, period }) => {
    const message = new Uint8Array(9);
    const view = new DataView(message.buffer);
    message[0] = 0x12;
    view.setUint8(3, period);
    view.setUint32(4, Math.floor(seconds / period));
    view.setUint8(8, seconds % period);
    return message;
  },
  decode: () => undefined,
  refusals: {},
  secrets: [],
});

/** Two decimal digits in one byte; a byte that is none is shown as it is. */
function bcd(byte: number): string {
  return byte.toString(16).padStart(2, "0").toUpperCase();
}
