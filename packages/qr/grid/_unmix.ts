import type { Raster } from "../picture/pixels.ts";
import type { Sample } from "./sample.ts";
import type { Square } from "./squares.ts";

/**
 * How pixels came from modules when a code was drawn with pixels hardly smaller than modules: each is the mean of what
 * lies under it, or lies on the line between two middles, as when a small picture is enlarged.
 */
export type Mixing = "area" | "linear";

/** Modules around the symbol that are taken along: border pixels hold a part of them. */
const FRAME = 1;
/** Keeps what pixels hardly say anything about from growing without bounds. */
const DAMPING = 0.01;

/**
 * The modules that explain the pixels best. Where a pixel holds parts of two modules none of its neighbours may show
 * either of them alone; but there are more pixels than modules, and the equations can be solved (least squares, along
 * rows and then along columns).
 */
export function unmix(raster: Raster, square: Square, mixing: Mixing): Sample | undefined {
  const { size, left, top, unitX, unitY } = square;
  const count = size + 2 * FRAME;
  const across = equations({
    start: left - FRAME * unitX,
    unit: unitX,
    count,
    mixing,
    end: raster.width,
  });
  const down = equations({
    start: top - FRAME * unitY,
    unit: unitY,
    count,
    mixing,
    end: raster.height,
  });
  if (!across || !down) return undefined;
  const rows = new Float64Array(down.pixels * count); // pixels from above, modules across
  const line = new Float64Array(Math.max(across.pixels, down.pixels)),
    solved = new Float64Array(count);
  for (let y = 0; y < down.pixels; y++) {
    for (let x = 0; x < across.pixels; x++) line[x] = raster.at(across.first + x, down.first + y);
    solve(across, line, solved);
    rows.set(solved, y * count);
  }
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let y = 0; y < down.pixels; y++) line[y] = rows[y * count + i + FRAME]!;
    solve(down, line, solved);
    for (let j = 0; j < size; j++) values[j * size + i] = solved[j + FRAME]!;
  }
  return { size, level: levelsOf(values, square), spread: new Float32Array(size * size) };
}

/** Normal equations of one direction: a band matrix, decomposed (Cholesky). */
interface Equations {
  readonly first: number;
  readonly pixels: number;
  /** The first module that each pixel has a part of, and the parts of it and the next. */
  readonly module: Int32Array;
  readonly parts: Float64Array;
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
}

function equations(
  { start, unit, count, mixing, end }: {
    readonly start: number;
    readonly unit: number;
    readonly count: number;
    readonly mixing: Mixing;
    readonly end: number;
  },
): Equations | undefined {
  const first = Math.max(0, Math.ceil(start)),
    last = Math.min(end, Math.floor(start + count * unit));
  const pixels = last - first;
  if (pixels < count - 2 * FRAME - 1) return undefined;
  const module = new Int32Array(pixels), parts = new Float64Array(2 * pixels);
  const diagonal = new Float64Array(count).fill(DAMPING), beside = new Float64Array(count);
  for (let p = 0; p < pixels; p++) {
    const from = (first + p - start) / unit, middle = from + 0.5 / unit - 0.5;
    const i = Math.min(Math.max(Math.floor(mixing === "area" ? from : middle), 0), count - 2);
    const over = mixing === "area" ? (from + 1 / unit - i - 1) * unit : middle - i;
    const next = Math.min(Math.max(over, 0), 1);
    module[p] = i;
    parts[2 * p] = 1 - next;
    parts[2 * p + 1] = next;
    diagonal[i]! += (1 - next) ** 2;
    diagonal[i + 1]! += next ** 2;
    beside[i]! += next * (1 - next);
  }
  for (let i = 0; i < count; i++) {
    if (i > 0) diagonal[i]! -= beside[i - 1]! ** 2;
    diagonal[i] = Math.sqrt(Math.max(diagonal[i]!, 1e-9));
    beside[i]! /= diagonal[i]!;
  }
  return { first, pixels, module, parts, diagonal, beside };
}

function solve(
  { pixels, module, parts, diagonal, beside }: Equations,
  line: Float64Array,
  out: Float64Array,
): void {
  const count = diagonal.length;
  // Around the middle of the scale, towards which damping pulls what is unknown.
  out.fill(DAMPING * 128);
  for (let p = 0; p < pixels; p++) {
    const i = module[p]!, value = line[p]!;
    out[i]! += parts[2 * p]! * value;
    out[i + 1]! += parts[2 * p + 1]! * value;
  }
  for (let i = 0; i < count; i++) {
    out[i] = (out[i]! - (i > 0 ? beside[i - 1]! * out[i - 1]! : 0)) / diagonal[i]!;
  }
  for (let i = count - 1; i >= 0; i--) {
    out[i] = (out[i]! - (i < count - 1 ? beside[i]! * out[i + 1]! : 0)) / diagonal[i]!;
  }
}

/** Lines of one module are paler in the picture than they were drawn: what is dark and light is measured again. */
function levelsOf(values: Float64Array, { dark, light }: Square): Float32Array {
  const middle = (dark + light) / 2, isLightAbove = light > dark;
  let darks = 0, lights = 0, darkCount = 0;
  for (let i = 0; i < values.length; i++) {
    if ((values[i]! > middle) === isLightAbove) lights += values[i]!;
    else {
      darks += values[i]!;
      darkCount++;
    }
  }
  const low = darkCount > 0 ? darks / darkCount : dark;
  const high = darkCount < values.length ? lights / (values.length - darkCount) : light;
  return Float32Array.from(values, (value) => (value - high) / (low - high));
}
