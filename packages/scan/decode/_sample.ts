import type { Modules } from "@otpsmith/qr";
import type { Corners, Point } from "../found_code.ts";
import type { GreyPixels } from "./grey.ts";

/** How many modules around one say what is dark and what is light there. */
const REACH = 4;

/**
 * Reads the modules of a code from where it lies: the grey in the middle of each, dark if it is nearer to
 * the darkest than to the lightest of its neighbourhood.
 *
 * @param size modules on a side
 */
export function sampleModules(pixels: GreyPixels, corners: Corners, size: number): Modules {
  const place = perspective(corners, size);
  const grey = new Uint8Array(size * size);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) grey[i] = meanAt(pixels, place, { x, y });
  }
  const dark = new Uint8Array(size * size);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) {
      let low = 255;
      let high = 0;
      for (let v = Math.max(0, y - REACH); v <= Math.min(size - 1, y + REACH); v++) {
        for (let u = Math.max(0, x - REACH); u <= Math.min(size - 1, x + REACH); u++) {
          const value = grey[v * size + u]!;
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
      dark[i] = grey[i]! * 2 < low + high ? 1 : 0;
    }
  }
  grey.fill(0);
  return { size, dark };
}

type Place = (x: number, y: number) => Point;

/** From modules to pixels: the perspective that takes the square to its corners (Heckbert 1989, §2.2.2). */
function perspective([a, b, c, d]: Corners, size: number): Place {
  const sum = { x: a.x - b.x + c.x - d.x, y: a.y - b.y + c.y - d.y };
  const right = { x: b.x - c.x, y: b.y - c.y };
  const lower = { x: d.x - c.x, y: d.y - c.y };
  const area = right.x * lower.y - lower.x * right.y;
  const g = (sum.x * lower.y - lower.x * sum.y) / area;
  const h = (right.x * sum.y - sum.x * right.y) / area;
  return (x, y) => {
    const [u, v] = [x / size, y / size];
    const depth = g * u + h * v + 1;
    return {
      x: (a.x + (b.x - a.x + g * b.x) * u + (d.x - a.x + h * d.x) * v) / depth,
      y: (a.y + (b.y - a.y + g * b.y) * u + (d.y - a.y + h * d.y) * v) / depth,
    };
  };
}

/** The mean of nine pixels in the middle third of a module. */
function meanAt({ width, height, data }: GreyPixels, place: Place, { x, y }: Point): number {
  let sum = 0;
  for (const dy of [1 / 3, 1 / 2, 2 / 3]) {
    for (const dx of [1 / 3, 1 / 2, 2 / 3]) {
      const at = place(x + dx, y + dy);
      const column = Math.min(Math.max(Math.floor(at.x), 0), width - 1) || 0;
      const row = Math.min(Math.max(Math.floor(at.y), 0), height - 1) || 0;
      sum += data[row * width + column]!;
    }
  }
  return sum / 9;
}
