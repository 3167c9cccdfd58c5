import type { ImageType } from "./sniff.ts";

/** The size of a picture in pixels. */
export interface ImageSize {
  /** Pixels from left to right. */
  readonly width: number;
  /** Pixels from top to bottom. */
  readonly height: number;
}

type ReadSize = (view: DataView) => ImageSize | undefined;

/** Kinds whose header says the size in one place, which is read before any library sees the file. */
export type SizedType = Exclude<ImageType, "avif" | "tiff" | "svg" | "pdf">;

const HEADERS: { readonly [Type in SizedType]: ReadSize } = {
  // PNG (RFC 2083 §4.1.1): IHDR is always the first chunk.
  png: (view) => ({ width: view.getUint32(16), height: view.getUint32(20) }),
  // GIF89a §18: logical screen, little endian.
  gif: (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  bmp: readBmpSize,
  jpeg: readJpegSize,
  webp: readWebpSize,
};

/**
 * Reads how large a picture is from its header, without decoding anything: what it would take to
 * decode it can be known before memory is spent on it.
 *
 * @returns `undefined` if the header is cut off, damaged, or says that there are no pixels.
 *
 * @example Ask a GIF for its size
 * ```ts
 * import { readImageSize } from "@otpsmith/scan";
 *
 * const bytes = Uint8Array.of(0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x40, 0x01, 0xf0, 0x00);
 * const size = readImageSize(bytes, "gif");
 * if (size?.width !== 320 || size.height !== 240) throw new Error("wrong size");
 * ```
 */
export function readImageSize(bytes: Uint8Array, type: SizedType): ImageSize | undefined {
  try {
    const size = HEADERS[type](new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the header goes on past the end
    throw error;
  }
}

function readBmpSize(view: DataView): ImageSize {
  if (view.getUint32(14, true) === 12) { // OS/2 1.x header: 16-bit sizes
    return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  }
  // A negative height means that the rows run from top to bottom.
  return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
}

function readJpegSize(view: DataView): ImageSize | undefined {
  let at = 2;
  for (;;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    while (view.getUint8(at + 1) === 0xff) at++; // fill bytes (ITU-T T.81 §B.1.1.2)
    const marker = view.getUint8(at + 1);
    // SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC), which share the range.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 &&
      marker !== 0xcc;
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    if (marker === 0xd9 || marker === 0xda) return undefined; // the picture began without a frame
    const hasNoLength = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += hasNoLength ? 2 : 2 + view.getUint16(at + 2);
  }
}

// RFC 9649: three kinds of first chunk, each with its own way to write the size.
function readWebpSize(view: DataView): ImageSize | undefined {
  const chunk = view.getUint32(12);
  if (chunk === 0x56503820) { // "VP8 "
    return {
      width: view.getUint16(26, true) & 0x3fff,
      height: view.getUint16(28, true) & 0x3fff,
    };
  }
  if (chunk === 0x5650384c) { // "VP8L"
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk === 0x56503858) { // "VP8X"
    const uint24 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    return { width: uint24(24) + 1, height: uint24(27) + 1 };
  }
  return undefined;
}
