/** What a text is written in. `latin` is Windows-1252, which spreadsheets still write by default. */
export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "latin";

/** How a text is written, by its byte order mark or its bytes. */
export function encodingOf(bytes: Uint8Array): Encoding {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  // Without a mark: every other byte of a text in Latin letters is zero.
  if (bytes.length >= 4 && a === 0 && b !== 0 && bytes[2] === 0) return "utf-16be";
  if (bytes.length >= 4 && a !== 0 && b === 0 && bytes[3] === 0) return "utf-16le";
  return isUtf8(bytes) ? "utf-8" : "latin";
}

/**
 * The text as UTF-8 without a byte order mark. Bytes to bytes: a decoder would make a string of it, which
 * cannot be wiped. `owned` says whether `bytes` are a copy that has to be wiped.
 */
export function toUtf8(bytes: Uint8Array): { bytes: Uint8Array; owned: boolean } {
  const encoding = encodingOf(bytes);
  if (encoding === "utf-8") {
    const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    return { bytes: marked ? bytes.subarray(3) : bytes, owned: false };
  }
  if (encoding === "latin") return { bytes: fromUnits(bytes.length, latinAt(bytes)), owned: true };
  const big = encoding === "utf-16be";
  const skip = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
    ? 1
    : 0;
  const units = (i: number): number => {
    const at = 2 * (i + skip);
    return big ? (bytes[at]! << 8) | bytes[at + 1]! : bytes[at]! | (bytes[at + 1]! << 8);
  };
  return { bytes: fromUnits((bytes.length >> 1) - skip, units), owned: true };
}

// Windows-1252 differs from Latin-1 in these 32 places only (WHATWG Encoding Standard).
const HIGH = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

function latinAt(bytes: Uint8Array): (i: number) => number {
  return (i) => {
    const byte = bytes[i]!;
    return byte >= 0x80 && byte < 0xa0 ? HIGH.charCodeAt(byte - 0x80) : byte;
  };
}

/** UTF-8 of UTF-16 units; half a pair becomes the replacement character. */
function fromUnits(count: number, unit: (i: number) => number): Uint8Array {
  const text = new Uint8Array(count * 3);
  let length = 0;
  for (let i = 0; i < count; i++) {
    let code = unit(i);
    if (code >= 0xd800 && code < 0xe000) {
      const low = i + 1 < count ? unit(i + 1) : 0;
      const pair = code < 0xdc00 && low >= 0xdc00 && low < 0xe000;
      code = pair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
      if (pair) i++;
    }
    if (code < 0x80) text[length++] = code;
    else if (code < 0x800) {
      text[length++] = 0xc0 | (code >> 6);
      text[length++] = 0x80 | (code & 63);
    } else if (code < 0x10000) {
      text[length++] = 0xe0 | (code >> 12);
      text[length++] = 0x80 | ((code >> 6) & 63);
      text[length++] = 0x80 | (code & 63);
    } else {
      text[length++] = 0xf0 | (code >> 18);
      text[length++] = 0x80 | ((code >> 12) & 63);
      text[length++] = 0x80 | ((code >> 6) & 63);
      text[length++] = 0x80 | (code & 63);
    }
  }
  const whole = text.slice(0, length);
  text.fill(0);
  return whole;
}

function isUtf8(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length;) {
    const byte = bytes[i++]!;
    if (byte < 0x80) continue;
    const more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    if (byte < 0xc2 || byte > 0xf4) return false;
    for (let n = 0; n < more; n++) if ((bytes[i++]! & 0xc0) !== 0x80) return false;
  }
  return true;
}
