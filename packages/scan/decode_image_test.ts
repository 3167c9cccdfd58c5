import { crc32, deflateSync } from "node:zlib";
import { isProjectError } from "@otpsmith/core/errors";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage, MAX_FILE_BYTES, MAX_PIXELS, scanImage } from "./mod.ts";
import { bmp, fromGrey, qrPackage, SAMPLE } from "./testdata/pictures.ts";

const source = "test picture";
const grey = qrPackage(SAMPLE);

function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function pngOf(width: number, height: number, rows = 0): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits, grey
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    pngChunk("IHDR", header),
    pngChunk("IDAT", deflateSync(new Uint8Array(rows * (width + 1)))),
    pngChunk("IEND", new Uint8Array()),
  ]);
}

describe("size", () => {
  test("30,000 x 30,000 pixels are refused at once, with nothing decoded", async () => {
    const picture = pngOf(30_000, 30_000);
    const before = process.memoryUsage().rss;
    const started = performance.now();
    await expect(scanImage(picture, { source })).rejects.toMatchObject({
      code: "format/image",
      message: "Cannot read test picture: 30,000 x 30,000 pixels are more than the limit of " +
        "120,000,000 pixels",
      next: "Crop the picture to the QR code, or save it smaller.",
    });
    expect(performance.now() - started).toBeLessThan(3000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
  });

  test("the same in the other formats", async () => {
    const jpeg = await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
      .jpeg().toBuffer();
    const frame = jpeg.indexOf(Buffer.of(0xff, 0xc0));
    jpeg.writeUInt16BE(30_000, frame + 5);
    jpeg.writeUInt16BE(30_000, frame + 7);
    const gif = Buffer.from("GIF89a\x30\x75\x30\x75\0\0\0", "latin1");
    const bitmap = Buffer.from(bmp({ width: 1, height: 1, data: new Uint8Array(1) }, "24"));
    bitmap.writeInt32LE(30_000, 18);
    bitmap.writeInt32LE(-30_000, 22);
    for (const bytes of [jpeg, gif, bitmap]) {
      await expect(decodeImage(bytes, { source })).rejects.toThrow(/30,000 x 30,000 pixels/);
    }
  });

  test("an animated picture of many frames is cut to the first hundred", async () => {
    const frames = Array.from({ length: 150 }, (_, i) => ({
      create: { width: 8, height: 8, channels: 3, background: i % 2 ? "red" : "blue" } as const,
    }));
    const pictures = await Promise.all(frames.map((frame) => sharp(frame).png().toBuffer()));
    const gif = await sharp(pictures, { join: { animated: true } }).gif().toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(150);
    expect(await decodeImage(gif, { source })).toHaveLength(100);
  });

  test("the largest picture allowed is decoded", async () => {
    const [pixels] = await decodeImage(pngOf(MAX_PIXELS / 10_000, 10_000, 10_000), { source });
    expect(pixels!.data.length).toBe(MAX_PIXELS);
  });

  test("a file of too many bytes", async () => {
    await expect(decodeImage(new Uint8Array(MAX_FILE_BYTES + 1), { source })).rejects
      .toMatchObject({ code: "format/file" });
  });
});

describe("damage", () => {
  const kinds: { readonly [name: string]: () => Promise<Uint8Array> } = {
    png: () => fromGrey(grey).png().toBuffer(),
    "interlaced png": () => fromGrey(grey).png({ progressive: true }).toBuffer(),
    jpeg: () => fromGrey(grey).jpeg().toBuffer(),
    webp: () => fromGrey(grey).webp().toBuffer(),
    gif: () => fromGrey(grey).gif().toBuffer(),
    bmp: () => Promise.resolve(bmp(grey, "24")),
  };
  test.each(Object.keys(kinds))("%s cut off at every tenth", async (name) => {
    const whole = await kinds[name]!();
    await expect(decodeImage(whole, { source })).resolves.toHaveLength(1);
    for (let tenth = 0; tenth < 10; tenth++) {
      const part = whole.subarray(0, Math.floor(whole.length * tenth / 10));
      await expect(decodeImage(part, { source }), `${tenth * 10} %`).rejects.toMatchObject({
        name: "FormatError",
        code: "format/image",
        next: expect.stringMatching(/\.$/),
      });
    }
  });

  test.each(Object.keys(kinds))(
    "%s with a flipped bit: pixels or a project error",
    async (name) => {
      const whole = await kinds[name]!();
      const flips = fc.record({ at: fc.nat(whole.length - 1), bit: fc.nat(7) });
      await fc.assert(
        fc.asyncProperty(flips, async ({ at, bit }) => {
          const bytes = whole.slice();
          bytes[at]! ^= 1 << bit;
          await decodeImage(bytes, { source }).catch((error: unknown) => {
            if (!isProjectError(error)) throw error;
          });
        }),
        { numRuns: 60 },
      );
    },
  );

  test("any bytes behind any known beginning: pixels or a project error", async () => {
    const starts = [
      "\x89PNG\r\n\x1a\n",
      "\xff\xd8\xff\xe0",
      "RIFF\0\0\0\0WEBPVP8 ",
      "GIF89a",
      "BM",
      "",
    ];
    const input = fc.tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }));
    await fc.assert(
      fc.asyncProperty(input, async ([start, rest]) => {
        const bytes = Buffer.concat([Buffer.from(start, "latin1"), rest]);
        await decodeImage(bytes, { source }).catch((error: unknown) => {
          if (!isProjectError(error)) throw error;
        });
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["\0\0\0\x18ftypheic", "HEIC pictures, as phones take them, are not supported"],
    ["\0\0\0\x18ftypmif1\0\0\0\0heic", "HEIC pictures, as phones take them, are not supported"],
    ["hello", "it is text, not a picture"],
    ["\x01\x02\x03", "it is not a picture of a known kind"],
  ])("%j is named and refused", async (text, state) => {
    await expect(decodeImage(new TextEncoder().encode(text), { source: "x.png" })).rejects
      .toMatchObject({ message: `Cannot read x.png: ${state}`, next: expect.any(String) });
  });
});
