/**
 * The answer to reset that a PC/SC reader makes up for a card with this answer to select (PC/SC
 * specification part 3, section 3.1.3.2.3.1), so that a token looks the same on every reader: the
 * historical bytes, between a fixed head and a checksum.
 *
 * @param ats as InListPassiveTarget gives it: its length (itself included), T0, up to three interface
 * bytes as T0 says, historical bytes. Bytes that are not there count as none.
 */
export function atrFromAts(ats: Uint8Array): Uint8Array {
  const [, format = 0] = ats;
  const interfaceBytes = [0x10, 0x20, 0x40].filter((bit) => format & bit).length;
  const historical = ats.subarray(2 + interfaceBytes, 2 + interfaceBytes + 15);
  const body = [0x80 | historical.length, 0x80, 0x01, ...historical];
  return Uint8Array.of(0x3b, ...body, body.reduce((sum, byte) => sum ^ byte, 0));
}
