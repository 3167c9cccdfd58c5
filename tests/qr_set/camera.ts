import { Canvas, type Colour, grey } from "./canvas.ts";
import { desk } from "./desk.ts";
import {
  blur,
  noise,
  project,
  type Projection,
  projection,
  shade,
  throughJpeg,
  warp,
} from "./lens.ts";
import { type Drawn, shown } from "./picture.ts";
import type { Random } from "./random.ts";
import { onDesk, someSymbol } from "./screens.ts";
import { type Corners, cornersOf, draw, type Symbol } from "./symbol.ts";

/** Turned by any angle; a quarter of them by right angles. */
export function rotated(random: Random): Drawn {
  const degrees = random.chance(0.25) ? random.pick([90, 180, 270]) : random.whole(1, 359);
  const symbol = someSymbol(random);
  const width = random.real(2.5, 6);
  const half = symbol.size * width / 2;
  const around = half * 1.5 + 4 * width;
  const middle = { x: around + random.whole(0, 60), y: around + random.whole(0, 60) };
  const [cos, sin] = [Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180)];
  const corners = cornersOf({ x: -half, y: -half }, 2 * half, 2 * half).map(({ x, y }) => ({
    x: middle.x + x * cos - y * sin,
    y: middle.y + x * sin + y * cos,
  })) as unknown as Corners;
  const canvas = desk(Math.ceil(middle.x + around), Math.ceil(middle.y + around), random);
  return { ...seen(symbol, corners, canvas), facts: { degrees, pixels: width } };
}

/** Seen from aside. */
export function perspective(random: Random): Drawn {
  const { symbol, corners, canvas, width } = aslant(random, 0.18);
  return { ...seen(symbol, corners, canvas), facts: { pixels: width } };
}

/** Photographed from a screen: from aside, unsharp, with noise, uneven light and stripes. */
export async function photo(random: Random): Promise<Drawn> {
  const { symbol, corners, canvas, width } = aslant(random, 0.12);
  const drawn = seen(symbol, corners, canvas);
  const sigma = width * random.real(0.1, 0.35), grain = random.real(3, 14);
  shade(canvas, random);
  blur(canvas, sigma);
  noise(canvas, grain, random);
  const facts = { pixels: width, sigma, grain };
  return { ...drawn, canvas: await throughJpeg(canvas, random.whole(60, 95)), facts };
}

/** Unsharp: the deviation of the blur is so many modules. */
export function blurred(...modules: readonly number[]) {
  return (random: Random, index: number): Drawn => {
    const sigma = modules[index % modules.length]!;
    const width = random.whole(3, 7);
    const drawn = onDesk(random, someSymbol(random), { width });
    blur(drawn.canvas, sigma * width);
    return { ...drawn, facts: { ...drawn.facts, sigma } };
  };
}

/** As in a mirror; half of them are turned as well. */
export function mirrored(random: Random, index: number): Drawn {
  const drawn = onDesk(random, someSymbol(random), { width: 2 + index % 5 });
  const isTurned = random.chance(0.5); // mirrored at the diagonal, which is mirrored and turned
  const { width, height, data } = drawn.canvas;
  const canvas = isTurned ? new Canvas(height, width) : new Canvas(width, height);
  const place = (x: number, y: number) => isTurned ? { x: y, y: x } : { x: width - x, y };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const to = isTurned ? x * height + y : y * width + width - 1 - x;
      canvas.data.set(data.subarray(from, from + 4), to * 4);
    }
  }
  const codes = drawn.codes.map((code) => ({
    ...code,
    corners: code.corners.map(({ x, y }) => place(x, y)) as unknown as Corners,
  }));
  return { canvas, codes, facts: drawn.facts };
}

function aslant(random: Random, most: number) {
  const symbol = someSymbol(random);
  const width = random.real(3, 6);
  const side = symbol.size * width;
  const margin = Math.ceil(side * 0.3 + 5 * width);
  const turn = random.real(-0.5, 0.5);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const corners = cornersOf({ x: -side / 2, y: -side / 2 }, side, side).map(({ x, y }) => ({
    x: side / 2 + margin + x * cos - y * sin + random.real(-most, most) * side,
    y: side / 2 + margin + x * sin + y * cos + random.real(-most, most) * side,
  })) as unknown as Corners;
  const size = Math.ceil(side + 2 * margin);
  return { symbol, corners, canvas: desk(size, size, random), width };
}

/** Draws a symbol with its quiet zone so that its corners come to lie at these places. */
function seen(symbol: Symbol, corners: Corners, canvas: Canvas): Omit<Drawn, "facts"> {
  const pixels = 8, quiet = 4;
  const size = (symbol.size + 2 * quiet) * pixels;
  const paper: Colour = grey(255);
  const flat = new Canvas(size, size, paper);
  const drawn = draw(flat, symbol, { x: quiet * pixels, y: quiet * pixels, width: pixels, quiet });
  const inverse: Projection = projection(corners, drawn);
  warp(flat, canvas, inverse);
  const forth = projection(drawn, corners);
  return {
    canvas,
    codes: [shown(symbol, drawn.map((p) => project(forth, p)) as unknown as Corners)],
  };
}
