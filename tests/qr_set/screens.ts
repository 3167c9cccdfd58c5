import { Canvas, type Colour, grey, WHITE } from "./canvas.ts";
import { desk, writeLines } from "./desk.ts";
import { type Drawn, shown, type ShownCode } from "./picture.ts";
import type { Random } from "./random.ts";
import {
  cornersOf,
  draw,
  encode,
  type Level,
  LEVELS,
  type Placement,
  type Symbol,
} from "./symbol.ts";
import { googleExport, otpauth } from "./texts.ts";

/** A code for a made-up account. */
export function someSymbol(random: Random, levels: readonly Level[] = LEVELS): Symbol {
  return encode(otpauth(random), random.pick(levels), random);
}

/** A code somewhere on a desktop. */
export function onDesk(
  random: Random,
  symbol: Symbol,
  style: Omit<Placement, "x" | "y">,
  shift = 0,
): Drawn {
  const { width, height = width, quiet = 4 } = style;
  const [left, right, top, bottom] = Array.from({ length: 4 }, () => random.whole(8, 140));
  const [across, down] = [(symbol.size + 2 * quiet) * width, (symbol.size + 2 * quiet) * height];
  const canvas = desk(Math.ceil(left! + across + right!), Math.ceil(top! + down + bottom!), random);
  const x = left! + Math.round(quiet * width) + shift,
    y = top! + Math.round(quiet * height) + shift;
  const corners = draw(canvas, symbol, { ...style, x, y });
  return { canvas, codes: [shown(symbol, corners)], facts: { pixels: width } };
}

/** A screenshot in which a module has so many pixels. */
export function screenshot(...pixels: readonly number[]) {
  return (random: Random, index: number): Drawn => {
    const width = pixels[index % pixels.length]!;
    const isWhole = Number.isInteger(width);
    const edges = isWhole ? "area" : random.pick(["area", "area", "nearest", "smooth"] as const);
    const shift = isWhole || random.chance(0.75) ? 0 : random.real();
    const quiet = random.pick([2, 3, 4, 4, 4]);
    const drawn = onDesk(random, someSymbol(random), { width, quiet, edges }, shift);
    return { ...drawn, facts: { ...drawn.facts, edges } };
  };
}

/** Nothing but the code, with 0 to 4 light modules around it. */
export function bare(random: Random, index: number): Drawn {
  const [quiet, width] = [index % 5, 1 + Math.floor(index / 5) % 5];
  const symbol = someSymbol(random);
  const canvas = new Canvas(...square((symbol.size + 2 * quiet) * width));
  const corners = draw(canvas, symbol, { x: quiet * width, y: quiet * width, width, quiet });
  return { canvas, codes: [shown(symbol, corners)], facts: { quiet, pixels: width } };
}

function square(size: number): [number, number] {
  return [size, size];
}

/** Light on dark, as dark themes show codes. */
export function dark(random: Random, index: number): Drawn {
  const [base, ink] = [random.whole(0, 50), random.whole(180, 255)];
  const style = {
    width: 2 + index % 6,
    quiet: random.whole(1, 4),
    dark: grey(ink),
    light: grey(base),
  };
  return onDesk(random, someSymbol(random), style);
}

/** From 2 to 16 codes on one screen of 1920 by 1080. */
export function many(random: Random, index: number): Drawn {
  const count = [2, 3, 4, 6, 8, 9, 12, 16, 16, 16][index % 10]!;
  const canvas = desk(1920, 1080, random);
  const columns = Math.ceil(Math.sqrt(count * 1.4));
  const rows = Math.ceil(count / columns);
  const cell = { width: Math.floor(1920 / columns), height: Math.floor(1080 / rows) };
  const codes: ShownCode[] = [];
  for (let i = 0; i < count; i++) {
    const symbol = someSymbol(random);
    const most = Math.floor(Math.min(cell.width, cell.height) / (symbol.size + 8));
    const width = random.whole(Math.min(2, most), Math.min(6, most));
    const room = (size: number) => random.whole(4 * width, size - (symbol.size + 4) * width);
    const x = i % columns * cell.width + room(cell.width);
    const y = Math.floor(i / columns) * cell.height + room(cell.height);
    codes.push(shown(symbol, draw(canvas, symbol, { x, y, width })));
  }
  return { canvas, codes, facts: { count } };
}

