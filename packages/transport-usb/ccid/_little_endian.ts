/** A 16-bit number at an offset, least significant byte first. */
export function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! + bytes[at + 1]! * 0x100;
}

/** A 32-bit number at an offset, least significant byte first. */
export function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) + u16(bytes, at + 2) * 0x1_0000;
}
