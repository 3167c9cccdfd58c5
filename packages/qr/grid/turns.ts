import { DARK, DATA, FORMAT, formatCandidates, type Layout } from "../codec/mod.ts";
import type { Point } from "../qr_code.ts";
import type { Square } from "./squares.ts";

/** A way to look at a square: turned by quarters, and perhaps from behind. */
export interface Turn {
  /** For each module of the upright symbol, the module of the square. */
  readonly modules: Uint32Array;
  readonly quarters: number;
  readonly isMirrored: boolean;
}

/** Share of fixed modules that may look wrong: half of those of a finder pattern or two, if they are covered. */
const MOST_WRONG = 0.3;
/** Turns that are hardly worse than the best are tried as well. */
const NEARLY = 0.05;
/** So many more wrong bits of the format information are too many. */
const BEHIND = 2;

/** How a square fits, if it does. */
export interface Fit {
  /** Share of the fixed modules that are not as they should be, 0 to 1. */
  readonly wrong: number;
  /** The ways to look at it, likeliest first. */
  readonly turns: readonly Turn[];
}

/**
 * The ways to look at a square under which the fixed modules are where they belong, likeliest first. None if it is
 * no symbol of this size.
 */
export function fitOf(
  dark: Uint8Array,
  { layout, doubt }: { readonly layout: Layout; readonly doubt: Uint8Array },
): Fit {
  const { size } = layout;
  const quarters = [0, 1, 2, 3].map((quarters) => {
    const modules = turned(size, { quarters, isMirrored: false });
    return { quarters, wrong: wrongShareOf(dark, { layout, doubt, modules }) };
  });
  const best = Math.min(...quarters.map(({ wrong }) => wrong));
  if (best > MOST_WRONG) return { wrong: best, turns: [] };
  const turns = quarters.filter(({ wrong }) => wrong <= best + NEARLY)
    .flatMap(({ quarters }) => [false, true].map((isMirrored) => ({ quarters, isMirrored })))
    .flatMap((turn) => {
      const modules = turned(size, turn);
      const [format] = formatCandidates(upright(dark, modules), layout);
      return format ? [{ ...turn, modules, ...format }] : [];
    })
    .sort((a, b) => a.better - b.better || a.both - b.both);
  // Only from one side the format information is some.
  const likely = turns.filter(({ better }) => better <= turns[0]!.better + BEHIND);
  return { wrong: best, turns: likely };
}

/** The least share of wrong fixed modules that any way to turn a square gives. */
export function wrongShare(dark: Uint8Array, layout: Layout): number {
  const doubt = new Uint8Array(dark.length);
  return Math.min(...[0, 1, 2, 3].map((quarters) => {
    const modules = turned(layout.size, { quarters, isMirrored: false });
    return wrongShareOf(dark, { layout, doubt, modules });
  }));
}

function wrongShareOf(
  dark: Uint8Array,
  { layout: { kind }, doubt, modules }: {
    readonly layout: Layout;
    readonly doubt: Uint8Array;
    readonly modules: Uint32Array;
  },
): number {
  let wrong = 0, all = 0;
  for (let i = 0; i < kind.length; i++) {
    const what = kind[i]!;
    if (what === DATA || what === FORMAT || doubt[modules[i]!] === 1) continue;
    all++;
    if ((what === DARK) !== (dark[modules[i]!] === 1)) wrong++;
  }
  return all < kind.length / 50 ? 1 : wrong / all;
}

const tables = new Map<string, Uint32Array>();

function turned(
  size: number,
  turn: { readonly quarters: number; readonly isMirrored: boolean },
): Uint32Array {
  const key = `${size} ${turn.quarters} ${turn.isMirrored}`;
  const known = tables.get(key);
  if (known) return known;
  const table = Uint32Array.from({ length: size * size }, (_, i) => {
    const point = { x: i % size + 0.5, y: Math.floor(i / size) + 0.5 };
    const { x, y } = inSquare(point, size, turn);
    return Math.floor(y) * size + Math.floor(x);
  });
  tables.set(key, table);
  return table;
}

/** Where a point of the upright symbol lies in the square, both in modules. */
function inSquare(
  point: Point,
  size: number,
  { quarters, isMirrored }: { readonly quarters: number; readonly isMirrored: boolean },
): Point {
  let { x, y } = isMirrored ? { x: point.y, y: point.x } : point;
  for (let i = 0; i < quarters; i++) [x, y] = [y, size - x];
  return { x, y };
}

/** The corners of the upright symbol in the picture: top left, top right, bottom right, bottom left. */
export function cornersOf(square: Square, turn: Turn): readonly [Point, Point, Point, Point] {
  const { size, left, top, unitX, unitY } = square;
  const corner = (x: number, y: number): Point => {
    const place = inSquare({ x, y }, size, turn);
    return { x: left + place.x * unitX, y: top + place.y * unitY };
  };
  return [corner(0, 0), corner(size, 0), corner(size, size), corner(0, size)];
}

/** Modules of a square as those of the upright symbol. */
export function upright(map: Uint8Array, modules: Uint32Array): Uint8Array {
  const turned = new Uint8Array(map.length);
  for (let i = 0; i < turned.length; i++) turned[i] = map[modules[i]!]!;
  return turned;
}
