/**
 * Pictures to text: what a file is, its pixels, and the QR codes in them.
 *
 * Importing this package loads neither the image decoder nor the QR decoder; the first call does.
 *
 * @module
 */
export * from "./sniff.ts";
export * from "./image_header.ts";
export * from "./limits.ts";
export * from "./decode_image.ts";
export * from "./read_source.ts";
export * from "./decode/mod.ts";
export * from "./decode_qr.ts";
export * from "./scan_image.ts";
export type { TimeSource } from "@otpsmith/core/time";
