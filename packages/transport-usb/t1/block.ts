import { concatBytes } from "@otpsmith/core/bytes";

/** How a block ends: LRC, one byte, or CRC, two (ISO/IEC 7816-3, section 11.3.4). */
export type BlockCheck = "lrc" | "crc";

/** A block of T=1 (ISO/IEC 7816-3, section 11.3). Node addresses are always 0: one card, one host. */
export type Block =
  /** Information: `more` says that the message goes on in the next one. */
  | {
    readonly kind: "I";
    readonly sequence: 0 | 1;
    readonly more: boolean;
    readonly data: Uint8Array;
  }
  /** Receive ready: which block is wanted next, and what was wrong with the last one. */
  | {
    readonly kind: "R";
    readonly sequence: 0 | 1;
    readonly error: "none" | "check" | "other";
  }
  /** Supervision. */
  | {
    readonly kind: "S";
    readonly what: "resync" | "ifs" | "abort" | "wtx";
    readonly response: boolean;
    readonly value?: number | undefined;
  };

/** What was received instead of a block. */
export type BadBlock = "damaged" | "malformed";

const R_ERRORS = { none: 0, check: 1, other: 2 } as const;
const S_CODES = { resync: 0, ifs: 1, abort: 2, wtx: 3 } as const;
const S_BYTES = { resync: 0, ifs: 1, abort: 0, wtx: 1 } as const;
const LONGEST_DATA = 254;

/** Puts a block together. */
export function encodeBlock(block: Block, check: BlockCheck): Uint8Array {
  const data = dataOf(block);
  if (data.length > LONGEST_DATA) {
    throw new RangeError(`Cannot put ${data.length} bytes into a block: it takes ${LONGEST_DATA}`);
  }
  const body = concatBytes([Uint8Array.of(0, pcbOf(block), data.length), data]);
  const bytes = concatBytes([body, CHECKS[check](body)]);
  body.fill(0);
  return bytes;
}

/** Takes a block apart. The data of an I-block is a view. */
export function decodeBlock(bytes: Uint8Array, check: BlockCheck): Block | BadBlock {
  const end = bytes.length - (check === "lrc" ? 1 : 2);
  if (end < 3) return "malformed";
  const sum = CHECKS[check](bytes.subarray(0, end));
  if (!sum.every((byte, at) => byte === bytes[end + at])) return "damaged";
  const [nad, pcb, length] = bytes as unknown as [number, number, number];
  const data = bytes.subarray(3, end);
  if (nad !== 0 || length !== data.length || length > LONGEST_DATA) return "malformed";
  return readPcb(pcb, data) ?? "malformed";
}

function dataOf(block: Block): Uint8Array {
  if (block.kind === "I") return block.data;
  const single = block.kind === "S" && block.value !== undefined;
  return single ? Uint8Array.of(block.value!) : new Uint8Array();
}

function pcbOf(block: Block): number {
  if (block.kind === "I") return block.sequence << 6 | (block.more ? 0x20 : 0);
  if (block.kind === "R") return 0x80 | block.sequence << 4 | R_ERRORS[block.error];
  return 0xc0 | (block.response ? 0x20 : 0) | S_CODES[block.what];
}

function readPcb(pcb: number, data: Uint8Array): Block | undefined {
  if (!(pcb & 0x80)) {
    if (pcb & 0x1f) return undefined;
    return { kind: "I", sequence: pcb & 0x40 ? 1 : 0, more: (pcb & 0x20) !== 0, data };
  }
  if (!(pcb & 0x40)) {
    const error = keyOf(R_ERRORS, pcb & 0x0f);
    if (pcb & 0x20 || !error || data.length > 0) return undefined;
    return { kind: "R", sequence: pcb & 0x10 ? 1 : 0, error };
  }
  const what = keyOf(S_CODES, pcb & 0x1f);
  if (!what || data.length !== S_BYTES[what]) return undefined;
  return { kind: "S", what, response: (pcb & 0x20) !== 0, value: data[0] };
}

function keyOf<K extends string>(table: Readonly<Record<K, number>>, value: number): K | undefined {
  return (Object.keys(table) as K[]).find((key) => table[key] === value);
}

function lrc(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(bytes.reduce((sum, byte) => sum ^ byte, 0));
}

/** The CRC of ISO/IEC 13239, most significant byte first. */
function crc(bytes: Uint8Array): Uint8Array {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0x8408 : value >> 1;
  }
  value ^= 0xffff;
  return Uint8Array.of(value >> 8, value & 0xff);
}

const CHECKS = { lrc, crc };
