import { Line, type Raster } from "../picture/mod.ts";
import { Runs } from "./runs.ts";

/** A finder pattern: three squares in each other, in the proportion 1:1:3:1:1 from every side. */
export interface Finder {
  /** Its middle. */
  readonly x: number;
  readonly y: number;
  /** Width and height of a module. */
  readonly unitX: number;
  readonly unitY: number;
  /** Whether it is light on dark. */
  readonly isInverted: boolean;
  /** Brightness of what stands for dark and for light modules; turned round if it is inverted. */
  readonly dark: number;
  readonly light: number;
}

/** What a search found. */
export interface Located {
  readonly finders: readonly Finder[];
  /** Places where rows below each other looked like a finder pattern, and the columns through them did not. */
  readonly stacks: number;
}

/** Options of {@link locateFinders}. */
export interface LocateOptions {
  /** By how much brightness must turn to count, in levels of 256. */
  readonly least: number;
}

/** The middle square of a finder pattern is three modules high, and a module at least one pixel. */
const STEP = 3;
/** Height of a module, in widths: a terminal's cells are high, and pictures are stretched. */
const TALLEST = 2.6;
/** A picture of this many has no codes, or more than anybody can choose from. */
const MOST_FINDERS = 1500;
/** Looking from above costs most: pictures made to need it end here. */
const MOST_CHECKS = 60_000;

/** Finds finder patterns that stand upright, in every third row. */
export function locateFinders(raster: Raster, { least }: LocateOptions): Located {
  return new Search(raster, least).run();
}

/** A finder pattern while its rows come in. */
interface Growing {
  x: number;
  unitX: number;
  rows: number;
  readonly y: number;
  readonly unitY: number;
  readonly isInverted: boolean;
  readonly dark: number;
  readonly light: number;
}

/** Rows that looked like a finder pattern, at one place, that did not from above. */
interface Stack {
  readonly middle: number;
  readonly unit: number;
  readonly isInverted: boolean;
  lastY: number;
  rows: number;
}

/** So many rows make a stack: print makes one or two by chance. */
const STACKED = 4;

/** A stretch of five runs with its middle. */
interface Five {
  readonly middle: number;
  readonly unit: number;
  readonly core: number;
  readonly ring: number;
}

class Search {
  readonly #raster: Raster;
  readonly #least: number;
  readonly #row: Line;
  readonly #column: Line;
  readonly #rows: Runs;
  readonly #columns: Runs;
  readonly #found: Growing[] = [];
  /** Those that the next rows may still run through. */
  #open: Growing[] = [];
  #checks = 0;
  #stacks = 0;
  #openStacks: Stack[] = [];

  constructor(raster: Raster, least: number) {
    this.#raster = raster;
    this.#least = least;
    this.#row = new Line(raster.width);
    this.#column = new Line(raster.height);
    this.#rows = new Runs(raster.width);
    this.#columns = new Runs(raster.height);
  }

  run(): Located {
    const { height } = this.#raster;
    const rows = this.#rows, line = this.#row, { starts } = rows;
    for (let y = 1; y < height; y += STEP) {
      this.#raster.row(y, line);
      rows.cut(line, this.#least);
      if (rows.count < 5) continue;
      this.#open = this.#open.filter((one) => y < one.y + 2 * one.unitY + 1);
      this.#openStacks = this.#openStacks.filter((one) => y - one.lastY <= 2 * one.unit + STEP);
      for (let run = 2, last = rows.count - 2; run < last; run++) {
        const core = starts[run + 1]! - starts[run]!, inner = starts[run + 2]! - starts[run - 1]!;
        if (Math.abs(core - 0.6 * inner) > 0.1 * inner + 0.6) continue; // nearly all of them
        const five = fiveAround(rows, run, line.values);
        if (!five) continue;
        this.#take(five, y);
        if (this.#found.length >= MOST_FINDERS || this.#checks >= MOST_CHECKS) return this.#end();
      }
    }
    return this.#end();
  }

  #take(row: Five, y: number): void {
    const isInverted = row.core > row.ring;
    for (const one of this.#open) {
      const isSame = Math.abs(one.x - row.middle) < row.unit && one.isInverted === isInverted &&
        Math.abs(one.y - y) < 2 * one.unitY &&
        Math.abs(one.unitX - row.unit) < 0.3 * row.unit + 0.3;
      if (!isSame) continue;
      one.rows++;
      one.x += (row.middle - one.x) / one.rows;
      one.unitX += (row.unit - one.unitX) / one.rows;
      return;
    }
    this.#checks++;
    const column = this.#fromAbove(row, y);
    if (!column) {
      this.#stack(row, y);
      return;
    }
    const one = {
      x: row.middle,
      unitX: row.unit,
      rows: 1,
      y: column.middle,
      unitY: column.unit,
      isInverted,
      dark: (row.core + column.core) / 2,
      light: (row.ring + column.ring) / 2,
    };
    this.#found.push(one);
    this.#open.push(one);
  }

  #stack({ middle, unit, core, ring }: Five, y: number): void {
    const isInverted = core > ring;
    const below = this.#openStacks.find((one) =>
      one.isInverted === isInverted && Math.abs(one.middle - middle) < 0.3 * unit &&
      Math.abs(one.unit - unit) < 0.1 * unit && y - one.lastY <= 2 * unit + STEP
    );
    if (!below) this.#openStacks.push({ middle, unit, isInverted, lastY: y, rows: 1 });
    else {
      below.lastY = y;
      if (++below.rows === STACKED) this.#stacks++;
    }
  }

  /** The same proportion in the column through the middle, with a module height of its own. */
  #fromAbove(row: Five, y: number): Five | undefined {
    const { height, width } = this.#raster;
    const reach = Math.ceil(row.unit * 5 * TALLEST) + 3;
    const from = Math.max(0, y - reach), to = Math.min(height, y + reach + 1);
    const x = Math.min(width - 1, Math.floor(row.middle));
    if (!this.#isStacked(row, x, y)) return undefined;
    this.#raster.column(x, this.#column, { from, to });
    this.#columns.cut(this.#column, this.#least);
    const { starts, count } = this.#columns;
    for (let run = 2; run < count - 2; run++) {
      if (starts[run + 1]! <= y - from) continue;
      if (starts[run]! > y - from + 1) break;
      const five = fiveAround(this.#columns, run, this.#column.values);
      if (!five || five.core > five.ring !== row.core > row.ring) continue;
      if (five.unit > row.unit * TALLEST || five.unit * TALLEST < row.unit) continue;
      return { ...five, middle: five.middle + from };
    }
    return undefined;
  }

  /**
   * Whether what is above and below has about the proportion. Quick, for it ends at the first pixel that speaks against
   * it: columns of a large picture are far apart in memory, and print looks like finder patterns in many rows.
   */
  #isStacked({ unit, core, ring }: Five, x: number, y: number): boolean {
    const most = Math.ceil(unit * 3 * TALLEST) + 2;
    const sign = core < ring ? 1 : -1, middle = sign * (core + ring) / 2;
    const end = (from: number, step: 1 | -1, isCore: boolean): number => {
      let at = from;
      const { height } = this.#raster;
      for (let count = 0; count <= most; count++, at += step) {
        if (at < 0 || at >= height || (sign * this.#raster.at(x, at) < middle) !== isCore) {
          return at;
        }
      }
      return at;
    };
    const above = end(y, -1, true), below = end(y, 1, true);
    const high = below - above - 1;
    if (high > most || high < unit) return false;
    const rings = [above - end(above, -1, false), end(below, 1, false) - below];
    return rings.every((width) => Math.abs(width - high / 3) < 0.5 * high / 3 + 1);
  }

  #end(): Located {
    return { finders: this.#found, stacks: this.#stacks };
  }
}

