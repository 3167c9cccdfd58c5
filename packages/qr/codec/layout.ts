import { formatPlaces, versionBits, versionPlaces } from "./format_info.ts";
import { alignmentCentres, sizeOf, versionOf } from "./versions.ts";

/** What a module is for: data, a fixed light or dark one, or format information. */
export const DATA = 0, LIGHT = 1, DARK = 2, FORMAT = 3;

/** What stands where in a symbol of one version. Modules are numbered row by row from the top left. */
export interface Layout {
  readonly version: number;
  /** Modules on a side. */
  readonly size: number;
  /** {@link DATA}, {@link LIGHT}, {@link DARK} or {@link FORMAT}, by module. */
  readonly kind: Uint8Array;
  /** The data modules in the order of their bits (§7.7.3). */
  readonly order: Uint16Array;
  /** For each mask, whether it turns a module over (table 10). */
  readonly masks: readonly Uint8Array[];
  /** Modules of the two copies of the format information, lowest bit first. */
  readonly format: readonly (readonly number[])[];
}

const layouts = new Map<number, Layout>();

/** The layout of a version; made once. */
export function layoutOf(version: number): Layout {
  const known = layouts.get(version);
  if (known) return known;
  const size = sizeOf(version);
  const kind = functionModules(version);
  const layout = {
    version,
    size,
    kind,
    order: placement(size, kind),
    masks: MASKS.map((turns) =>
      Uint8Array.from(kind, (_, i) => turns(i % size, Math.floor(i / size)) ? 1 : 0)
    ),
    format: formatPlaces(size).map((copy) => copy.map(([x, y]) => y * size + x)),
  };
  layouts.set(version, layout);
  return layout;
}

/** The layout of a symbol with so many modules on a side, if there are such symbols. */
export function layoutOfSize(size: number): Layout | undefined {
  const version = versionOf(size);
  return version === undefined ? undefined : layoutOf(version);
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => x * y % 2 + x * y % 3 === 0,
  (x, y) => (x * y % 2 + x * y % 3) % 2 === 0,
  (x, y) => ((x + y) % 2 + x * y % 3) % 2 === 0,
];

function functionModules(version: number): Uint8Array {
  const size = sizeOf(version);
  const kind = new Uint8Array(size * size);
  const set = (x: number, y: number, isDark: boolean): void => {
    if (x >= 0 && y >= 0 && x < size && y < size) kind[y * size + x] = isDark ? DARK : LIGHT;
  };
  const square = (cx: number, cy: number, rings: readonly boolean[]): void => {
    const reach = rings.length - 1;
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        set(cx + x, cy + y, rings[Math.max(Math.abs(x), Math.abs(y))]!);
      }
    }
  };
  for (let i = 8; i < size - 8; i++) {
    set(i, 6, i % 2 === 0);
    set(6, i, i % 2 === 0);
  }
  const finder = [true, true, false, true, false];
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) square(x, y, finder);
  const centres = alignmentCentres(version);
  const last = centres.length - 1;
  for (const [i, y] of centres.entries()) {
    for (const [j, x] of centres.entries()) {
      const isFinder = (i === 0 && (j === 0 || j === last)) || (i === last && j === 0);
      if (!isFinder) square(x, y, [true, false, true]);
    }
  }
  for (const copy of formatPlaces(size)) for (const [x, y] of copy) kind[y * size + x] = FORMAT;
  set(8, size - 8, true); // always dark
  if (version < 7) return kind;
  const bits = versionBits(version);
  for (const copy of versionPlaces(size)) {
    for (const [i, [x, y]] of copy.entries()) set(x, y, (bits >> i & 1) === 1);
  }
  return kind;
}

// Two columns at a time from the right, up and down by turns; the column of the timing pattern is left out.
function placement(size: number, kind: Uint8Array): Uint16Array {
  const order = [];
  let up = true;
  for (let right = size - 1; right > 0; right -= 2, up = !up) {
    if (right === 6) right -= 1;
    for (let i = 0; i < size; i++) {
      const y = up ? size - 1 - i : i;
      for (const module of [y * size + right, y * size + right - 1]) {
        if (kind[module] === DATA) order.push(module);
      }
    }
  }
  return Uint16Array.from(order);
}
