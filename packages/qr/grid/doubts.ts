import type { Sample } from "./sample.ts";

/** From the level of a dark or light module, as a part of the contrast. */
const MOST_OFF = 0.12;
/** Difference inside of a module. */
const MOST_SPREAD = 0.25;
/** Data is mixed on purpose: squares of one colour and so many modules are covers, or very rare. */
const UNIFORM: readonly number[] = [6, 5, 4];

/**
 * Modules that look like neither colour or like both: something lies over them. In a picture that is noisy
 * everywhere only what is worse than the rest is strange.
 */
export function strangeModules({ level, spread }: Sample): Uint8Array {
  const off = new Float32Array(level.length), map = new Uint8Array(level.length);
  for (let i = 0; i < off.length; i++) {
    const value = level[i]!;
    off[i] = Math.abs(value > 0.5 ? value - 1 : value);
  }
  const mostOff = Math.max(MOST_OFF, 4 * median(off));
  const mostSpread = Math.max(MOST_SPREAD, 4 * median(spread));
  for (let i = 0; i < off.length; i++) {
    map[i] = off[i]! > mostOff || spread[i]! > mostSpread ? 1 : 0;
  }
  return map;
}

/**
 * Maps of which modules are not to be trusted, from none to many: the strange ones, then also larger and larger
 * parts of one colour, as a window, a logo or a label over the code would be.
 */
export function* doubtsOf(
  dark: Uint8Array,
  { size, strange }: { readonly size: number; readonly strange: Uint8Array },
): Generator<Uint8Array> {
  const none = new Uint8Array(size * size);
  const given: Uint8Array[] = [none];
  yield none;
  const makers = [
    () => strange,
    () => widen(strange, size),
    ...UNIFORM.map((side) => () => {
      const uniform = widen(uniformSquares(dark, size, side), size);
      for (let i = 0; i < uniform.length; i++) uniform[i]! |= strange[i]!;
      return uniform;
    }),
  ];
  for (const make of makers) {
    const map = make();
    if (given.some((other) => isEqual(map, other))) continue;
    given.push(map);
    yield map;
  }
}

/** To one part in 64; values from 1 on are alike. */
function median(values: Float32Array): number {
  const counts = new Uint32Array(65);
  for (let i = 0; i < values.length; i++) counts[Math.min(64, values[i]! * 64 | 0)]!++;
  let bin = 0;
  for (let seen = counts[0]!; seen * 2 < values.length; seen += counts[bin]!) bin++;
  return bin / 64;
}

/** All modules in squares of one colour with so many modules on a side. */
function uniformSquares(dark: Uint8Array, size: number, side: number): Uint8Array {
  const map = new Uint8Array(size * size);
  // The largest square of one colour that ends at each module, from those before it.
  const sides = new Uint8Array(size * size);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) {
      const colour = dark[i]!;
      const isSame = x > 0 && y > 0 && dark[i - 1] === colour && dark[i - size] === colour &&
        dark[i - size - 1] === colour;
      sides[i] = isSame ? 1 + Math.min(sides[i - 1]!, sides[i - size]!, sides[i - size - 1]!) : 1;
      if (sides[i]! < side) continue;
      for (let row = 0; row < side; row++) {
        map.fill(1, i - row * size - side + 1, i - row * size + 1);
      }
    }
  }
  return map;
}

/** One module more on all sides. */
function widen(map: Uint8Array, size: number): Uint8Array {
  const wide = map.slice();
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) {
      if (map[i] === 0) continue;
      for (let dy = y > 0 ? -1 : 0; dy <= (y < size - 1 ? 1 : 0); dy++) {
        for (let dx = x > 0 ? -1 : 0; dx <= (x < size - 1 ? 1 : 0); dx++) {
          wide[i + dy * size + dx] = 1;
        }
      }
    }
  }
  return wide;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