/** An export of Google Authenticator, in versions from 5 to 23. */
export function exported(random: Random, index: number): Drawn {
  const level = random.pick(["L", "L", "M"] as const);
  const symbol = encode(googleExport(random, 1 + index % 10), level, random);
  const drawn = onDesk(random, symbol, { width: 2 + index % 3 });
  return { ...drawn, facts: { ...drawn.facts, version: symbol.version } };
}

/**
 * Printed into a terminal with half blocks: a character shows two modules, one above the other. Fonts are
 * not made of squares, the halves may differ by a pixel, and lines may stand apart.
 */
export function terminal(random: Random, index: number): Drawn {
  const symbol = someSymbol(random, ["L", "L", "M", "Q"]);
  const [width, cell] = random.pick([
    [6, 12],
    [6, 13],
    [7, 14],
    [7, 15],
    [8, 16],
    [8, 17],
    [9, 18],
    [10, 20],
    [10, 21],
  ]);
  const gap = index % 3;
  const quiet = random.pick([1, 2, 2, 4]);
  const isDark = random.chance(0.7);
  const [back, ink] = isDark
    ? [random.whole(0, 48), random.whole(190, 255)]
    : [random.whole(235, 255), random.whole(0, 60)];
  // "UTF8" writes light modules where a terminal is dark; some programs take a dark one for granted.
  const inkIsLight = isDark ? random.chance(0.85) : random.chance(0.15);
  const upper = Math.ceil(cell / 2);
  const total = symbol.size + 2 * quiet;
  const lines = Math.ceil(total / 2);
  const [left, top] = [random.whole(4, 60), random.whole(4, 90)];
  const canvas = new Canvas(
    left + total * width + random.whole(20, 200),
    top + lines * (cell + gap) + random.whole(20, 90),
    grey(back),
  );
  const text = { x: left, width: canvas.width - left - 4 };
  writeLines(canvas, { ...text, y: 2, height: top - 6 }, grey(ink), random);
  const below = top + lines * (cell + gap) + 4;
  writeLines(canvas, { ...text, y: below, height: canvas.height - below }, grey(ink), random);
  for (let row = 0; row < total; row++) {
    const y = top + (row >> 1) * (cell + gap) + row % 2 * upper;
    const height = row % 2 === 0 ? upper : cell - upper;
    for (let column = 0; column < total; column++) {
      if (symbol.isDark(column - quiet, row - quiet) === inkIsLight) continue;
      canvas.fill({ x: left + column * width, y, width, height }, grey(ink));
    }
  }
  const place = { x: left + quiet * width, y: top + quiet * (cell + gap) / 2 };
  const corners = cornersOf(place, symbol.size * width, symbol.size * (cell + gap) / 2);
  return { canvas, codes: [shown(symbol, corners)], facts: { width, cell, gap } };
}

/** Wider than high or the other way round, by 0.5 to 1.7. */
export function stretched(random: Random, index: number): Drawn {
  const width = random.whole(3, 6);
  const ratio = 0.5 + 1.2 * (index % 13) / 12;
  const style = { width, height: width * ratio, edges: random.pick(["area", "nearest"] as const) };
  const drawn = onDesk(random, someSymbol(random), style);
  return { ...drawn, facts: { pixels: width, ratio } };
}

/** Pictures without a code: windows, print, and things that look like the eyes of codes. */
export function nothing(random: Random, index: number): Drawn {
  const canvas = desk(random.whole(300, 900), random.whole(300, 700), random);
  const colours: readonly Colour[] = [grey(0), WHITE, grey(0)];
  for (let i = 0; i < index; i++) {
    const size = random.whole(1, 6), x = random.whole(0, 800), y = random.whole(0, 600);
    if (random.chance(0.5)) { // an eye
      colours.forEach((colour, ring) => {
        const side = (7 - 2 * ring) * size;
        canvas.fill({ x: x + ring * size, y: y + ring * size, width: side, height: side }, colour);
      });
    } else { // a block of random modules
      for (let dot = 0; dot < 400; dot++) {
        const place = { x: x + dot % 20 * size, y: y + Math.floor(dot / 20) * size };
        canvas.fill({ ...place, width: size, height: size }, random.pick(colours));
      }
    }
  }
  return { canvas, codes: [], facts: {} };
}
