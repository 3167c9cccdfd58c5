import { concatBytes } from "@otpsmith/core/bytes";

/** A command, taken apart by the token. */
export interface CardCommand {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
}

/** What an application answers. */
export interface CardAnswer {
  readonly data?: Uint8Array | undefined;
  readonly status: number;
}

/** Status words of ISO 7816-4 that these tokens use. */
export const SW = {
  ok: 0x9000,
  failed: 0x6581,
  wrongLength: 0x6700,
  securityNotSatisfied: 0x6982,
  blocked: 0x6983,
  invalid: 0x6984,
  conditions: 0x6985,
  wrongData: 0x6a80,
  notFound: 0x6a82,
  full: 0x6a84,
  wrongParameters: 0x6a86,
  wrongP1P2: 0x6b00,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
} as const;

/** An answer without data. */
export function say(status: number): CardAnswer {
  return { status };
}

/**
 * Takes a command apart; a status word where it is none. Only the short form is known.
 *
 * @param classes Class bytes that are known.
 */
export function readCommand(
  bytes: Uint8Array,
  classes: readonly number[] = [0x00],
): CardCommand | number {
  const [cla = 0, ins = 0, p1 = 0, p2 = 0, length = 0] = bytes;
  if (bytes.length < 4) return SW.wrongLength;
  if (!classes.includes(cla)) return SW.unknownClass;
  // A fifth byte alone is Le. With more behind it, it is the length of the data, and Le may follow.
  if (bytes.length > 5 && (length === 0 || ![5, 6].includes(bytes.length - length))) {
    return SW.wrongLength;
  }
  return { cla, ins, p1, p2, data: bytes.length > 5 ? bytes.subarray(5, 5 + length) : NOTHING };
}

const NOTHING = new Uint8Array(0);

/** Puts the status word behind the data. */
export function answerBytes(data: Uint8Array, status: number): Uint8Array {
  return concatBytes([data, Uint8Array.of(status >> 8, status & 0xff)]);
}
