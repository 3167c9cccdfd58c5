/** Overwrites bytes with zeros. V8 fills shared memory element by element, so large elements are what it gets. */
export function overwrite(bytes: Uint8Array | Uint8ClampedArray): void {
  const { buffer, byteOffset, length } = bytes;
  const start = Math.min(-byteOffset & 3, length), words = (length - start) >> 2;
  bytes.fill(0, 0, start);
  if (words > 0) new Uint32Array(buffer, byteOffset + start, words).fill(0);
  bytes.fill(0, start + 4 * words);
}
