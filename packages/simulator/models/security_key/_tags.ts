import { concatBytes } from "@otpsmith/core/bytes";

/** Values by tag, in the order in which they came. */
export type Tagged = readonly (readonly [tag: number, value: Uint8Array])[];

/**
 * Takes tagged values apart, as these applications do; `undefined` where a length goes beyond the end.
 * Tags named in `bare` have one byte of value and no length.
 */
export function parseTags(bytes: Uint8Array, bare: readonly number[] = []): Tagged | undefined {
  const found: [number, Uint8Array][] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    let length = bare.includes(tag) ? 1 : bytes[at++];
    if (length === undefined) return undefined;
    if (!bare.includes(tag) && length > 0x7f) {
      const more = length - 0x80;
      if (more > 2 || at + more > bytes.length) return undefined;
      length = bytes.subarray(at, at + more).reduce((sum, byte) => sum * 256 + byte, 0);
      at += more;
    }
    if (at + length > bytes.length) return undefined;
    found.push([tag, bytes.subarray(at, at + length)]);
    at += length;
  }
  return found;
}

/** The value of a tag, if it is there. */
export function tagged(tags: Tagged, wanted: number): Uint8Array | undefined {
  return tags.find(([tag]) => tag === wanted)?.[1];
}

/** Puts tag and length before a value. */
export function tag(number: number, value: Uint8Array | readonly number[]): Uint8Array {
  const size = value.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return concatBytes([Uint8Array.of(number, ...length), Uint8Array.from(value)]);
}
