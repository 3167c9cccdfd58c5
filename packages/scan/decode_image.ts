import { FormatError } from "@otpsmith/core/errors";
import { loadSharp, type Sharp } from "./_sharp.ts";
import { decodeBmp } from "./decode_bmp.ts";
import { decodePdf } from "./decode_pdf.ts";
import { checkSvg, sizeAt, svgDensity } from "./_svg.ts";
import { type ImageSize, readImageSize } from "./image_header.ts";
import {
  checkFileBytes,
  checkPixels,
  MAX_COLOUR_PIXELS,
  MAX_FRAMES,
  MAX_PIXELS,
} from "./limits.ts";
import type { Pixels } from "./pixels.ts";
import { type FileType, type ImageType, isImageType, sniff } from "./sniff.ts";

/** How {@linkcode decodeImage} decodes. */
export interface DecodeImageOptions {
  /** What the picture is called in messages: a file name, "standard input". */
  readonly source: string;
  /** What stands behind transparent pixels; white if left out. */
  readonly background?: "white" | "black" | undefined;
  /** How large drawings and pages are rendered, of which no pixel says it: 1 if left out. */
  readonly scale?: number | undefined;
  /** Stops decoding where a library can be stopped: in PDF files. */
  readonly signal?: AbortSignal | undefined;
}

/** A decoded file. */
export interface DecodedImage {
  /** One for a still picture, one for each frame or page that was decoded. */
  readonly frames: readonly Pixels[];
  /** How many frames or pages the file has. */
  readonly total: number;
}

const SAVE_AS_PNG = "Open it in an image program and save it as PNG.";
const TAKE_A_SCREENSHOT = "Open it, take a screenshot of the QR code, and use that.";

const REFUSALS: { readonly [Type in Exclude<FileType, ImageType>]: readonly [string, string] } = {
  text: ["it is text, not a picture", TAKE_A_SCREENSHOT],
  heic: [
    "HEIC pictures, as phones take them, are not supported",
    "Send it from the phone as JPEG (iPhone: Settings, Camera, Formats, Most Compatible), or take " +
    "a screenshot.",
  ],
  jxl: ["JPEG XL pictures are not supported", SAVE_AS_PNG],
  ico: ["icons are not supported", SAVE_AS_PNG],
  psd: ["Photoshop files are not supported", SAVE_AS_PNG],
  html: ["it is a web page, not a picture", TAKE_A_SCREENSHOT],
  zip: ["it is an archive or a document, not a picture", TAKE_A_SCREENSHOT],
  gzip: ["it is a compressed file, not a picture", "Unpack it first."],
  unknown: [
    "it is not a picture of a known kind",
    "Use a PNG, JPEG, WebP, GIF, BMP, AVIF, TIFF, SVG or PDF file.",
  ],
};

/**
 * Decodes a picture: PNG, JPEG, WebP, GIF, BMP, AVIF, TIFF, SVG, or the pages of a PDF file. One entry for a
 * still picture, one for each frame or page (at most 100, fewer if they are large). Grey pictures, PDF
 * pages and what is larger than {@linkcode MAX_COLOUR_PIXELS} come in grey, everything else in colour.
 *
 * The size is taken from the header and refused before anything is decoded. The orientation that a
 * camera wrote into the file is applied. Nothing is written to disk, and nothing that a drawing refers to
 * is read.
 *
 * @throws {FormatError} `format/image` if it is not such a picture, is cut off or damaged, or has too
 * many pixels; `format/file` if it has too many bytes.
 *
 * @example Refuse what is not a picture
 * ```ts
 * import { decodeImage } from "@otpsmith/scan";
 * import { isProjectError } from "@otpsmith/core";
 *
 * const archive = new TextEncoder().encode("PK\x03\x04");
 * const error = await decodeImage(archive, { source: "a.docx" }).catch((reason: unknown) => reason);
 * if (!isProjectError(error) || error.code !== "format/image") throw error;
 * ```
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeImageOptions,
): Promise<readonly Pixels[]> {
  return (await decodeFrames(bytes, options)).frames;
}

/** As {@linkcode decodeImage}, and tells how many frames or pages there are in all. */
export async function decodeFrames(
  bytes: Uint8Array,
  options: DecodeImageOptions,
): Promise<DecodedImage> {
  const { source } = options;
  checkFileBytes(bytes.length, { source });
  const type = sniff(bytes);
  if (!isImageType(type)) {
    const [state, next] = REFUSALS[type];
    throw new FormatError("image", `Cannot read ${source}: ${state}`, { source, next });
  }
  if (type === "pdf") return await decodePdf(bytes, options);
  if (type === "bmp") return { frames: [decodeBmp(bytes, options)], total: 1 };
  if (type === "svg") checkSvg(bytes, { source });
  const known = type === "avif" || type === "tiff" || type === "svg"
    ? undefined
    : readImageSize(bytes, type);
  if (known) checkPixels(known, { source });
  else if (type !== "avif" && type !== "tiff" && type !== "svg") throw damaged(type, { source });

  const sharp = await loadSharp(source);
  try {
    const { width, height, pages = 1, space } = await sharp(bytes, { limitInputPixels: false })
      .metadata();
    const size = known ?? { width, height };
    if (type !== "svg") checkPixels(size, { source });
    const hasColours = space !== "b-w" && space !== "grey16";
    return await rasterize({ bytes, type, size, pages, hasColours, sharp, options });
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw damaged(type, { source, cause });
  }
}

