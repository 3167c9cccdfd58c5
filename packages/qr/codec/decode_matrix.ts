import { blockBits, type Redundancy, redundancyOf, RULE, type Rule } from "./evidence.ts";
import { formatCandidates } from "./format_candidates.ts";
import type { Format } from "./format_info.ts";
import { DARK, type Layout, layoutOfSize, LIGHT } from "./layout.ts";
import { correctBlock, type Correction } from "./reed_solomon.ts";
import { readSegments, type Segment } from "./segments.ts";
import type { Part } from "./segments.ts";
import { spreadDoubt } from "./_spread_doubt.ts";
import { blockPlan } from "./versions.ts";

/** The modules of a symbol as they were read, row by row. */
export interface Modules {
  /** Modules on a side. */
  readonly size: number;
  /** 1 for a dark module, 0 for a light one. */
  readonly dark: Uint8Array;
}

/** What was read from the modules of a symbol. */
export interface MatrixRead extends Format {
  readonly version: number;
  readonly segments: readonly Segment[];
  readonly part: Part | undefined;
  readonly redundancy: Redundancy;
  /** Modules that were left out and restored from the others, by their numbers. */
  readonly erased: Uint16Array;
}

/** What a caller may say about decoding. */
export interface MatrixOptions {
  /**
   * Which modules not to trust: one map after the other is tried, 1 for a module that is left out. The
   * first map is usually all 0.
   */
  readonly doubts: Iterable<Uint8Array>;
  /** Whether a read is to be believed. It has passed the rule. */
  readonly believe: (read: MatrixRead) => boolean;
  /** What must be left of the check bytes; {@link RULE} if left out. */
  readonly rule?: Rule | undefined;
}

/** A block that has been corrected. */
interface Solved extends Correction {
  readonly bytes: Uint8Array;
  /** The map that was in use. */
  readonly doubt: Uint8Array;
}

/**
 * Decodes the modules of a symbol that stands upright and is not mirrored.
 *
 * Each block is corrected by itself with the first map of doubts under which it can be. Blocks that are solved
 * tell which modules were read wrongly; where those lie close together something covers the symbol, and
 * that makes one more map for the others.
 */
export function decodeMatrix(modules: Modules, options: MatrixOptions): MatrixRead | undefined {
  const layout = layoutOfSize(modules.size);
  if (!layout) return undefined;
  for (const format of formatCandidates(modules.dark, layout)) {
    const read = new Attempt(modules, { layout, format, rule: options.rule ?? RULE }).run(options);
    if (read) return read;
  }
  return undefined;
}

class Attempt {
  readonly #dark: Uint8Array;
  readonly #layout: Layout;
  readonly #format: Format;
  readonly #rule: Rule;
  readonly #codewords: Uint8Array;
  readonly #plan: { readonly check: number; readonly blocks: readonly Uint16Array[] };
  readonly #solved: (Solved | undefined)[];
  /** What was left out of each block the last time: it need not be tried again. */
  readonly #tried: string[] = [];

  constructor(
    { dark }: Modules,
    { layout, format, rule }: {
      readonly layout: Layout;
      readonly format: Format;
      readonly rule: Rule;
    },
  ) {
    this.#rule = rule;
    this.#dark = dark;
    this.#layout = layout;
    this.#format = format;
    this.#plan = blockPlan(layout.version, format.level);
    this.#solved = this.#plan.blocks.map(() => undefined);
    const { order } = layout, turns = layout.masks[format.mask]!;
    this.#codewords = new Uint8Array(order.length >> 3);
    for (let i = 0; i < this.#codewords.length * 8; i++) {
      const module = order[i]!;
      this.#codewords[i >> 3]! |= (dark[module]! ^ turns[module]!) << (7 - (i & 7));
    }
  }

