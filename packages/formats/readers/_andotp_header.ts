// What an encrypted backup begins with: apart from its reader, since it is looked for in every file.

/** Bytes of salt, behind the rounds. */
export const SALT = 12;
const NONCE = 12;
/** Rounds, salt and nonce. */
export const HEADER: number = 4 + SALT + NONCE;

/** Whether bytes may be an encrypted backup: binary, with a plausible number of rounds in front. */
export function isEncryptedAndOtp(bytes: Uint8Array): boolean {
  // 16 bytes of tag and at least "[]". The app takes 140,000 to 160,000 rounds; the first byte is 0.
  return bytes.length >= HEADER + 18 && bytes[0] === 0 && bytes[1]! < 0x20 &&
    roundsOf(bytes) >= 1000;
}

/** How often its key is stretched. */
export function roundsOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
