import encodeQR, { type ErrorCorrection } from "qr";
import { BLACK, type Canvas, type Colour, type Point, WHITE } from "./canvas.ts";
import type { Random } from "./random.ts";

/** Error correction levels, the weakest first. */
export type Level = "L" | "M" | "Q" | "H";
export const LEVELS: readonly Level[] = ["L", "M", "Q", "H"];

/** The corners of a code as its own orientation names them: top left first, then clockwise. */
export type Corners = readonly [Point, Point, Point, Point];

/** A code that is drawn nowhere yet. */
export interface Symbol {
  readonly text: string;
  readonly level: Level;
  readonly version: number;
  /** Modules in a row. */
  readonly size: number;
  /** Whether a module is dark; false outside. */
  isDark(column: number, row: number): boolean;
}

const NAMES: Readonly<Record<Level, ErrorCorrection>> = {
  L: "low",
  M: "medium",
  Q: "quartile",
  H: "high",
};

/** Encodes a text as bytes, in the smallest version that holds it. */
export function encode(text: string, level: Level, random: Random): Symbol {
  const mask = random.chance(0.5) ? random.whole(0, 7) as 0 : undefined;
  const rows = encodeQR(text, "raw", { ecc: NAMES[level], encoding: "byte", border: 1, mask });
  const size = rows.length - 2; // without the border
  return {
    text,
    level,
    version: (size - 17) / 4,
    size,
    isDark: (column, row) => rows[row + 1]?.[column + 1] ?? false,
  };
}

/** Where a symbol is drawn, and how. */
export interface Placement extends Point {
  /** Pixels a module across; need not be whole. */
  readonly width: number;
  /** Pixels a module down; as across if left out. */
  readonly height?: number;
  readonly dark?: Colour;
  readonly light?: Colour;
  /** Light modules around it. */
  readonly quiet?: number;
  /**
   * What becomes of modules that are no whole pixels: `area`, as graphics are drawn; `nearest`, as pictures
   * are enlarged with sharp edges; `smooth`, as pictures of one pixel a module are enlarged otherwise.
   */
  readonly edges?: "area" | "nearest" | "smooth";
}

/** Draws a symbol with its quiet zone; its top left module begins at `x`, `y`. Returns its corners. */
export function draw(canvas: Canvas, symbol: Symbol, placement: Placement): Corners {
  const { x, y, width, height = width, quiet = 4, edges = "area" } = placement;
  const { dark = BLACK, light = WHITE } = placement;
  const columns = weights(x, width, symbol.size, quiet, edges);
  const rows = weights(y, height, symbol.size, quiet, edges);
  for (const row of rows) {
    for (const column of columns) {
      let darkness = 0, covered = 0;
      for (const [r, rowPart] of row.modules) {
        for (const [c, columnPart] of column.modules) {
          covered += rowPart * columnPart;
          if (symbol.isDark(c, r)) darkness += rowPart * columnPart;
        }
      }
      canvas.blend(column.pixel, row.pixel, light, Math.min(1, covered));
      canvas.blend(column.pixel, row.pixel, dark, Math.min(1, darkness));
    }
  }
  return cornersOf({ x, y }, symbol.size * width, symbol.size * height);
}

export function cornersOf({ x, y }: Point, width: number, height: number): Corners {
  const [right, bottom] = [x + width, y + height];
  return [{ x, y }, { x: right, y }, { x: right, y: bottom }, { x, y: bottom }];
}

interface Line {
  readonly pixel: number;
  /** Which modules a pixel shows, and how much of each. */
  readonly modules: readonly (readonly [module: number, part: number])[];
}

function weights(
  start: number,
  size: number,
  modules: number,
  quiet: number,
  edges: NonNullable<Placement["edges"]>,
): Line[] {
  const lines: Line[] = [];
  const end = start + (modules + quiet) * size;
  for (let pixel = Math.floor(start - quiet * size); pixel < Math.ceil(end - 1e-9); pixel++) {
    const from = (pixel - start) / size, to = (pixel + 1 - start) / size;
    const middle = (from + to) / 2;
    const parts: [number, number][] = [];
    if (edges === "nearest") {
      parts.push([Math.floor(middle), 1]);
    } else if (edges === "smooth") {
      const first = Math.floor(middle - 0.5), second = middle - 0.5 - first;
      parts.push([first, 1 - second], [first + 1, second]);
    } else {
      const [low, high] = [Math.max(from, -quiet), Math.min(to, modules + quiet)];
      for (let module = Math.floor(low); module < high; module++) {
        const part = (Math.min(high, module + 1) - Math.max(low, module)) * size;
        if (part > 1e-9) parts.push([module, part]);
      }
    }
    lines.push({ pixel, modules: parts });
  }
  return lines;
}
