import { execFileSync } from "node:child_process";
import encodeQR from "qr";
import sharp, { type Sharp } from "sharp";
import type { FoundCode } from "../mod.ts";

/** A made-up account in the shape that a large cloud provider uses, with a 40-byte seed. */
export const SAMPLE = "otpauth://totp/Aliyun:ci-user@1234567890123456?secret=" +
  "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Aliyun";

export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface CodeOptions {
  readonly scale?: number;
  readonly margin?: number;
  readonly level?: "L" | "M" | "Q" | "H";
  readonly more?: readonly string[];
}

/** Draws a code with Debian's qrencode, which shares no code with the decoders. */
export function qrencode(text: string | Uint8Array, options: CodeOptions = {}): Buffer {
  const { scale = 4, margin = 4, level = "M", more = [] } = options;
  const sizes = ["-s", String(scale), "-m", String(margin), "-l", level];
  return execFileSync("qrencode", ["-8", "-t", "PNG", "-o", "-", ...sizes, ...more], {
    input: text,
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** Draws a code with the npm package "qr", a second encoder. */
export function qrPackage(text: string, { scale = 4, margin = 4 }: CodeOptions = {}): Grey {
  const rows = encodeQR(text, "raw", { scale, border: margin, ecc: "medium" });
  const data = Uint8Array.from(rows.flat(), (isDark) => isDark ? 0 : 255);
  return { width: rows[0]!.length, height: rows.length, data };
}

export async function toGrey(picture: Uint8Array): Promise<Grey> {
  const { data, info } = await sharp(picture).flatten({ background: "white" }).toColourspace("b-w")
    .raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

export function fromGrey({ width, height, data }: Grey): Sharp {
  return sharp(data, { raw: { width, height, channels: 1 } });
}

/** Puts pictures onto a canvas. */
export function compose(
  canvas: { readonly width: number; readonly height: number; readonly background: string },
  parts: readonly { readonly input: Buffer; readonly left: number; readonly top: number }[],
): Promise<Buffer> {
  return sharp({ create: { ...canvas, channels: 3 } }).composite([...parts]).png().toBuffer();
}

export type BmpKind = "1" | "4" | "8" | "16" | "24" | "32" | "32-masks" | "24-top-down" | "os2";

/** Writes the bytes of a Windows bitmap by hand, after Microsoft's description of its header. */
export function bmp({ width, height, data }: Grey, kind: BmpKind): Uint8Array {
  const depth = kind === "os2" ? 8 : parseInt(kind);
  const headerBytes = kind === "os2" ? 12 : 40;
  const colours = depth <= 8 ? 1 << depth : 0;
  const masks = kind === "32-masks" ? 12 : 0;
  const offset = 14 + headerBytes + masks + colours * (kind === "os2" ? 3 : 4);
  const stride = Math.ceil(width * depth / 32) * 4;
  const file = Buffer.alloc(offset + stride * height);
  file.write("BM", "latin1");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(offset, 10);
  file.writeUInt32LE(headerBytes, 14);
  if (kind === "os2") {
    file.writeUInt16LE(width, 18);
    file.writeUInt16LE(height, 20);
    file.writeUInt16LE(1, 22);
    file.writeUInt16LE(depth, 24);
  } else {
    file.writeInt32LE(width, 18);
    file.writeInt32LE(kind === "24-top-down" ? -height : height, 22);
    file.writeUInt16LE(1, 26);
    file.writeUInt16LE(depth, 28);
    file.writeUInt32LE(masks > 0 ? 3 : 0, 30);
  }
  if (masks > 0) {
    [0xff, 0xff00, 0xff0000].forEach((mask, i) => file.writeUInt32LE(mask, 54 + i * 4));
  }
  for (let i = 0; i < colours; i++) {
    const grey = Math.round(255 * i / (colours - 1));
    file.fill(grey, 14 + headerBytes + i * (kind === "os2" ? 3 : 4)).subarray(0);
    // the fill above runs to the end of the file: later entries and the rows overwrite it
  }
  file.fill(0, offset);
  for (let y = 0; y < height; y++) {
    const row = offset + stride * (kind === "24-top-down" ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      const grey = data[y * width + x]!;
      if (depth < 8) {
        const at = row + Math.floor(x * depth / 8);
        const value = grey >> (8 - depth);
        file[at] = file[at]! | (value << (8 - depth - (x * depth) % 8));
      } else if (depth === 16) {
        file.writeUInt16LE((grey >> 3) * 0x421, row + x * 2);
      } else {
        const bytes = depth / 8;
        for (let i = 0; i < Math.min(bytes, 3); i++) file[row + x * bytes + i] = grey;
      }
    }
  }
  return file;
}

export function textsOf(codes: readonly FoundCode[]): readonly string[] {
  return codes.map(({ bytes }) => new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

/** A sequence of numbers that look random and are the same in each run. */
export function* numbers(seed: number): Generator<number, never> {
  for (let state = seed >>> 0 || 1;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}
