import type { Segment } from "./segments.ts";

// Character sets by their ECI numbers (AIM ITS/04-023), by the names that the Encoding Standard gives them.
// 0 and 2, code page 437, are missing there and here.
const CHARACTER_SETS: Readonly<Record<number, string>> = {
  1: "iso-8859-1",
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16].map((
      part,
    ) => [part + 2, `iso-8859-${part}`]),
  ),
  20: "shift_jis",
  21: "windows-1250",
  22: "windows-1251",
  23: "windows-1252",
  24: "windows-1256",
  25: "utf-16be",
  26: "utf-8",
  27: "us-ascii",
  28: "big5",
  29: "gb18030",
  30: "euc-kr",
  32: "gb18030",
  33: "utf-16le",
  170: "us-ascii",
};

/**
 * The content as bytes: in UTF-8 where the symbol says in which character set it is written, otherwise as
 * they stand in it. A seed can be wiped from bytes, not from a string.
 */
export function bytesOf(segments: readonly Segment[]): Uint8Array {
  const parts = segments.map((segment) => inUtf8(segment) ?? segment.bytes);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const [i, part] of parts.entries()) {
    whole.set(part, at);
    at += part.length;
    if (part !== segments[i]!.bytes) part.fill(0);
  }
  return whole;
}

/** Bytes as text: UTF-8 if they are that, otherwise one character a byte (ISO 8859-1, the default of the standard). */
export function textOf(bytes: Uint8Array): string {
  return decode("utf-8", bytes) ?? latin1(bytes);
}

/** Undefined if the bytes are UTF-8 already, may be, or cannot be read as what they are said to be. */
function inUtf8({ mode, bytes, eci }: Segment): Uint8Array | undefined {
  if (mode === "numeric" || mode === "alphanumeric") return undefined;
  const label = mode === "kanji"
    ? "shift_jis"
    : eci === undefined
    ? undefined
    : CHARACTER_SETS[eci];
  if (!label || label === "utf-8" || bytes.every((byte) => byte < 0x80)) return undefined;
  const text = label === "iso-8859-1" ? latin1(bytes) : decode(label, bytes);
  return text === undefined ? undefined : new TextEncoder().encode(text);
}

function decode(label: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // not that, or a character set that this runtime does not know
  }
}

/** Not the decoder of that label, which is the one of Windows-1252. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
