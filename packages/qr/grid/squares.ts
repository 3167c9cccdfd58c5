import { sizeOf } from "../codec/mod.ts";
import type { Finder } from "../locate/mod.ts";

/** Where a code may lie: a grid along the edges of the picture. */
export interface Square {
  /** Modules on a side. */
  readonly size: number;
  /** Left and upper edge of the first module. */
  readonly left: number;
  readonly top: number;
  /** Width and height of a module. */
  readonly unitX: number;
  readonly unitY: number;
  readonly isInverted: boolean;
  readonly dark: number;
  readonly light: number;
  /** The finder patterns it was made from, two or three. */
  readonly finders: readonly Finder[];
}

/** From the middle of a finder pattern to the edge of the code, in modules. */
const MARGIN = 3.5;
/** Enough for every picture that people make: sixteen codes beside each other need a fifth of it. */
const MOST_GUESSES = 20_000;

/**
 * All squares that two or three finder patterns may be corners of, those with three first. Two are enough: one
 * may be covered. Where the fourth corner is, and so how the code is turned, does not matter here.
 */
export function squaresOf(finders: readonly Finder[]): readonly Square[] {
  const squares = new Map<string, Square>();
  const add = (square: Square | undefined): void => {
    if (!square) return;
    const { size, left, top, unitX, unitY, isInverted } = square;
    const places = [left, top, left + size * unitX, top + size * unitY].map((at) =>
      Math.round(at / unitX)
    );
    const key = `${size} ${places.join(" ")} ${isInverted}`;
    const known = squares.get(key);
    if (!known || known.finders.length < square.finders.length) squares.set(key, square);
  };
  const sorted = [...finders].sort((a, b) => a.x - b.x);
  let guesses = 0;
  for (let i = 0; i < sorted.length && guesses < MOST_GUESSES; i++) {
    for (let j = i + 1; j < sorted.length && guesses < MOST_GUESSES; j++) {
      const a = sorted[i]!, b = sorted[j]!;
      if (!isAlike(a, b)) continue;
      for (const guess of guessesOf(a, b)) {
        guesses++;
        add(complete(guess, sorted));
      }
    }
  }
  return [...squares.values()].sort((a, b) =>
    b.finders.length - a.finders.length || b.unitX - a.unitX
  );
}

function isAlike(a: Finder, b: Finder): boolean {
  return a.isInverted === b.isInverted && isNear(a.unitX, b.unitX) && isNear(a.unitY, b.unitY) &&
    (a.light - a.dark) / (b.light - b.dark) > 0.4 && (b.light - b.dark) / (a.light - a.dark) > 0.4;
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) < 0.12 * (a + b) / 2 + 0.15;
}

/** A square by the middles of its finder patterns. */
interface Guess {
  readonly size: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly like: Finder;
}

function guessesOf(a: Finder, b: Finder): readonly Guess[] {
  const unitX = (a.unitX + b.unitX) / 2, unitY = (a.unitY + b.unitY) / 2;
  const width = b.x - a.x, height = Math.abs(b.y - a.y);
  const left = a.x, right = b.x, top = Math.min(a.y, b.y), bottom = Math.max(a.y, b.y);
  const like = a;
  if (height < unitY + 0.5) {
    const y = (a.y + b.y) / 2;
    return sizesFor(width, unitX).flatMap((size) =>
      heightsFor(unitX, unitY, width / (size - 2 * MARGIN)).flatMap((unit) => {
        const high = unit * (size - 2 * MARGIN);
        return [
          { size, left, right, top: y, bottom: y + high, like },
          { size, left, right, top: y - high, bottom: y, like },
        ];
      })
    );
  }
  if (width < unitX + 0.5) {
    const x = (a.x + b.x) / 2;
    return sizesFor(height, unitY).flatMap((size) =>
      heightsFor(unitY, unitX, height / (size - 2 * MARGIN)).flatMap((unit) => {
        const wide = unit * (size - 2 * MARGIN);
        return [
          { size, left: x, right: x + wide, top, bottom, like },
          { size, left: x - wide, right: x, top, bottom, like },
        ];
      })
    );
  }
  const modulesX = width / unitX, modulesY = height / unitY;
  const slack = slackOf(modulesX, unitX) + slackOf(modulesY, unitY);
  if (Math.abs(modulesX - modulesY) > slack) return [];
  return sizesFor(width, unitX).filter((size) => sizesFor(height, unitY).includes(size))
    .map((size) => ({ size, left, right, top, bottom, like }));
}

/** How far a distance in modules may be off, as a finder pattern is measured to a third of a pixel. */
function slackOf(modules: number, unit: number): number {
  return 1 + modules * 0.35 / (7 * unit) + modules * 0.01;
}

function sizesFor(distance: number, unit: number): readonly number[] {
  const modules = distance / unit;
  const slack = slackOf(modules, unit);
  const sizes = [];
  for (let version = 1; version <= 40; version++) {
    const off = Math.abs(sizeOf(version) - 2 * MARGIN - modules);
    if (off <= slack) sizes.push({ size: sizeOf(version), off });
  }
  return sizes.sort((a, b) => a.off - b.off).map(({ size }) => size);
}

/** Modules are square unless the finder patterns say otherwise; then what they say is not exact. */
function heightsFor(along: number, across: number, exact: number): readonly number[] {
  const stretch = across / along;
  return Math.abs(stretch - 1) < 0.03 + 0.3 / along ? [exact] : [exact * stretch];
}

/** Looks for finder patterns at all corners of a square, and measures it by those that are there. */
function complete(
  { size, left, right, top, bottom, like }: Guess,
  sorted: readonly Finder[],
): Square | undefined {
  const corners = [[left, top], [right, top], [right, bottom], [left, bottom]] as const;
  const found = corners.map(([x, y]) => nearest(sorted, { x, y, like }));
  const finders = found.filter((finder) => finder !== undefined);
  if (finders.length < 2) return undefined;
  const [tl, tr, br, bl] = found;
  const mean = (a: number | undefined, b: number | undefined, otherwise: number): number =>
    a !== undefined && b !== undefined ? (a + b) / 2 : a ?? b ?? otherwise;
  const x0 = mean(tl?.x, bl?.x, left), x1 = mean(tr?.x, br?.x, right);
  const y0 = mean(tl?.y, tr?.y, top), y1 = mean(bl?.y, br?.y, bottom);
  const unitX = (x1 - x0) / (size - 2 * MARGIN), unitY = (y1 - y0) / (size - 2 * MARGIN);
  return {
    size,
    left: x0 - MARGIN * unitX,
    top: y0 - MARGIN * unitY,
    unitX,
    unitY,
    isInverted: like.isInverted,
    dark: finders.reduce((sum, { dark }) => sum + dark, 0) / finders.length,
    light: finders.reduce((sum, { light }) => sum + light, 0) / finders.length,
    finders,
  };
}

/** The finder pattern like another that is nearest to a place, if it is nearer than a module and a half. */
function nearest(
  sorted: readonly Finder[],
  { x, y, like }: { readonly x: number; readonly y: number; readonly like: Finder },
): Finder | undefined {
  let best: Finder | undefined, least = 1.5;
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.x < x - 2 * like.unitX) low = middle + 1;
    else high = middle;
  }
  for (; low < sorted.length && sorted[low]!.x < x + 2 * like.unitX; low++) {
    const finder = sorted[low]!;
    const off = Math.max(Math.abs(finder.x - x) / like.unitX, Math.abs(finder.y - y) / like.unitY);
    if (off < least && isAlike(finder, like)) [best, least] = [finder, off];
  }
  return best;
}