  run({ doubts, believe }: MatrixOptions): MatrixRead | undefined {
    try {
      let base: Uint8Array | undefined;
      for (const [i, doubt] of numbered(doubts)) {
        const isDone = this.#solve(doubt, i === 1);
        if (isDone && (i > 0 || this.#isUntouched())) return this.#finish(believe);
        if (i < 2) base = doubt;
      }
      if (this.#solved.every((block) => block !== undefined)) return this.#finish(believe);
      if (!base) return undefined;
      for (const doubt of spreadDoubt(this.#knownModules(), this.#layout.size, base)) {
        if (this.#solve(doubt)) return this.#finish(believe);
      }
      return undefined;
    } finally {
      this.#codewords.fill(0);
      for (const block of this.#solved) block?.bytes.fill(0);
    }
  }

  /** Whether all blocks were as they should be. */
  #isUntouched(): boolean {
    return this.#solved.every((block) => block?.errors === 0);
  }

  /**
   * Tries the blocks that are left, or those too that needed check bytes, since to leave out what is covered costs
   * half. Returns whether none is left.
   */
  #solve(doubt: Uint8Array, isBetterWanted = false): boolean {
    const { order } = this.#layout;
    const doubtful = new Uint8Array(this.#codewords.length); // modules in doubt of each codeword
    for (let i = 0; i < doubtful.length * 8; i++) doubtful[i >> 3]! += doubt[order[i]!]!;
    let isDone = true;
    for (let number = 0; number < this.#solved.length; number++) {
      const before = this.#solved[number];
      if (!before) this.#solved[number] = this.#solveBlock(number, doubtful, doubt);
      else if (isBetterWanted && before.errors > 0) {
        const again = this.#solveBlock(number, doubtful, doubt);
        const isBetter = again && costOf(again) < costOf(before);
        if (isBetter) this.#solved[number] = again;
        (isBetter ? before : again)?.bytes.fill(0);
      }
      isDone &&= this.#solved[number] !== undefined;
    }
    return isDone;
  }

  #solveBlock(number: number, doubtful: Uint8Array, doubt: Uint8Array): Solved | undefined {
    const { check, blocks } = this.#plan;
    const block = blocks[number]!;
    let erased: number[] = [];
    for (let place = 0; place < block.length; place++) {
      if (doubtful[block[place]!] !== 0) erased.push(place);
    }
    // With more doubt than can be restored, the codewords that are least in doubt are taken as they are.
    const most = check - this.#rule.unused;
    if (erased.length > most) {
      erased = erased.sort((a, b) => doubtful[block[b]!]! - doubtful[block[a]!]!).slice(0, most);
    }
    const key = erased.join();
    if (this.#tried[number] === key) return undefined;
    this.#tried[number] = key;
    const bytes = new Uint8Array(block.length);
    for (let place = 0; place < bytes.length; place++) {
      bytes[place] = this.#codewords[block[place]!]!;
    }
    const correction = correctBlock(bytes, { check, erased });
    if (
      correction && blockBits(correction, { length: block.length, check }) >= this.#rule.blockBits
    ) {
      return { ...correction, bytes, doubt };
    }
    bytes.fill(0);
    return undefined;
  }

  #finish(believe: MatrixOptions["believe"]): MatrixRead | undefined {
    const solved = this.#solved as readonly Solved[];
    const { check } = this.#plan;
    const redundancy = redundancyOf(solved, check);
    if (redundancy.unused < this.#rule.unused) return undefined;
    const data = new Uint8Array(this.#codewords.length - redundancy.check);
    let at = 0;
    for (const { bytes } of solved) {
      data.set(bytes.subarray(0, bytes.length - check), at);
      at += bytes.length - check;
    }
    const { version } = this.#layout;
    const content = readSegments(data, version);
    data.fill(0);
    if (!content) return undefined;
    const { level, mask } = this.#format;
    const read = { version, level, mask, ...content, redundancy, erased: this.#erasedModules() };
    return believe(read) ? read : undefined;
  }

  /** The modules in doubt of the blocks that needed it. */
  #erasedModules(): Uint16Array {
    const { order } = this.#layout;
    const doubts: (Uint8Array | undefined)[] = [];
    for (const [number, block] of this.#plan.blocks.entries()) {
      const { erasures, doubt } = this.#solved[number]!;
      if (erasures > 0) { for (const place of block) doubts[place] = doubt; }
    }
    return order.filter((module, i) => doubts[i >> 3]?.[module] === 1).sort();
  }

  /** For each module: 1 if it was read rightly, 2 if wrongly, 0 if that is not known. */
  #knownModules(): Uint8Array {
    const { kind, order, masks } = this.#layout, turns = masks[this.#format.mask]!;
    const known = new Uint8Array(kind.length);
    for (let module = 0; module < known.length; module++) {
      const what = kind[module];
      if (what !== LIGHT && what !== DARK) continue;
      known[module] = (what === DARK) === (this.#dark[module] === 1) ? 1 : 2;
    }
    for (const [number, block] of this.#plan.blocks.entries()) {
      const right = this.#solved[number]?.bytes;
      if (!right) continue;
      for (let i = 0; i < block.length; i++) {
        for (let bit = 0; bit < 8; bit++) {
          const module = order[block[i]! * 8 + bit]!;
          const isDark = (right[i]! >> (7 - bit) & 1) ^ turns[module]!;
          known[module] = isDark === this.#dark[module] ? 1 : 2;
        }
      }
    }
    return known;
  }
}

function* numbered<T>(items: Iterable<T>): Generator<readonly [number, T]> {
  let i = 0;
  for (const item of items) yield [i++, item];
}

function costOf({ errors, erasures }: Correction): number {
  return 2 * errors + erasures;
}
