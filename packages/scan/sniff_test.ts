import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { readImageSize, sniff } from "./mod.ts";
import { isImageType } from "./sniff.ts";
import { bmp } from "./testdata/pictures.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("sniff", () => {
  test.each<readonly [string, Uint8Array, string]>([
    ["heic", text("\0\0\0\x18ftypheic"), "heic"],
    ["tiff", Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0), "tiff"],
    ["pdf", text("%PDF-1.7\n"), "pdf"],
    ["zip", text("PK\x03\x04"), "zip"],
    ["svg", text('<?xml version="1.0"?>\n<svg xmlns="">'), "svg"],
    ["web page", text("\ufeff<!DOCTYPE html><p>"), "html"],
    ["link", text("otpauth://totp/x?secret=AE\r\n"), "text"],
    ["Chinese text", text("密钥"), "text"],
    ["text that begins as a bitmap does", text("BMW: otpauth://totp/x"), "text"],
    ["text of Windows PowerShell", Buffer.from("\ufeffotpauth://", "utf16le"), "text"],
    ["Latin-1 bytes", Uint8Array.of(0x41, 0xe4, 0x41), "unknown"],
    ["zero bytes", new Uint8Array(100), "unknown"],
    ["nothing", new Uint8Array(0), "unknown"],
  ])("%s", (_, bytes, type) => expect(sniff(bytes)).toBe(type));

  test("AVIF as sharp writes it", async () => {
    const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: "white" } });
    expect(sniff(await picture.avif().toBuffer())).toBe("avif");
    expect(sniff(await picture.tiff().toBuffer())).toBe("tiff");
  });
});

describe("readImageSize", () => {
  const create = { width: 301, height: 17, channels: 3, background: "red" } as const;
  const withAlpha = { ...create, channels: 4, background: "#ff000080" } as const;
  test.each<readonly [string, () => Promise<Uint8Array>]>([
    ["png", () => sharp({ create }).png().toBuffer()],
    ["jpeg", () => sharp({ create }).jpeg().toBuffer()],
    ["jpeg", () => sharp({ create }).jpeg({ progressive: true }).withExif({ IFD0: {} }).toBuffer()],
    ["webp", () => sharp({ create }).webp().toBuffer()],
    ["webp", () => sharp({ create }).webp({ lossless: true }).toBuffer()],
    ["webp", () => sharp({ create: withAlpha }).webp().toBuffer()],
    ["gif", () => sharp({ create }).gif().toBuffer()],
    [
      "bmp",
      () => Promise.resolve(bmp({ width: 301, height: 17, data: new Uint8Array(5117) }, "24")),
    ],
    [
      "bmp",
      () => Promise.resolve(bmp({ width: 301, height: 17, data: new Uint8Array(5117) }, "os2")),
    ],
  ])("%s", async (type, make) => {
    const bytes = await make();
    expect(sniff(bytes)).toBe(type);
    expect(isImageType(sniff(bytes))).toBe(true);
    expect(readImageSize(bytes, type as "png")).toEqual({ width: 301, height: 17 });
  });

  test("any bytes: a size or nothing", () => {
    const types = fc.constantFrom("png", "jpeg", "webp", "gif", "bmp");
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), types, (bytes, type) => {
      const size = readImageSize(bytes, type as "png");
      expect(size === undefined || (size.width > 0 && size.height > 0)).toBe(true);
    }));
  });

  test("a JPEG of marker after marker ends", () => {
    const bytes = new Uint8Array(1 << 20).fill(0xff);
    expect(readImageSize(bytes, "jpeg")).toBeUndefined();
  });
});
