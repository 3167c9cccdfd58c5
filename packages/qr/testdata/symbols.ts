import encodeQr from "qr";
import type { Level } from "../codec/mod.ts";

/** Names of the levels in the encoder that the tests use. */
export const ECC = { L: "low", M: "medium", Q: "quartile", H: "high" } as const;

/** A symbol as it was encoded. */
export interface Symbol {
  readonly size: number;
  /** 1 for a dark module, row by row. */
  readonly dark: Uint8Array;
}

/** What to encode, and how. */
export interface SymbolOptions {
  readonly level?: Level;
  readonly version?: number;
  readonly mask?: number;
}

/** Encodes a text with the npm package `qr`, which shares nothing with this one. */
export function symbolOf(text: string, { level = "M", version, mask }: SymbolOptions = {}): Symbol {
  return fromRows(encodeQr(text, "raw", { ecc: ECC[level], version, mask, border: 1 }));
}

/** Encodes bytes as they are. */
export function symbolOfBytes(bytes: Uint8Array, options: SymbolOptions = {}): Symbol {
  const { level = "M", version, mask } = options;
  return fromRows(encodeQr("x", "raw", {
    ecc: ECC[level],
    version,
    mask,
    border: 1,
    encoding: "byte",
    textEncoder: () => bytes,
  }));
}

function fromRows(framed: boolean[][]): Symbol {
  const rows = framed.slice(1, -1).map((row) => row.slice(1, -1));
  return { size: rows.length, dark: Uint8Array.from(rows.flat(), (isDark) => isDark ? 1 : 0) };
}

/** Numbers from 0 to below 1 that are the same in every run (mulberry32, public domain). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
}

/** A text like those that are read in earnest, of a given length at least. */
export function otpauth(random: () => number, length = 0): string {
  const pick = (letters: string): string => letters[Math.floor(random() * letters.length)]!;
  const word = (count: number, letters: string): string =>
    Array.from({ length: count }, () => pick(letters)).join("");
  const secret = word(
    [16, 26, 32, 52, 64][Math.floor(random() * 5)]!,
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  );
  const issuer = word(3 + Math.floor(random() * 12), "abcdefghijklmnopqrstuvwxyz");
  const account = word(4 + Math.floor(random() * 12), "abcdefghijklmnopqrstuvwxyz.");
  const base = `otpauth://totp/${issuer}:${account}@example.org?secret=${secret}&issuer=${issuer}`;
  const rest = "&algorithm=SHA1&digits=6&period=30";
  const text = random() < 0.5 ? base + rest : base;
  return text +
    (text.length < length ? `&image=${"a".repeat(Math.max(1, length - text.length - 7))}` : "");
}
