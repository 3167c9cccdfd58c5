import { Canvas, type Colour, type Point } from "./canvas.ts";
import type { Random } from "./random.ts";
import type { Corners } from "./symbol.ts";

/** Where a flat picture comes to lie when seen from aside: nine numbers, row by row. */
export type Projection = readonly number[];

/** The projection that takes four points to four others. */
export function projection(from: Corners, to: Corners): Projection {
  const rows = from.flatMap(({ x, y }, i) => {
    const { x: u, y: v } = to[i]!;
    return [[x, y, 1, 0, 0, 0, -x * u, -y * u, u], [0, 0, 0, x, y, 1, -x * v, -y * v, v]];
  });
  for (let i = 0; i < 8; i++) { // Gauss and Jordan, the largest first
    let best = i;
    for (let j = i + 1; j < 8; j++) {
      if (Math.abs(rows[j]![i]!) > Math.abs(rows[best]![i]!)) best = j;
    }
    [rows[i], rows[best]] = [rows[best]!, rows[i]!];
    const pivot = rows[i]!.map((value) => value / rows[i]![i]!);
    rows[i] = pivot;
    rows.forEach((row, j) => {
      const factor = row[i]!;
      if (j !== i) rows[j] = row.map((value, k) => value - factor * pivot[k]!);
    });
  }
  return [...rows.map((row) => row[8]!), 1];
}

export function project([a, b, c, d, e, f, g, h]: Projection, { x, y }: Point): Point {
  const w = g! * x + h! * y + 1;
  return { x: (a! * x + b! * y + c!) / w, y: (d! * x + e! * y + f!) / w };
}

/** Draws a picture into another one, where `inverse` says which place of it a pixel shows. */
export function warp(picture: Canvas, onto: Canvas, inverse: Projection): void {
  const { width, height, data } = picture;
  const [a, b, c, d, e, f, g, h] = inverse;
  const samples = 3; // in each direction
  for (let y = 0; y < onto.height; y++) {
    for (let x = 0; x < onto.width; x++) {
      let [inside, red, green, blue] = [0, 0, 0, 0];
      for (let i = 0; i < samples * samples; i++) {
        const u = x + (i % samples + 0.5) / samples;
        const v = y + (Math.floor(i / samples) + 0.5) / samples;
        const w = g! * u + h! * v + 1;
        const left = Math.floor((a! * u + b! * v + c!) / w);
        const top = Math.floor((d! * u + e! * v + f!) / w);
        if (left < 0 || top < 0 || left >= width || top >= height) continue;
        const at = (top * width + left) * 4;
        red += data[at]!;
        green += data[at + 1]!;
        blue += data[at + 2]!;
        inside++;
      }
      if (inside === 0) continue;
      const mean: Colour = [red / inside, green / inside, blue / inside];
      onto.blend(x, y, mean, inside / (samples * samples));
    }
  }
}

/** Blurs a picture; `sigma` is in pixels. */
export function blur(canvas: Canvas, sigma: number): void {
  const { width, height, data } = canvas;
  const reach = Math.ceil(3 * sigma);
  const kernel = Array.from(
    { length: 2 * reach + 1 },
    (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((a, b) => a + b);
  const between = new Float32Array(data.length);
  const clamp = (value: number, size: number) => Math.min(Math.max(value, 0), size - 1);
  const pass = (
    from: Uint8ClampedArray | Float32Array,
    to: Uint8ClampedArray | Float32Array,
    [dx, dy]: readonly [number, number],
  ) => {
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at += 4) {
        let [red, green, blue] = [0, 0, 0];
        for (let i = -reach; i <= reach; i++) {
          const weight = kernel[i + reach]! / sum;
          const other = (clamp(y + i * dy, height) * width + clamp(x + i * dx, width)) * 4;
          red += from[other]! * weight;
          green += from[other + 1]! * weight;
          blue += from[other + 2]! * weight;
        }
        to[at] = red;
        to[at + 1] = green;
        to[at + 2] = blue;
      }
    }
  };
  pass(data, between, [1, 0]);
  pass(between, data, [0, 1]);
}

/** What a camera adds in bad light; `sigma` is in grey levels. */
export function noise(canvas: Canvas, sigma: number, random: Random): void {
  const { data } = canvas;
  for (let at = 0; at < data.length; at += 4) {
    const common = random.normal() * sigma;
    for (let i = 0; i < 3; i++) data[at + i] = data[at + i]! + common + random.real(-2, 2);
  }
}

/** Light from one side, and the stripes of a screen that is photographed. */
export function shade(canvas: Canvas, random: Random): void {
  const { width, height } = canvas;
  const [across, down] = [random.real(-0.3, 0.3), random.real(-0.3, 0.3)];
  const [pitch, slope] = [random.real(2.5, 9), random.real(-1, 1)];
  const depth = random.chance(0.5) ? random.real(4, 22) : 0;
  canvas.map((value, x, y) => {
    const light = 0.85 + across * (x / width - 0.5) + down * (y / height - 0.5);
    return value * light + depth * Math.sin((x + slope * y) * 2 * Math.PI / pitch);
  });
}

/** What JPEG makes of a picture; `quality` is 1 to 100. */
export async function throughJpeg(canvas: Canvas, quality: number): Promise<Canvas> {
  const { default: sharp } = await import("sharp");
  const { width, height, data } = canvas;
  const raw = { width, height, channels: 4 } as const;
  const file = await sharp(data, { raw }).removeAlpha().jpeg({ quality }).toBuffer();
  const result = new Canvas(width, height);
  result.data.set(await sharp(file).ensureAlpha().raw().toBuffer());
  return result;
}
