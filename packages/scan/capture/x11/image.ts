import type { Pixels } from "../../pixels.ts";
import { newPixels } from "../../_new_pixels.ts";
import { bytesOf, type Display, type Visual } from "./display.ts";

/** Bytes that are asked for at a time: as much as lies around of a picture in colour. */
const BAND_BYTES = 2 * 1024 * 1024;
const Z_PIXMAP = 2;
const ALL_PLANES = 0xffffffff;

/** A rectangle, in pixels of what it lies in. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle in a window or pixmap, and how pixels look in it. */
export interface Drawn extends Rectangle {
  readonly drawable: number;
  readonly depth: number;
  readonly visual: number;
}

/**
 * Reads a rectangle of a window or pixmap. It comes in bands, each of which is overwritten as soon as its
 * colours were taken.
 *
 * @returns `undefined` if pixels of this depth are no plain colours.
 * @throws {X11Error} if the drawable has gone, or the rectangle is not in it.
 */
export async function readPixels(
  display: Display,
  { drawable, depth, visual, x, y, width, height }: Drawn,
): Promise<Pixels | undefined> {
  const colours = display.visualOf(visual);
  const bits = display.bitsPerPixel(depth);
  if (!colours?.isTrueColour || (bits !== 16 && bits !== 24 && bits !== 32)) return undefined;
  const stride = Math.ceil(width * bits / 32) * 4; // every format of today's servers is padded to 32 bits
  const rows = Math.max(1, Math.floor(BAND_BYTES / stride));
  const pixels = newPixels(width, height);
  const take = colourReader(colours, { bits, isLittleEndian: display.isLittleEndian });
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    const body = Buffer.alloc(16);
    body.writeUInt32LE(drawable, 0);
    body.writeInt16LE(x, 4);
    body.writeInt16LE(y + top, 6);
    body.writeUInt16LE(width, 8);
    body.writeUInt16LE(count, 10);
    body.writeUInt32LE(ALL_PLANES, 12);
    const reply = await display.wire.ask(73, Z_PIXMAP, body);
    const band = bytesOf(reply);
    for (let row = 0; row < count; row++) {
      const from = 32 + row * stride;
      take(
        band.subarray(from, from + stride),
        pixels.data.subarray((top + row) * width * 4),
        width,
      );
    }
    band.fill(0);
  }
  return pixels;
}

type TakeColours = (row: Uint8Array, out: Pixels["data"], width: number) => void;

/** Writes the pixels of a row as red, green, blue and one more byte. */
export function colourReader(
  visual: Visual,
  { bits, isLittleEndian }: { readonly bits: number; readonly isLittleEndian: boolean },
): TakeColours {
  const { red, green, blue } = visual;
  if (bits === 32 && isLittleEndian && red === 0xff0000 && green === 0xff00 && blue === 0xff) {
    return (row, out, width) => {
      for (let at = 0; at < width * 4; at += 4) {
        out[at] = row[at + 2]!;
        out[at + 1] = row[at + 1]!;
        out[at + 2] = row[at]!;
      }
    };
  }
  const bytes = bits / 8;
  const parts = [red, green, blue].map(channel);
  return (row, out, width) => {
    for (let i = 0, at = 0; i < width; i++, at += bytes) {
      let value = 0;
      for (let byte = 0; byte < bytes; byte++) {
        value += row[isLittleEndian ? at + byte : at + bytes - 1 - byte]! * 2 ** (8 * byte);
      }
      for (let part = 0; part < 3; part++) out[4 * i + part] = parts[part]!(value);
    }
  };
}

/** Reads the bits of a mask as 0 to 255. */
function channel(mask: number): (value: number) => number {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => most === 0 ? 0 : Math.round(((value & mask) >>> shift) * 255 / most);
}

/** Whether two rectangles have a pixel in common. */
export function overlaps(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width &&
    a.y < b.y + b.height && b.y < a.y + a.height;
}

/** The part of a rectangle that lies in another one; `undefined` if none does. */
export function intersection(a: Rectangle, b: Rectangle): Rectangle | undefined {
  if (!overlaps(a, b)) return undefined;
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  return {
    x,
    y,
    width: Math.min(a.x + a.width, b.x + b.width) - x,
    height: Math.min(a.y + a.height, b.y + b.height) - y,
  };
}
