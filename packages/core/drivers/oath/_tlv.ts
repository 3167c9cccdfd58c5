import type { Cursor } from "../../bytes/mod.ts";

/** A value with its tag. */
export interface Tlv {
  /** One byte. */
  readonly tag: number;
  /** What belongs to it. */
  readonly value: Uint8Array;
}

/**
 * Reads tags of one byte with their lengths (one byte, or `81 LL`, or `82 LLLL`) and values.
 *
 * @throws {RangeError} If a length goes beyond the end or has another form.
 */
export function readTlvs(data: Cursor): readonly Tlv[] {
  const found: Tlv[] = [];
  while (data.left > 0) {
    const tag = data.u8();
    found.push({ tag, value: data.take(readLength(data)) });
  }
  return found;
}

function readLength(data: Cursor): number {
  const first = data.u8();
  if (first < 0x80) return first;
  if (first === 0x81) return data.u8();
  if (first === 0x82) return data.u16();
  throw new RangeError(`Cannot read length: ${first} is none of its forms`);
}

/**
 * The one value with this tag.
 *
 * @throws {RangeError} If there is none, or its length is another one.
 */
export function expectTlv(tlvs: readonly Tlv[], tag: number, bytes?: number): Uint8Array {
  const value = tlvs.find((one) => one.tag === tag)?.value;
  if (!value || (bytes !== undefined && value.length !== bytes)) {
    throw new RangeError(`Cannot read answer: tag ${tag.toString(16)} is missing or misshapen`);
  }
  return value;
}

/** Writes tags, lengths and values into one array, so that no copy of a secret is left over. */
export function writeTlvs(
  parts: readonly { readonly tag: number; readonly value: Uint8Array }[],
  tail: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const sizes = parts.map(({ value }) => (value.length < 0x80 ? 2 : 3) + value.length);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, tail.length));
  let at = 0;
  for (const { tag, value } of parts) {
    bytes[at++] = tag;
    if (value.length >= 0x80) bytes[at++] = 0x81; // commands are short: 255 bytes at most
    bytes[at++] = value.length;
    bytes.set(value, at);
    at += value.length;
  }
  bytes.set(tail, at);
  return bytes;
}