/** Whether five runs have the lengths and levels of a finder pattern. */
function fiveAround(
  { starts, levels, count }: Runs,
  run: number,
  values: Uint8Array,
): Five | undefined {
  const first = starts[run - 1]!, last = starts[run + 2]!; // of the three runs inside
  const unit = (last - first) / 5;
  const near = 0.4 * unit + 0.45; // a pixel more or less where a picture was scaled without smoothing
  const core = starts[run + 1]! - starts[run]!;
  if (Math.abs(core - 3 * unit) > 0.5 * unit + 0.6) return undefined;
  if (Math.abs(starts[run]! - first - unit) > near) return undefined;
  if (Math.abs(last - starts[run + 1]! - unit) > near) return undefined;
  if (first - starts[run - 2]! < unit - near || starts[run + 3]! - last < unit - near) {
    return undefined;
  }
  // Lines of one module may be paler than the middle, where a pixel is hardly smaller than a module.
  const sign = levels[run]! < levels[run + 1]! ? 1 : -1;
  const a = levels[run - 2]! * sign, b = levels[run]! * sign, c = levels[run + 2]! * sign;
  const d = levels[run - 1]! * sign, e = levels[run + 1]! * sign;
  const least = Math.min(d, e) - Math.max(a, b, c);
  if (least < 0.3 * (Math.max(d, e) - Math.min(a, b, c))) return undefined;
  const length = starts[count]!;
  let left = first - starts[run - 2]!, right = starts[run + 3]! - last;
  const most = unit + near;
  if (left > most) {
    const [light, dark] = [levels[run - 1]!, levels[run - 2]!];
    left = ringWidth(values, first, { light, dark, step: -1, length, most });
  }
  if (right > most) {
    const [light, dark] = [levels[run + 1]!, levels[run + 2]!];
    right = ringWidth(values, last, { light, dark, step: 1, length, most });
  }
  if (Math.abs(left - unit) > near || Math.abs(right - unit) > near) return undefined;
  return {
    middle: (first - left + last + right) / 2,
    unit: (last - first + left + right) / 7,
    core: levels[run]!,
    ring: (levels[run - 1]! + levels[run + 1]!) / 2,
  };
}

/**
 * Width of the outer line, from its inner edge. What is outside of the quiet zone may be lighter than it, and then there
 * is no turn between them: the line ends where the brightness is that of the light ring inside.
 */
function ringWidth(
  values: Uint8Array,
  edge: number,
  { light, dark, step, length, most }: {
    readonly light: number;
    readonly dark: number;
    readonly step: 1 | -1;
    readonly length: number;
    readonly most: number;
  },
): number {
  const share = (x: number): number =>
    Math.min(1, Math.max(0, (values[x]! - light) / (dark - light)));
  // The pixel with the inner edge is a part of the line from there on.
  let x = step > 0 ? Math.floor(edge) : Math.ceil(edge) - 1;
  const rest = step > 0 ? x + 1 - edge : edge - x;
  let width = rest;
  for (x += step; x >= 0 && x < length && width <= most; x += step) {
    const part = share(x);
    width += part;
    if (part < 0.1) break;
  }
  return width;
}
