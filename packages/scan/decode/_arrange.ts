import type { Corners, FoundCode } from "../found_code.ts";
import type { StepName } from "./ladder.ts";
import type { ReadSymbol } from "./rung.ts";

/** A symbol, and where and how it was read. */
export interface FoundSymbol extends ReadSymbol {
  readonly frame: number;
  readonly step: StepName;
}

/** What became of the symbols that were read. */
export interface Arranged {
  /** Whole texts, frame by frame, from the top left to the bottom right. */
  readonly codes: readonly FoundCode[];
  /** Symbols whose text is split over several, of which some are missing. */
  readonly incomplete: readonly FoundSymbol[];
}

/**
 * Joins texts that are split over several symbols (structured append, ISO/IEC 18004 §8), keeps one of
 * each text, and puts the codes in reading order. The symbols are left as they are.
 *
 * The same text shown twice is one account: somebody asked to choose between two equal entries could
 * only be confused, so equal texts are merged wherever they lie.
 */
export function arrange(symbols: readonly FoundSymbol[]): Arranged {
  const whole: FoundCode[] = [];
  const incomplete: FoundSymbol[] = [];
  const groups = new Map<string, Map<number, FoundSymbol>>();
  for (const symbol of symbols) {
    const { part, bytes } = symbol;
    if (part === undefined) {
      if (bytes.length > 0) whole.push(toCode([symbol]));
      continue;
    }
    const key = `${part.id}/${part.count}`;
    const group = groups.get(key) ?? new Map<number, FoundSymbol>();
    groups.set(key, group);
    if (!group.has(part.index)) group.set(part.index, symbol);
  }
  for (const group of groups.values()) {
    const parts = [...group.values()].sort((a, b) => a.part!.index - b.part!.index);
    if (parts.length === parts[0]!.part!.count) whole.push(toCode(parts));
    else incomplete.push(...parts);
  }
  return { codes: inReadingOrder(withoutRepeats(whole)), incomplete };
}

/** A code from all of its symbols, in order: the first says where, the weakest how sure. */
function toCode(symbols: readonly FoundSymbol[]): FoundCode {
  const [{ corners, frame, step }] = symbols as readonly [FoundSymbol];
  const weakest = symbols.reduce((a, b) => b.unusedCheckBytes < a.unusedCheckBytes ? b : a);
  return {
    bytes: concat(symbols.map(({ bytes }) => bytes)),
    corners,
    frame,
    step,
    checkBytes: weakest.checkBytes,
    unusedCheckBytes: weakest.unusedCheckBytes,
    erasures: symbols.reduce((sum, { erasures }) => sum + erasures, 0),
  };
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

/**
 * Symbols that lie in the same place and say different things. One of them is wrong, and nobody can tell
 * which: neither is to be believed.
 */
export function contradictions(symbols: readonly FoundSymbol[]): ReadonlySet<FoundSymbol> {
  const found = new Set<FoundSymbol>();
  symbols.forEach((a, i) => {
    for (const b of symbols.slice(i + 1)) {
      if (isSamePlace(a, b) && !equals(a.bytes, b.bytes)) found.add(a).add(b);
    }
  });
  return found;
}

interface Place {
  readonly frame: number;
  readonly corners: Corners;
}

/** Whether the middles of two codes are so near that one would cover the other. */
export function isSamePlace(a: Place, b: Place): boolean {
  const [here, there] = [extent(a.corners), extent(b.corners)];
  const near = Math.min(here.height, there.height) / 2;
  return a.frame === b.frame && Math.abs(here.x - there.x) < near &&
    Math.abs(here.y - there.y) < near;
}

// Codes whose middles differ by less than half a code stand in one row.
function inReadingOrder(codes: readonly FoundCode[]): readonly FoundCode[] {
  const placed = codes.map((code) => ({ code, ...extent(code.corners) }))
    .sort((a, b) => a.code.frame - b.code.frame || a.y - b.y);
  const rows: (typeof placed)[] = [];
  for (const item of placed) {
    const row = rows.at(-1);
    const [first] = row ?? [];
    const isSame = first && item.code.frame === first.code.frame &&
      item.y - first.y < first.height / 2;
    if (row && isSame) row.push(item);
    else rows.push([item]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.x - b.x).map(({ code }) => code));
}

function extent(corners: Corners): { x: number; y: number; height: number } {
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
