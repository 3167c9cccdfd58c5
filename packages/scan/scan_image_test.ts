import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { ManualTime } from "@otpsmith/core/time";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { scanImage } from "./mod.ts";
import { withFolder } from "./testdata/child.ts";
import {
  bmp,
  type BmpKind,
  compose,
  fromGrey,
  numbers,
  qrencode,
  qrPackage,
  SAMPLE,
  textsOf,
  toGrey,
} from "./testdata/pictures.ts";

const source = "test picture";

async function scan(bytes: Uint8Array): Promise<readonly string[]> {
  return textsOf(await scanImage(bytes, { source }));
}

function account(i: number): string {
  return `otpauth://totp/Service${i}:user${i}@example.com?secret=JBSWY3DPEHPK3PX${
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[i]
  }&issuer=Service${i}`;
}

describe("formats", () => {
  const grey = qrPackage(SAMPLE);
  const encoders: { readonly [name: string]: (picture: Sharp) => Sharp } = {
    "PNG": (picture) => picture.png(),
    "PNG, interlaced": (picture) => picture.png({ progressive: true }),
    "PNG, 16 bits": (picture) => picture.toColourspace("grey16").png(),
    "PNG, palette": (picture) => picture.png({ palette: true }),
    "JPEG, quality 50": (picture) => picture.jpeg({ quality: 50 }),
    "JPEG, CMYK": (picture) => picture.toColourspace("cmyk").jpeg(),
    "WebP": (picture) => picture.webp(),
    "WebP, lossless": (picture) => picture.webp({ lossless: true }),
    "GIF": (picture) => picture.gif(),
  };
  test.each(Object.keys(encoders))("%s", async (name) => {
    expect(await scan(await encoders[name]!(fromGrey(grey)).toBuffer())).toEqual([SAMPLE]);
  });

  const bitmaps: readonly BmpKind[] = [
    "1",
    "4",
    "8",
    "16",
    "24",
    "32",
    "32-masks",
    "24-top-down",
    "os2",
  ];
  test.each(bitmaps)("BMP of %s", async (kind) => {
    expect(await scan(bmp(grey, kind))).toEqual([SAMPLE]);
  });

  test("a turned JPEG from a camera", async () => {
    const picture = await sharp({
      create: { width: 600, height: 400, channels: 3, background: "white" },
    })
      .composite([{ input: qrencode(SAMPLE, { scale: 3 }), left: 20, top: 20 }])
      .jpeg().withExif({ IFD0: {} }).withMetadata({ orientation: 6 }).toBuffer();
    const [code] = await scanImage(picture, { source });
    expect(textsOf([code!])).toEqual([SAMPLE]);
    // Turned clockwise by a quarter, the top left corner of the file is at the top right.
    const xs = code!.corners.map(({ x }) => x);
    expect(Math.max(...xs)).toBeGreaterThan(300);
    expect(Math.max(...xs)).toBeLessThan(400);
    expect(Math.max(...code!.corners.map(({ y }) => y))).toBeLessThan(200);
  });

  test("a code in the last frame of an animated GIF, with another in the first", async () => {
    const frames = [account(1), "", account(2)].map(async (text) => {
      const code = text === "" ? [] : [{ input: qrencode(text), left: 10, top: 10 }];
      return await sharp({ create: { width: 260, height: 260, channels: 3, background: "white" } })
        .composite(code).png().toBuffer();
    });
    const gif = await sharp(await Promise.all(frames), { join: { animated: true } }).gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(3);
    expect(await scan(gif)).toEqual([account(1), account(2)]);
  });

  test.each(["black", "white"] as const)("a %s code on transparent ground", async (colour) => {
    const grey = await toGrey(qrencode(SAMPLE));
    const alpha = grey.data.map((value) => 255 - value);
    const picture = await sharp({
      create: { width: grey.width, height: grey.height, channels: 3, background: colour },
    }).joinChannel(Buffer.from(alpha), {
      raw: { width: grey.width, height: grey.height, channels: 1 },
    }).png().toBuffer();
    expect((await sharp(picture).metadata()).hasAlpha).toBe(true);
    expect(await scan(picture)).toEqual([SAMPLE]);
  });
});

