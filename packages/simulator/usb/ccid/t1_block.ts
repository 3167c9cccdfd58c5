import { concatBytes } from "@otpsmith/core/bytes";

/** One block of T=1 (ISO/IEC 7816-3, section 11.3). */
export interface T1Block {
  /** Node addresses. */
  readonly nad: number;
  /** Protocol control byte: what kind of block it is. */
  readonly pcb: number;
  /** What it carries. */
  readonly data: Uint8Array;
}

/** How a block ends: LRC, one byte, or CRC, two. */
export type T1Check = "lrc" | "crc";

/** Exclusive or of all bytes. */
function lrc(bytes: Uint8Array): number[] {
  return [bytes.reduce((sum, byte) => sum ^ byte, 0)];
}

/** The CRC of ISO/IEC 13239 (HDLC), most significant byte first. */
function crc(bytes: Uint8Array): number[] {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0x8408 : value >> 1;
  }
  value ^= 0xffff;
  return [value >> 8, value & 0xff];
}

const CHECKS = { lrc, crc };

/** Puts a block together. */
export function encodeT1(block: T1Block, check: T1Check): Uint8Array {
  const head = Uint8Array.of(block.nad, block.pcb, block.data.length);
  const bytes = concatBytes([head, block.data]);
  return concatBytes([bytes, Uint8Array.from(CHECKS[check](bytes))]);
}

/** Takes a block apart. Says what is wrong with one that cannot be. */
export function decodeT1(bytes: Uint8Array, check: T1Check): T1Block | "damaged" | "malformed" {
  const end = bytes.length - (check === "lrc" ? 1 : 2);
  if (end < 3) return "malformed";
  const [nad, pcb, length] = bytes as unknown as [number, number, number];
  const sum = CHECKS[check](bytes.subarray(0, end));
  if (!sum.every((byte, i) => byte === bytes[end + i])) return "damaged";
  if (length === 0xff || end !== 3 + length) return "malformed";
  return { nad, pcb, data: bytes.slice(3, end) };
}
