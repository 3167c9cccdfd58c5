import { isUtf8 } from "node:buffer";

/** A kind of picture that can be decoded. */
export type ImageType = (typeof IMAGE_TYPES)[number];

/** The kinds of pictures that can be decoded. */
export const IMAGE_TYPES = [
  "png",
  "jpeg",
  "webp",
  "gif",
  "bmp",
  "avif",
  "tiff",
  "svg",
  "pdf",
] as const;

/**
 * What a file is, by its first bytes: a picture that can be decoded, plain text, or something that
 * is named so that it can be refused clearly.
 */
export type FileType =
  | ImageType
  | "text"
  | "heic"
  | "jxl"
  | "ico"
  | "psd"
  | "html"
  | "zip"
  | "gzip"
  | "unknown";

type Signature = readonly [type: FileType, offset: number, bytes: string];

// Offsets and bytes as the format specifications give them; `ftyp` brands as in ISO/IEC 23008-12.
const SIGNATURES: readonly Signature[] = [
  ["png", 0, "\x89PNG\r\n\x1a\n"],
  ["jpeg", 0, "\xff\xd8\xff"],
  ["webp", 8, "WEBP"],
  ["gif", 0, "GIF87a"],
  ["gif", 0, "GIF89a"],
  ["bmp", 0, "BM"],
  ["avif", 4, "ftypavif"],
  ["avif", 4, "ftypavis"],
  ["heic", 4, "ftypheic"],
  ["heic", 4, "ftypheix"],
  ["heic", 4, "ftyphevc"],
  ["heic", 4, "ftypmif1"],
  ["heic", 4, "ftypmsf1"],
  ["tiff", 0, "II*\0"],
  ["tiff", 0, "MM\0*"],
  ["tiff", 0, "II+\0"], // BigTIFF
  ["tiff", 0, "MM\0+"],
  ["jxl", 0, "\xff\x0a"],
  ["jxl", 4, "JXL \r\n\x87\n"],
  ["ico", 0, "\0\0\x01\0"],
  ["psd", 0, "8BPS"],
  ["pdf", 0, "%PDF-"],
  ["zip", 0, "PK\x03\x04"],
  ["gzip", 0, "\x1f\x8b"],
];

/** How many bytes from the start decide whether something is text. */
const TEXT_PROBE = 4096;

/**
 * Tells what a file is from its bytes alone; its name is never asked, because downloads and
 * screenshots often carry the wrong one.
 *
 * @example Tell a picture from a text
 * ```ts
 * import { sniff } from "@otpsmith/scan";
 *
 * if (sniff(new TextEncoder().encode("GIF89a…")) !== "gif") throw new Error("not a picture");
 * if (sniff(new TextEncoder().encode("otpauth://totp/x")) !== "text") throw new Error("not a text");
 * ```
 */
export function sniff(bytes: Uint8Array): FileType {
  for (const [type, offset, signature] of SIGNATURES) {
    if (!startsWith(bytes, offset, signature) || isTextThatBegins(type, bytes)) continue;
    return type === "heic" && saysAvif(bytes) ? "avif" : type;
  }
  if (!isText(bytes)) return "unknown";
  const start = latin1(bytes.subarray(0, 1024)).toLowerCase();
  if (/<svg[\s>]/.test(start)) return "svg";
  if (/^(\xef\xbb\xbf)?\s*<(!doctype html|html)/.test(start)) return "html";
  return "text";
}

/** Whether a file of this type can be decoded to pixels. */
export function isImageType(type: FileType): type is ImageType {
  return (IMAGE_TYPES as readonly FileType[]).includes(type);
}

/** Whether the brands of a HEIF file (ISO/IEC 14496-12 §4.3) name AVIF: the first one may be a common one. */
function saysAvif(bytes: Uint8Array): boolean {
  const length = Math.min((bytes[2]! << 8) | bytes[3]!, bytes.length, 256);
  for (let at = 16; at + 4 <= length; at += 4) {
    if (startsWith(bytes, at, "avif") || startsWith(bytes, at, "avis")) return true;
  }
  return false;
}

// "BM" is short enough to be the start of a word; a bitmap has zero bytes in its header.
function isTextThatBegins(type: FileType, bytes: Uint8Array): boolean {
  return type === "bmp" && isText(bytes);
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false;
  if (hasUtf16Mark(bytes)) return true;
  const probe = bytes.subarray(0, TEXT_PROBE);
  for (const byte of probe) {
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false;
  }
  return isUtf8(bytes);
}

/** Whether the bytes begin with the byte order mark of UTF-16, as Windows tools write it. */
export function hasUtf16Mark(bytes: Uint8Array): boolean {
  return bytes.length % 2 === 0 && bytes.length > 2 &&
    ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff));
}

function startsWith(bytes: Uint8Array, offset: number, signature: string): boolean {
  if (bytes.length < offset + signature.length) return false;
  for (let i = 0; i < signature.length; i++) {
    if (bytes[offset + i] !== signature.charCodeAt(i)) return false;
  }
  return true;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
