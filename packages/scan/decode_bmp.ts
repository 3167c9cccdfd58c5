import { FormatError } from "@otpsmith/core/errors";
import type { Channel, DecodeImageOptions } from "./decode_image.ts";
import { readImageSize } from "./image_header.ts";
import { checkPixels } from "./limits.ts";
import type { Pixels } from "./pixels.ts";

// Layout: Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER to BITMAPV5HEADER; OS/2 1.x has the
// 12-byte BITMAPCOREHEADER with a palette of three bytes a colour.
const BI_RGB = 0;
const BI_BITFIELDS = 3;
const BI_ALPHABITFIELDS = 6;

/**
 * Decodes an uncompressed Windows bitmap of 1, 4, 8, 16, 24 or 32 bits a pixel to grey.
 *
 * Own code, because the image library in use has no bitmaps and the format is a header and rows.
 * The fourth byte of 32-bit pixels is ignored: most programs leave it at zero for opaque pictures.
 * Run-length compression, which no screenshot tool writes, is refused.
 *
 * @throws {FormatError} `format/image` if it is damaged, cut off, compressed or too large.
 */
export function decodeBmp(
  bytes: Uint8Array,
  options: Pick<DecodeImageOptions, "source" | "channel">,
): Pixels {
  const toGrey = options.channel ? TO_CHANNEL[options.channel] : luma;
  const size = readImageSize(bytes, "bmp");
  if (size === undefined) throw damaged(options.source);
  checkPixels(size, options);
  const { width, height } = size;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const depth = view.getUint16(view.getUint32(14, true) === 12 ? 24 : 28, true);
    const greyOf = depth <= 8
      ? paletteReader(view, { depth, toGrey })
      : colourReader(view, { depth, toGrey, source: options.source });
    const start = view.getUint32(10, true);
    const stride = Math.floor((width * depth + 31) / 32) * 4;
    if (start + stride * height > bytes.length) throw damaged(options.source);
    const topDown = view.getUint32(14, true) !== 12 && view.getInt32(22, true) < 0;
    const data = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
      const row = start + stride * (topDown ? y : height - 1 - y);
      for (let x = 0; x < width; x++) data[y * width + x] = greyOf(row, x);
    }
    return { width, height, data };
  } catch (error) {
    if (error instanceof RangeError) throw damaged(options.source);
    throw error;
  }
}

type GreyOf = (row: number, x: number) => number;
type ToGrey = (red: number, green: number, blue: number) => number;

interface Depth {
  readonly depth: number;
  readonly toGrey: ToGrey;
}

const TO_CHANNEL: { readonly [C in Channel]: ToGrey } = {
  red: (red) => red,
  green: (_, green) => green,
  blue: (_red, _green, blue) => blue,
};

function paletteReader(view: DataView, { depth, toGrey }: Depth): GreyOf {
  if ((depth !== 1 && depth !== 4 && depth !== 8) || compressionOf(view) !== BI_RGB) {
    throw new RangeError("depth");
  }
  const headerBytes = view.getUint32(14, true);
  const entryBytes = headerBytes === 12 ? 3 : 4;
  const greys = new Uint8Array(1 << depth);
  const declared = headerBytes === 12 ? 0 : view.getUint32(46, true);
  const entries = Math.min(declared || greys.length, greys.length);
  for (let i = 0; i < entries; i++) {
    const at = 14 + headerBytes + i * entryBytes;
    greys[i] = toGrey(view.getUint8(at + 2), view.getUint8(at + 1), view.getUint8(at));
  }
  const perByte = 8 / depth;
  const mask = (1 << depth) - 1;
  return (row, x) => {
    const byte = view.getUint8(row + Math.floor(x / perByte));
    return greys[(byte >> (8 - depth - (x % perByte) * depth)) & mask]!;
  };
}

function colourReader(
  view: DataView,
  { depth, toGrey, source }: Depth & { readonly source: string },
): GreyOf {
  const compression = compressionOf(view);
  if (depth === 24 && compression === BI_RGB) {
    return (row, x) => {
      const at = row + x * 3;
      return toGrey(view.getUint8(at + 2), view.getUint8(at + 1), view.getUint8(at));
    };
  }
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
    return toGrey(red!(value), green!(value), blue!(value));
  };
}

/** Reads one channel of a pixel through its mask, scaled to 0 to 255. */
function channel(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => ((value & mask) >>> shift) * 255 / most;
}

function compressionOf(view: DataView): number {
  return view.getUint32(14, true) === 12 ? BI_RGB : view.getUint32(30, true);
}

// ITU-R BT.601, as the decoders of the other formats use it for grey.
function luma(red: number, green: number, blue: number): number {
  return (red * 299 + green * 587 + blue * 114 + 500) / 1000;
}

function damaged(source: string): FormatError {
  return new FormatError(
    "image",
    `Cannot decode ${source}: the BMP picture is cut off, damaged or compressed`,
    { source, next: "Open it in an image program and save it as PNG." },
  );
}