describe("codes", () => {
  test.each([1, 2, 3, 8])("screenshot of a code with %i pixels a module", async (scale) => {
    expect(await scan(qrencode(SAMPLE, { scale }))).toEqual([SAMPLE]);
  });

  test("inverted", async () => {
    const picture = sharp(qrencode(SAMPLE)).flatten().negate({ alpha: false });
    expect(await scan(await picture.png().toBuffer())).toEqual([SAMPLE]);
  });

  test("turned by any angle, dark and inverted", async () => {
    for (let angle = 0; angle < 360; angle += 10) {
      const turned = sharp(qrencode(SAMPLE)).flatten().rotate(angle, { background: "white" });
      const picture = sharp(await turned.png().toBuffer());
      if (angle % 20 !== 0) picture.negate({ alpha: false });
      expect(await scan(await picture.png().toBuffer()), `${angle} degrees`).toEqual([SAMPLE]);
    }
  }, 60_000);

  test("two codes, listed from left to right with their places", async () => {
    const parts = [
      { input: qrencode(account(0), { scale: 3 }), left: 700, top: 108 },
      { input: qrencode(account(1), { scale: 3 }), left: 60, top: 120 },
    ];
    const picture = await compose({ width: 1000, height: 400, background: "#dde" }, parts);
    const codes = await scanImage(picture, { source });
    expect(textsOf(codes)).toEqual([account(1), account(0)]);
    expect(codes[0]!.corners[0].x).toBeCloseTo(60 + 12, -1);
    expect(codes[0]!.corners[0].y).toBeCloseTo(120 + 12, -1);
    expect(codes[1]!.corners[0].x).toBeCloseTo(700 + 12, -1);
  });

  test("sixteen codes on a 1080p screen, in reading order", async () => {
    const parts = Array.from({ length: 16 }, (_, i) => ({
      input: qrencode(account(i), { scale: 3 }),
      left: 100 + (i % 4) * 450,
      top: 60 + Math.floor(i / 4) * 255 + (i * 7) % 20,
    }));
    const picture = await compose({ width: 1920, height: 1080, background: "#eeeeee" }, parts);
    expect(await scan(picture)).toEqual(Array.from({ length: 16 }, (_, i) => account(i)));
  });

  test("the same code twice is one", async () => {
    const input = qrencode(SAMPLE);
    const parts = [{ input, left: 10, top: 10 }, { input, left: 500, top: 10 }];
    const picture = await compose({ width: 900, height: 400, background: "white" }, parts);
    expect(await scan(picture)).toEqual([SAMPLE]);
  });

  test("a small code somewhere on a 4K screen full of other things", async () => {
    const noise = await sharp({
      create: {
        width: 1920,
        height: 1080,
        channels: 3,
        noise: { type: "gaussian", mean: 128, sigma: 60 },
        background: "white",
      },
    }).png().toBuffer();
    const parts = [{ input: noise, left: 0, top: 0 }, {
      input: qrencode(SAMPLE, { scale: 3 }),
      left: 3000,
      top: 1700,
    }];
    const picture = await compose({ width: 3840, height: 2160, background: "#202020" }, parts);
    expect(await scan(picture)).toEqual([SAMPLE]);
  });

  test.each([
    ["a link that is no account", "https://example.com/login?next=%2F"],
    ["a Chinese label", "otpauth://totp/阿里云:用户@公司?secret=JBSWY3DPEHPK3PXP&issuer=阿里云"],
    ["a Japanese label", "otpauth://totp/サービス:利用者?secret=JBSWY3DPEHPK3PXP&issuer=サービス"],
    ["an emoji", "otpauth://totp/🔑?secret=JBSWY3DPEHPK3PXP"],
    ["numbers alone", "123456789012"],
    ["capitals alone", "OTPAUTH://TOTP/X?SECRET=JBSWY3DPEHPK3PXP"],
  ])("the bytes of %s arrive as they were", async (_, text) => {
    expect(await scan(qrencode(text))).toEqual([text]);
    expect(await scan(await fromGrey(qrPackage(text)).png().toBuffer())).toEqual([text]);
  });

  test("bytes that look like Shift JIS, written in kanji mode", async () => {
    const text = "otpauth://totp/点茗?secret=JBSWY3DPEHPK3PXP";
    const head = new TextEncoder().encode("otpauth://totp/");
    const tail = new TextEncoder().encode("?secret=JBSWY3DPEHPK3PXP");
    const kanji = Uint8Array.of(0x93, 0x5f, 0xe4, 0xaa); // 点茗, the example of ISO/IEC 18004
    const shiftJis = Buffer.concat([head, kanji, tail]);
    const picture = execFileSync("qrencode", ["-k", "-o", "-"], { input: shiftJis });
    expect(await scan(picture)).toEqual([text]);
  });

  test("a text split over several codes is joined; with one missing it is refused", async () => {
    const text = `${SAMPLE}&note=${"x".repeat(200)}`;
    await withFolder(async (folder) => {
      execFileSync("qrencode", ["-8", "-S", "-v", "6", "-s", "3", "-o", `${folder}/p.png`], {
        input: text,
      });
      const files = readdirSync(folder).sort();
      expect(files.length).toBeGreaterThan(1);
      const parts = files.map((file, i) => ({
        input: readFileSync(`${folder}/${file}`),
        left: 20 + (files.length - 1 - i) * 200, // last part first
        top: 20,
      }));
      const canvas = { width: 40 + files.length * 200, height: 240, background: "white" };
      expect(await scan(await compose(canvas, parts))).toEqual([text]);
      await expect(scan(await compose(canvas, parts.slice(1)))).rejects.toMatchObject({
        code: "format/no-code",
        next: "Take one picture that shows all of them.",
      });
    });
  });

  test("zbar, an independent decoder, reads the same", async () => {
    for (const level of ["L", "H"] as const) {
      const picture = qrencode(account(3), { level });
      const read = execFileSync("zbarimg", ["--raw", "-q", "--nodbus", "-"], { input: picture });
      expect(await scan(picture)).toEqual([read.toString().trimEnd()]);
    }
  });
});

