/** Red, green and blue from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A place, in pixels from the top left corner of the picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export const WHITE: Colour = [255, 255, 255];
export const BLACK: Colour = [0, 0, 0];

export function grey(value: number): Colour {
  return [value, value, value];
}

/** How bright a colour looks (ITU-R BT.601). */
export function luminance([red, green, blue]: Colour): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** Pixels in memory: RGBA, opaque, rows from top to bottom. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;

  constructor(width: number, height: number, background: Colour = WHITE) {
    this.width = width;
    this.height = height;
    this.data = new Uint8ClampedArray(width * height * 4);
    this.fill({ x: 0, y: 0, width, height }, background);
  }

  /** Fills whole pixels; what lies outside is left out. */
  fill({ x, y, width, height }: Box, [red, green, blue]: Colour): void {
    const [left, right] = [Math.max(0, x), Math.min(this.width, x + width)];
    for (let row = Math.max(0, y); row < Math.min(this.height, y + height); row++) {
      for (let at = (row * this.width + left) * 4; at < (row * this.width + right) * 4;) {
        this.data[at++] = red;
        this.data[at++] = green;
        this.data[at++] = blue;
        this.data[at++] = 255;
      }
    }
  }

  /** Mixes a colour into one pixel. */
  blend(x: number, y: number, colour: Colour, part: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (y * this.width + x) * 4;
    for (let i = 0; i < 3; i++) {
      this.data[at + i] = this.data[at + i]! * (1 - part) + colour[i]! * part;
    }
  }

  /** Gives each value of red, green and blue another one. */
  map(change: (value: number, x: number, y: number) => number): void {
    for (let y = 0, at = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++, at += 4) {
        for (let i = 0; i < 3; i++) this.data[at + i] = change(this.data[at + i]!, x, y);
      }
    }
  }
}

/** The pixels in grey, one byte each. */
export function greyOf(
  { width, height, data }: Pick<Canvas, "width" | "height"> & { readonly data: ArrayLike<number> },
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < bytes.length; i++, at += 4) {
    bytes[i] = (77 * data[at]! + 150 * data[at + 1]! + 29 * data[at + 2]! + 128) >> 8;
  }
  return bytes;
}
