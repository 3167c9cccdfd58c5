/**
 * The checksum of records and frames: 16 bits, reflected polynomial 8408, from FFFF, without a last
 * inversion (CRC-16/MCRF4XX). Over data and its inverted checksum it comes to {@linkcode CRC_RESIDUE}.
 */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  }
  return crc;
}

/** What the checksum of right data comes to when the data's own inverted checksum stands behind it. */
export const CRC_RESIDUE = 0xf0b8;