describe("bad input", () => {
  test("a picture without a code", async () => {
    const picture = await sharp({
      create: { width: 640, height: 480, channels: 4, background: "#ffffff80" },
    }).png().toBuffer();
    await expect(scan(picture)).rejects.toMatchObject({
      name: "FormatError",
      code: "format/no-code",
      source,
      message: "Cannot find a QR code in test picture: the picture shows none that can be read",
    });
  });

  test("noise holds no code", async () => {
    const random = numbers(7);
    for (let round = 0; round < 4; round++) {
      const data = Uint8Array.from({ length: 300 * 300 }, () => {
        const value = random.next().value >>> 8;
        return round % 2 === 0 ? value & 255 : (value & 1) * 255;
      });
      const picture = await fromGrey({ width: 300, height: 300, data }).png().toBuffer();
      await expect(scan(picture)).rejects.toMatchObject({ code: "format/no-code" });
    }
  }, 120_000);

  test("a signal that fires ends the search with its reason", async () => {
    const reason = new Error("Ctrl-C");
    await expect(scanImage(qrencode(SAMPLE), { source, signal: AbortSignal.abort(reason) }))
      .rejects.toBe(reason);
  });

  test("a picture that keeps the decoder busy for minutes is given up at the deadline", async () => {
    // Finder patterns in every corner: as many candidates as there can be.
    const [width, height] = [3840, 2160];
    const data = new Uint8Array(width * height).fill(255);
    for (let i = 0; i < data.length; i++) {
      const x = i % width % 9, y = Math.floor(i / width) % 9;
      if (x < 7 && y < 7 && Math.max(Math.abs(x - 3), Math.abs(y - 3)) !== 2) data[i] = 0;
    }
    const picture = await fromGrey({ width, height, data }).png().toBuffer();
    const time = new ManualTime(0);
    const started = performance.now();
    const found = scanImage(picture, { source, time, deadlineMs: 5000 });
    time.advance(5000);
    await expect(found).rejects.toMatchObject({
      code: "format/no-code",
      message: "Cannot find a QR code in test picture: nothing was found in 5 seconds",
    });
    expect(performance.now() - started).toBeLessThan(5000);

    // By then the search is in the middle of it: the picture is decoded in a tenth of a second.
    const aborted = scanImage(picture, { source, signal: AbortSignal.timeout(1500) });
    await expect(aborted).rejects.toMatchObject({ name: "TimeoutError" });
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
