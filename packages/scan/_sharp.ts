import process from "node:process";
import { FormatError } from "@otpsmith/core/errors";

/** The image library. */
export type Sharp = typeof import("sharp").default;

/**
 * Loads the image library on first use: it is a native module of many megabytes, and most commands need no
 * picture.
 */
export async function loadSharp(source: string): Promise<Sharp> {
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
