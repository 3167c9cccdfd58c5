import { FormatError } from "@otpsmith/core/errors";
import type { DecodeImageOptions } from "./decode_image.ts";
import { readImageSize } from "./image_header.ts";
import { checkPixels, MAX_COLOUR_PIXELS } from "./limits.ts";
import type { Pixels } from "./pixels.ts";

// Layout: Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER to BITMAPV5HEADER; OS/2 1.x has the
// 12-byte BITMAPCOREHEADER with a palette of three bytes a colour.
const BI_RGB = 0;
const BI_BITFIELDS = 3;
const BI_ALPHABITFIELDS = 6;

/**
 * Decodes an uncompressed Windows bitmap of 1, 4, 8, 16, 24 or 32 bits a pixel.
 *
 * Own code, because the image library in use has no bitmaps and the format is a header and rows.
 * The fourth byte of 32-bit pixels is ignored: most programs leave it at zero for opaque pictures.
 * Run-length compression, which no screenshot tool writes, is refused.
 *
 * @throws {FormatError} `format/image` if it is damaged, cut off, compressed or too large.
 */
export function decodeBmp(
  bytes: Uint8Array,
  options: Pick<DecodeImageOptions, "source">,
): Pixels {
  const size = readImageSize(bytes, "bmp");
  if (size === undefined) throw damaged(options.source);
  checkPixels(size, options);
  const { width, height } = size;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const depth = view.getUint16(view.getUint32(14, true) === 12 ? 24 : 28, true);
    const colourAt = depth <= 8
      ? paletteReader(view, depth)
      : colourReader(view, { depth, source: options.source });
    const start = view.getUint32(10, true);
    const stride = Math.floor((width * depth + 31) / 32) * 4;
    if (start + stride * height > bytes.length) throw damaged(options.source);
    const topDown = view.getUint32(14, true) !== 12 && view.getInt32(22, true) < 0;
    const isGrey = width * height > MAX_COLOUR_PIXELS;
    const data = new Uint8Array(width * height * (isGrey ? 1 : 4));
    for (let y = 0, at = 0; y < height; y++) {
      const row = start + stride * (topDown ? y : height - 1 - y);
      for (let x = 0; x < width; x++) {
        const colour = colourAt(row, x);
        if (isGrey) data[at++] = luma(colour);
        else {
          data[at++] = colour >> 16;
          data[at++] = colour >> 8;
          data[at++] = colour;
          data[at++] = 255;
        }
      }
    }
    return { width, height, data };
  } catch (error) {
    if (error instanceof RangeError) throw damaged(options.source);
    throw error;
  }
}

/** The colour of a pixel of the row that begins at a byte: red in the highest of three bytes. */
type ColourAt = (row: number, x: number) => number;

function paletteReader(view: DataView, depth: number): ColourAt {
  if ((depth !== 1 && depth !== 4 && depth !== 8) || compressionOf(view) !== BI_RGB) {
    throw new RangeError("depth");
  }
  const headerBytes = view.getUint32(14, true);
  const entryBytes = headerBytes === 12 ? 3 : 4;
  const colours = new Uint32Array(1 << depth);
  const declared = headerBytes === 12 ? 0 : view.getUint32(46, true);
  const entries = Math.min(declared || colours.length, colours.length);
  for (let i = 0; i < entries; i++) {
    colours[i] = colourFrom(view, 14 + headerBytes + i * entryBytes);
  }
  const perByte = 8 / depth;
  const mask = (1 << depth) - 1;
  return (row, x) => {
    const byte = view.getUint8(row + Math.floor(x / perByte));
    return colours[(byte >> (8 - depth - (x % perByte) * depth)) & mask]!;
  };
}

function colourReader(
  view: DataView,
  { depth, source }: { readonly depth: number; readonly source: string },
): ColourAt {
  const compression = compressionOf(view);
  if (depth === 24 && compression === BI_RGB) return (row, x) => colourFrom(view, row + x * 3);
  if (depth !== 16 && depth !== 32) throw damaged(source);
  const hasMasks = compression === BI_BITFIELDS || compression === BI_ALPHABITFIELDS;
  if (!hasMasks && compression !== BI_RGB) throw damaged(source);
  const plain = depth === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
  // The masks stand right behind the first 40 bytes of the header, inside it or after it.
  const masks = hasMasks ? [54, 58, 62].map((at) => view.getUint32(at, true)) : plain;
  const [red, green, blue] = masks.map(channel);
  return (row, x) => {
    const value = depth === 16
      ? view.getUint16(row + x * 2, true)
      : view.getUint32(row + x * 4, true);
    return red!(value) << 16 | green!(value) << 8 | blue!(value);
  };
}

/** Three bytes from blue to red, as bitmaps hold them. */
function colourFrom(view: DataView, at: number): number {
  return view.getUint8(at + 2) << 16 | view.getUint8(at + 1) << 8 | view.getUint8(at);
}

/** Reads one channel of a pixel through its mask, scaled to 0 to 255. */
function channel(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => Math.round(((value & mask) >>> shift) * 255 / most);
}

function compressionOf(view: DataView): number {
  return view.getUint32(14, true) === 12 ? BI_RGB : view.getUint32(30, true);
}

// ITU-R BT.601.
function luma(colour: number): number {
  return ((colour >> 16) * 299 + (colour >> 8 & 255) * 587 + (colour & 255) * 114 + 500) / 1000;
}

function damaged(source: string): FormatError {
  return new FormatError(
    "image",
    `Cannot decode ${source}: the BMP picture is cut off, damaged or compressed`,
    { source, next: "Open it in an image program and save it as PNG." },
  );
}
