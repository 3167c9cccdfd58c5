import { unpadIso9797 } from "../crypto/iso9797_pad.ts";

/**
 * The seed that results when its base32 text is taken for hexadecimal; `undefined` where that text has
 * a character that is not a hexadecimal digit, or an odd number of them.
 *
 * Works on digit values, never on strings, which could not be wiped.
 */
export function base32TakenForHex(seed: Uint8Array): Uint8Array | undefined {
  return reread(regroup(seed, { from: 8, to: 5, keepRest: true }), {
    // the letters A to F are 0 to 5 in base32, the digits 2 to 7 are 26 to 31
    digit: (value) => value <= 5 ? value + 10 : value >= 26 ? value - 24 : undefined,
    bits: 4,
  });
}

/**
 * The seed that results when its hexadecimal text is taken for base32; `undefined` where that text has
 * one of 0, 1, 8 and 9. Bits left over at the end are dropped, as lenient programs do.
 */
export function hexTakenForBase32(seed: Uint8Array): Uint8Array | undefined {
  return reread(regroup(seed, { from: 8, to: 4, keepRest: false }), {
    digit: (value) => value >= 10 ? value - 10 : value >= 2 && value <= 7 ? value + 24 : undefined,
    bits: 5,
  });
}

/** Where seeds get cut: old minimum, AES key, SHA-1, 32 bytes, AWS, three blocks, token, HMAC block. */
const USUAL_LENGTHS = [10, 16, 20, 32, 40, 48, 63, 64];

/** The beginnings of a seed that mistakes leave over, each a new array. */
export function* cutSeeds(seed: Uint8Array): Generator<Uint8Array, void> {
  // Padded no further than it was, a seed that ends in 80 00… loses that end in the token.
  const unpadded = seed.length % 16 === 0 ? unpadIso9797(seed) : undefined;
  if (unpadded && unpadded.length > 0) yield unpadded;
  if (seed.length < 2) return;
  // The last character of the base32 text is missing: lenient programs drop the byte that was begun,
  // others fill it with zeros.
  yield seed.slice(0, -1);
  const filled = seed.slice();
  const bitsLeft = Math.ceil(seed.length * 8 / 5) * 5 - 5 - (seed.length - 1) * 8; // 3 to 7
  filled[filled.length - 1]! &= 0xff << (8 - bitsLeft);
  yield filled;
  for (const length of USUAL_LENGTHS) {
    if (length < seed.length - 1) yield seed.slice(0, length);
  }
}

function reread(
  values: Uint8Array,
  { digit, bits }: { digit: (value: number) => number | undefined; bits: 4 | 5 },
): Uint8Array | undefined {
  try {
    if (bits === 4 && values.length % 2 !== 0) return undefined;
    for (let i = 0; i < values.length; i++) {
      const other = digit(values[i]!);
      if (other === undefined) return undefined;
      values[i] = other;
    }
    return regroup(values, { from: bits, to: 8, keepRest: false });
  } finally {
    values.fill(0);
  }
}

/** The same bits in groups of another size; a rest is filled with zeros or dropped. */
function regroup(
  values: Uint8Array,
  { from, to, keepRest }: { from: number; to: number; keepRest: boolean },
): Uint8Array {
  const groups = values.length * from / to;
  const out = new Uint8Array(keepRest ? Math.ceil(groups) : Math.floor(groups));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const value of values) {
    held = (held << from | value) & 0xffff;
    bits += from;
    while (bits >= to) out[at++] = held >> (bits -= to) & (1 << to) - 1;
  }
  if (at < out.length) out[at] = held << (to - bits) & (1 << to) - 1;
  return out;
}
