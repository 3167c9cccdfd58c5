const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;
// RFC 4648 section 5: some tools write the form for addresses.
VALUES[0x2d] = 62;
VALUES[0x5f] = 63;

/**
 * Decodes base64 from ASCII bytes to bytes, which can both be wiped, unlike the strings of `atob`. White
 * space does not matter, padding may be left out. Gives the offset of the first wrong byte instead, if
 * there is one (the end, if the length cannot be).
 */
export function decodeBase64(text: Uint8Array): Uint8Array | number {
  const bytes = new Uint8Array(Math.ceil(text.length * 3 / 4));
  let length = 0, held = 0, pending = 0, count = 0, padded = false;
  const wrong = (at: number): number => {
    bytes.fill(0);
    return at;
  };
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]!;
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
    if (byte === 0x3d && count > 0) {
      padded = true;
      continue;
    }
    const value = byte < 128 ? VALUES[byte]! : -1;
    if (value < 0 || padded) return wrong(i);
    count++;
    pending = (pending << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[length++] = pending >> held;
      pending &= (1 << held) - 1;
    }
  }
  if (held >= 6) return wrong(text.length);
  const whole = bytes.slice(0, length);
  bytes.fill(0);
  return whole;
}

/** Encodes bytes as base64 with padding, as ASCII bytes. */
export function encodeBase64(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(0x3d);
  for (let i = 0, o = 0; i < bytes.length; i += 3, o += 4) {
    const [a, b, c] = [bytes[i]!, bytes[i + 1] ?? 0, bytes[i + 2] ?? 0];
    text[o] = ALPHABET.charCodeAt(a >> 2);
    text[o + 1] = ALPHABET.charCodeAt(((a & 3) << 4) | (b >> 4));
    if (i + 1 < bytes.length) text[o + 2] = ALPHABET.charCodeAt(((b & 15) << 2) | (c >> 6));
    if (i + 2 < bytes.length) text[o + 3] = ALPHABET.charCodeAt(c & 63);
  }
  return text;
}
