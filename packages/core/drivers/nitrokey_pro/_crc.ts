/**
 * The checksum of a report, as the STM32's own unit computes it: words of 32 bits, least significant byte
 * first, from FFFFFFFF with polynomial 04C11DB7, no reflection and no last inversion.
 */
export function crc32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = 0xffff_ffff;
  for (let at = 0; at < bytes.length; at += 4) {
    crc ^= view.getUint32(at, true);
    for (let bit = 0; bit < 32; bit++) {
      crc = (crc & 0x8000_0000) !== 0 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
    }
  }
  return crc >>> 0;
}