interface Raster {
  readonly bytes: Uint8Array;
  readonly type: ImageType;
  readonly size: ImageSize;
  readonly pages: number;
  readonly hasColours: boolean;
  readonly sharp: Sharp;
  readonly options: DecodeImageOptions;
}

async function rasterize(raster: Raster): Promise<DecodedImage> {
  const { type, size, pages, options } = raster;
  if (type === "svg") {
    const density = svgDensity(size, { scale: options.scale ?? 1 });
    const drawn = sizeAt(size, density);
    checkPixels(drawn, options);
    return { frames: await decodePart({ ...raster, size: drawn }, { density }), total: 1 };
  }
  const frames = Math.min(pages, MAX_FRAMES, Math.floor(MAX_PIXELS / (size.width * size.height)));
  // The pages of a TIFF file may have different sizes; frames have one.
  if (type !== "tiff") return { frames: await decodePart(raster, { pages: frames }), total: pages };
  const all: Pixels[] = [];
  let left = MAX_PIXELS;
  for (let page = 0; page < Math.min(pages, MAX_FRAMES); page++) {
    const { width, height } = await raster.sharp(raster.bytes, { page, limitInputPixels: false })
      .metadata();
    left -= width * height;
    if (left < 0) break;
    all.push(...await decodePart({ ...raster, size: { width, height } }, { page }));
  }
  return { frames: all, total: pages };
}

async function decodePart(
  { bytes: file, size, hasColours, sharp, options }: Raster,
  part: { readonly pages?: number; readonly page?: number; readonly density?: number },
): Promise<readonly Pixels[]> {
  const { background = "white" } = options;
  // `failOn: "error"` refuses cut-off and damaged files and lets mere warnings pass.
  const still = sharp(file, { failOn: "error", limitInputPixels: MAX_PIXELS, ...part })
    .autoOrient()
    .flatten({ background });
  const { pages: count = 1 } = part;
  const isGrey = !hasColours || size.width * size.height * count > MAX_COLOUR_PIXELS;
  const plane = isGrey ? still.toColourspace("b-w") : still.toColourspace("srgb").ensureAlpha();
  const { data, info } = await plane.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  // Several frames come as one tall picture.
  const { width } = info;
  const height = info.height / count;
  const bytes = data.length / count;
  return Array.from({ length: count }, (_, i) => ({
    width,
    height,
    data: data.subarray(i * bytes, (i + 1) * bytes),
  }));
}

function damaged(
  type: ImageType,
  options: { readonly source: string; readonly cause?: unknown },
): FormatError {
  const { source, cause } = options;
  return new FormatError(
    "image",
    `Cannot decode ${source}: the ${NAMES[type]} is cut off or damaged`,
    { source, cause, next: "Save or download the picture again." },
  );
}

const NAMES: { readonly [Type in ImageType]: string } = {
  png: "PNG picture",
  jpeg: "JPEG picture",
  webp: "WebP picture",
  gif: "GIF picture",
  bmp: "BMP picture",
  avif: "AVIF picture",
  tiff: "TIFF picture",
  svg: "SVG drawing",
  pdf: "PDF file",
};
