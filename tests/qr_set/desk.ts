import { type Box, Canvas, type Colour, grey, luminance } from "./canvas.ts";
import type { Random } from "./random.ts";

/** Lines of something that looks like small print: what lies around codes on screens. */
export function writeLines(
  canvas: Canvas,
  { x, y, width, height }: Box,
  colour: Colour,
  random: Random,
): void {
  const size = random.whole(1, 2);
  const [advance, leading] = [5 * size, 11 * size];
  for (let top = y + 2; top + 7 * size < y + height; top += leading) {
    const end = x + width * random.real(0.4, 1) - advance;
    for (let left = x + 2; left < end; left += advance) {
      if (random.chance(0.17)) continue;
      for (let dot = 0; dot < 15; dot++) {
        if (random.chance(0.5)) continue;
        const place = { x: left + dot % 3 * size, y: top + Math.floor(dot / 3) * size };
        canvas.fill({ ...place, width: size, height: size }, colour);
      }
    }
  }
}

/** A window with a title and text in it. */
export function drawWindow(canvas: Canvas, box: Box, random: Random): void {
  const body = random.pick<Colour>([grey(255), grey(243), [30, 30, 34], [250, 246, 235]]);
  const ink = luminance(body) > 128 ? grey(random.whole(0, 90)) : grey(random.whole(170, 240));
  const bar = random.pick<Colour>([grey(222), [50, 90, 160], [44, 44, 44], [235, 235, 238]]);
  const title = Math.min(box.height, random.whole(14, 26));
  canvas.fill(box, body);
  canvas.fill({ ...box, height: title }, bar);
  const inside = { ...box, x: box.x + 6, y: box.y + title + 4, width: box.width - 12 };
  writeLines(canvas, { ...inside, height: box.height - title - 6 }, ink, random);
}

/** A desktop with windows on it. */
export function desk(width: number, height: number, random: Random): Canvas {
  const base = random.pick<Colour>([[32, 74, 110], [240, 240, 240], [58, 58, 60], [200, 210, 216]]);
  const canvas = new Canvas(width, height, base);
  const windows = random.whole(1, 3);
  for (let i = 0; i < windows; i++) {
    drawWindow(canvas, {
      x: random.whole(0, width >> 1),
      y: random.whole(0, height >> 1),
      width: random.whole(width >> 2, width - (width >> 2)),
      height: random.whole(height >> 2, height - (height >> 2)),
    }, random);
  }
  return canvas;
}
