import { FormatError } from "@otpsmith/core/errors";
import { decodeBmp } from "./decode_bmp.ts";
import { readImageSize } from "./image_header.ts";
import { checkFileBytes, checkPixels, MAX_FRAMES, MAX_PIXELS } from "./limits.ts";
import type { Pixels } from "./pixels.ts";
import { type FileType, type ImageType, isImageType, sniff } from "./sniff.ts";

/** How {@linkcode decodeImage} decodes. */
export interface DecodeImageOptions {
  /** What the picture is called in messages: a file name, "standard input". */
  readonly source: string;
  /** What stands behind transparent pixels; white if left out. */
  readonly background?: "white" | "black" | undefined;
}

const SAVE_AS_PNG = "Open it in an image program and save it as PNG.";
const TAKE_A_SCREENSHOT = "Open it, take a screenshot of the QR code, and use that.";

const REFUSALS: { readonly [Type in Exclude<FileType, ImageType>]: readonly [string, string] } = {
  text: ["it is text, not a picture", TAKE_A_SCREENSHOT],
  avif: ["AVIF pictures are not supported", SAVE_AS_PNG],
  heic: ["HEIC pictures are not supported", SAVE_AS_PNG],
  tiff: ["TIFF pictures are not supported", SAVE_AS_PNG],
  jxl: ["JPEG XL pictures are not supported", SAVE_AS_PNG],
  ico: ["icons are not supported", SAVE_AS_PNG],
  psd: ["Photoshop files are not supported", SAVE_AS_PNG],
  svg: ["SVG drawings are not supported", TAKE_A_SCREENSHOT],
  html: ["it is a web page, not a picture", TAKE_A_SCREENSHOT],
  pdf: ["PDF files are not supported", TAKE_A_SCREENSHOT],
  zip: ["it is an archive or a document, not a picture", TAKE_A_SCREENSHOT],
  gzip: ["it is a compressed file, not a picture", "Unpack it first."],
  unknown: ["it is not a picture of a known kind", "Use a PNG, JPEG, WebP, GIF or BMP picture."],
};

/**
 * Decodes a PNG, JPEG, WebP, GIF or BMP picture to grey: one entry for a still picture, one for each
 * frame of an animated one (at most 100 frames, fewer if they are large).
 *
 * The size is taken from the header and refused before anything is decoded. The orientation that a
 * camera wrote into the file is applied. Nothing is written to disk.
 *
 * @throws {FormatError} `format/image` if it is not such a picture, is cut off or damaged, or has too
 * many pixels; `format/file` if it has too many bytes.
 *
 * @example Refuse what is not a picture
 * ```ts
 * import { decodeImage } from "@otpsmith/scan";
 * import { isProjectError } from "@otpsmith/core";
 *
 * const pdf = new TextEncoder().encode("%PDF-1.7");
 * const error = await decodeImage(pdf, { source: "page.pdf" }).catch((reason: unknown) => reason);
 * if (!isProjectError(error) || error.code !== "format/image") throw error;
 * ```
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeImageOptions,
): Promise<readonly Pixels[]> {
  const { source, background = "white" } = options;
  checkFileBytes(bytes.length, { source });
  const type = sniff(bytes);
  if (!isImageType(type)) {
    const [state, next] = REFUSALS[type];
    throw new FormatError("image", `Cannot read ${source}: ${state}`, { source, next });
  }
  const size = readImageSize(bytes, type);
  if (size === undefined) throw damaged(type, { source });
  checkPixels(size, { source });
  if (type === "bmp") return [decodeBmp(bytes, { source })];

  const sharp = await loadSharp(source);
  try {
    // `failOn: "error"` refuses cut-off and damaged files and lets mere warnings pass.
    const still = { failOn: "error", limitInputPixels: MAX_PIXELS } as const;
    const { pages = 1 } = await sharp(bytes, still).metadata();
    const frames = Math.max(
      1,
      Math.min(pages, MAX_FRAMES, Math.floor(MAX_PIXELS / (size.width * size.height))),
    );
    const { data, info } = await sharp(bytes, { ...still, pages: frames })
      .autoOrient()
      .flatten({ background })
      .toColourspace("b-w")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    // Several frames come as one tall picture.
    const { width } = info;
    const height = info.height / frames;
    return Array.from({ length: frames }, (_, i) => ({
      width,
      height,
      data: data.subarray(i * width * height, (i + 1) * width * height),
    }));
  } catch (cause) {
    throw damaged(type, { source, cause });
  }
}

function damaged(
  type: ImageType,
  options: { readonly source: string; readonly cause?: unknown },
): FormatError {
  const { source, cause } = options;
  return new FormatError(
    "image",
    `Cannot decode ${source}: the ${NAMES[type]} picture is cut off or damaged`,
    { source, cause, next: "Save or download the picture again." },
  );
}

const NAMES: { readonly [Type in ImageType]: string } = {
  png: "PNG",
  jpeg: "JPEG",
  webp: "WebP",
  gif: "GIF",
  bmp: "BMP",
};

type Sharp = typeof import("sharp").default;

// Loaded on first use: it is a native module of many megabytes, and most commands need no picture.
async function loadSharp(source: string): Promise<Sharp> {
  // libvips puts some pictures that take more than this (100 MB by default), WebP among them, into a
  // temporary file. A picture of a seed must not get onto a disk; MAX_PIXELS bounds the memory. It is
  // read once, when the first picture is decoded (libvips, iofuncs/threadpool and foreign/foreign.c).
  process.env["VIPS_DISC_THRESHOLD"] = "1000g";
  let sharp: Sharp;
  try {
    sharp = (await import("sharp")).default;
  } catch (cause) {
    throw new FormatError(
      "image",
      `Cannot decode ${source}: the image decoder "sharp" is not installed for this system`,
      { source, cause, next: "Install again without leaving out optional packages." },
    );
  }
  sharp.cache(false); // it would keep decoded pictures in memory
  return sharp;
}
