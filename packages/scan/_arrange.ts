import type { RawSymbol } from "./_decoder_worker.ts";
import type { Decoder, FoundCode, Point } from "./found_code.ts";

/** What became of the symbols that were read. */
export interface Arranged {
  /** Whole texts, from the top left to the bottom right. */
  readonly codes: readonly FoundCode[];
  /** Symbols whose text is split over several, of which some are missing. */
  readonly incomplete: { readonly found: number; readonly count: number } | undefined;
}

/**
 * Joins texts that are split over several symbols (structured append, ISO/IEC 18004 §8), keeps one of
 * each text, and puts the codes in reading order.
 *
 * The same text shown twice is one account: somebody asked to choose between two equal entries could
 * only be confused, so equal texts are merged wherever they lie.
 */
export function arrange(symbols: readonly RawSymbol[], decoder: Decoder): Arranged {
  const whole: FoundCode[] = [];
  const groups = new Map<string, Map<number, RawSymbol>>();
  for (const symbol of symbols) {
    const { part, corners, bytes } = symbol;
    if (part === undefined) {
      if (bytes.length > 0) whole.push({ bytes, corners, decoder });
      continue;
    }
    const key = `${part.id}/${part.count}`;
    const group = groups.get(key) ?? new Map<number, RawSymbol>();
    groups.set(key, group.set(part.index, symbol));
  }
  let incomplete: Arranged["incomplete"];
  for (const group of groups.values()) {
    const parts = [...group.values()].sort((a, b) => a.part!.index - b.part!.index);
    const first = parts[0]!;
    if (parts.length === first.part!.count) {
      const bytes = concat(parts.map((part) => part.bytes));
      whole.push({ bytes, corners: first.corners, decoder });
    } else {
      incomplete = { found: parts.length, count: first.part!.count };
    }
    for (const part of parts) part.bytes.fill(0);
  }
  return { codes: inReadingOrder(withoutRepeats(whole)), incomplete };
}

/** Keeps the first of each text and overwrites the others. */
export function withoutRepeats(codes: readonly FoundCode[]): readonly FoundCode[] {
  const kept: FoundCode[] = [];
  for (const code of codes) {
    if (kept.some((other) => equals(other.bytes, code.bytes))) code.bytes.fill(0);
    else kept.push(code);
  }
  return kept;
}

// Codes whose middles differ by less than half a code stand in one row.
function inReadingOrder(codes: readonly FoundCode[]): readonly FoundCode[] {
  const placed = codes.map((code) => ({ code, ...extent(code.corners) })).sort((a, b) => a.y - b.y);
  const rows: (typeof placed)[] = [];
  for (const item of placed) {
    const row = rows.at(-1);
    if (row !== undefined && item.y - row[0]!.y < row[0]!.height / 2) row.push(item);
    else rows.push([item]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.x - b.x).map(({ code }) => code));
}

function extent(corners: readonly Point[]): { x: number; y: number; height: number } {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / 4;
  const ys = corners.map(({ y }) => y);
  return {
    x: mean(corners.map(({ x }) => x)),
    y: mean(ys),
    height: Math.max(...ys) - Math.min(...ys),
  };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function equals(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
