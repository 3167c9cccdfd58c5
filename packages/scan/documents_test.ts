import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isProjectError } from "@otpsmith/core/errors";
import { greyOf } from "@otpsmith/qr";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage, scanImage } from "./mod.ts";
import { pdf, svg } from "./testdata/documents.ts";
import { compose, fromGrey, qrencode, qrPackage, SAMPLE, textsOf } from "./testdata/pictures.ts";

const source = "test picture";

async function scan(bytes: Uint8Array): Promise<readonly string[]> {
  return textsOf(await scanImage(bytes, { source }));
}

function account(i: number): string {
  return `otpauth://totp/Service${i}:user?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Service${i}`;
}

describe("pictures", () => {
  const grey = qrPackage(SAMPLE);

  test.each(["AVIF", "TIFF", "TIFF, one bit", "TIFF, 16 bits", "TIFF, CMYK"])(
    "%s",
    async (name) => {
      const picture = fromGrey(grey);
      const bytes =
        await (name === "AVIF"
          ? picture.avif({ quality: 60 })
          : name === "TIFF, one bit"
          ? picture.toColourspace("b-w").tiff({ bitdepth: 1, compression: "ccittfax4" })
          : name === "TIFF, 16 bits"
          ? picture.toColourspace("grey16").tiff()
          : name === "TIFF, CMYK"
          ? picture.toColourspace("cmyk").tiff()
          : picture.tiff()).toBuffer();
      expect(await scan(bytes)).toEqual([SAMPLE]);
    },
  );

  test("all pages of a TIFF file", async () => {
    const pages = await Promise.all(
      [account(1), "", account(3)].map((text) =>
        compose(
          { width: 400, height: 400, background: "white" },
          text === "" ? [] : [{ input: qrencode(text), left: 20, top: 20 }],
        )
      ),
    );
    const tiff = await sharp(pages, { join: { animated: true } }).tiff().toBuffer();
    const codes = await scanImage(tiff, { source });
    expect(textsOf(codes)).toEqual([account(1), account(3)]);
    expect(codes.map(({ frame }) => frame)).toEqual([0, 2]);
  });

  test("a code whose colour is as dark as its ground, but not in red", async () => {
    const code = await sharp(qrencode(SAMPLE, { scale: 5 })).flatten().toColourspace("b-w").raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height } = code.info;
    const data = Buffer.alloc(width * height * 3);
    for (let i = 0; i < width * height; i++) {
      const isDark = code.data[i]! < 128;
      data.set(isDark ? [200, 40, 60] : [60, 117, 60], i * 3);
    }
    const picture = await sharp(data, { raw: { width, height, channels: 3 } }).png().toBuffer();
    const [seen] = await decodeImage(picture, { source });
    const levels = [...new Set(greyOf(seen!))];
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(4);
    expect(await scan(picture)).toEqual([SAMPLE]);
  });
});

describe("SVG", () => {
  test("a drawing of any size, in black and, on nothing, in white", async () => {
    expect(await scan(svg(SAMPLE))).toEqual([SAMPLE]);
    expect(await scan(svg(SAMPLE, { colour: "white" }))).toEqual([SAMPLE]);
    const [pixels] = await decodeImage(svg(SAMPLE), { source });
    expect(pixels!.width).toBeGreaterThan(1000); // and not the sixty that the drawing says
  });

  test("one with a document type, a link and a picture inside", async () => {
    const inside = `data:image/png;base64,${qrencode(account(2)).toString("base64")}`;
    const drawing = svg("", {
      head: `<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" ` +
        `"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">`,
      more: `<rect width="100%" height="100%" fill="white"/><a href="https://example.com/">` +
        `<image width="25" height="25" href="${inside}"/></a>`,
    });
    expect(await scan(drawing)).toEqual([account(2)]);
  });

  test("nothing outside is asked for, and the drawing is refused", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const bad: readonly Parameters<typeof svg>[1][] = [
      { more: `<image href="${host}/a" width="9" height="9"/>` },
      { more: `<image xlink:href='file:///etc/passwd' width="9" height="9"/>` },
      { more: `<use href="${host}/b.svg#x"/>` },
      { more: `<use\nxlink:href = "../c.svg#x"/>` },
      { more: `<style>@import "${host}/d.css";</style>` },
      { more: `<style>path { fill: url(${host}/e.svg#x) }</style>` },
      { head: `<?xml-stylesheet href="${host}/f.css"?>` },
      {
        head: `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>`,
        more: "<text>&x;</text>",
      },
      { more: `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="${host}/g"/>` },
    ];
    try {
      for (const options of bad) {
        await expect(decodeImage(svg(SAMPLE, options), { source }), JSON.stringify(options)).rejects
          .toMatchObject({
            code: "format/image",
            message: expect.stringContaining("the SVG drawing"),
            next: "Open it, take a screenshot of the QR code, and use that.",
          });
      }
      expect(asked).toEqual([]);
    } finally {
      server.close();
    }
  });

  test("entities that grow without bounds are refused at once", async () => {
    const rows = Array.from(
      { length: 20 },
      (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(20)}">`,
    );
    const bomb = svg("x", {
      head: `<!DOCTYPE svg [<!ENTITY a0 "x">${rows.join("")}]>`,
      more: "<text>&a20;</text>",
    });
    await expect(decodeImage(bomb, { source })).rejects.toMatchObject({ code: "format/image" });
  });

  test("a drawing as large as a town is rendered small, one as large as a country refused", async () => {
    const text = new TextDecoder().decode(svg(SAMPLE));
    const sized = (side: number): Uint8Array =>
      new TextEncoder().encode(
        text.replace(/ width="\d+" height="\d+"/, ` width="${side}" height="${side}"`),
      );
    const [pixels] = await decodeImage(sized(60_000), { source });
    expect(pixels!.width).toBeLessThan(2000);
    await expect(decodeImage(sized(9_000_000), { source })).rejects.toMatchObject({
      code: "format/image",
      message: expect.stringContaining("pixels are more than the limit"),
    });
  });
});

describe("PDF", () => {
  test("the codes of all pages, with their pages", async () => {
    const codes = await scanImage(pdf([account(1), "", account(3)]), { source });
    expect(textsOf(codes)).toEqual([account(1), account(3)]);
    expect(codes.map(({ frame }) => frame)).toEqual([0, 2]);
  });

  test("a code of 12 mm", async () => {
    expect(await scan(pdf([SAMPLE], { points: 34 }))).toEqual([SAMPLE]);
  });

  test("a page as large as a house", async () => {
    const [page] = await decodeImage(pdf([SAMPLE], { page: [14_000, 14_000], points: 3000 }), {
      source,
    });
    expect(page!.data.length).toBeLessThan(17_000_000);
    expect(page!.data.length).toBeGreaterThan(14_000_000);
  });

  test("of a thousand pages the first ones are searched, and that is said", async () => {
    const many = pdf([...Array.from({ length: 999 }, () => ""), SAMPLE], { page: [100, 100] });
    await expect(scan(many)).rejects.toMatchObject({
      code: "format/no-code",
      message:
        "Cannot find a QR code in test picture: its first 100 of 1000 pages show none that can be read",
      next: "Save the page with the code as a file of its own.",
    });
  }, 60_000);

  test("cut off: what is left of it, or a refusal", async () => {
    const whole = pdf([SAMPLE]);
    for (const share of [0.05, 0.5, 0.9]) {
      const part = whole.subarray(0, whole.length * share);
      await decodeImage(part, { source }).catch((error: unknown) => {
        if (!isProjectError(error)) throw error;
        expect(error.message).toMatch(/the PDF file is cut off or damaged|has no pages/);
      });
    }
    await expect(decodeImage(new TextEncoder().encode("%PDF-1.4\n"), { source })).rejects
      .toMatchObject({ code: "format/image", next: expect.stringContaining("screenshot") });
  });

  test("a signal ends it", async () => {
    const reason = new Error("stop");
    await expect(decodeImage(pdf([SAMPLE]), { source, signal: AbortSignal.abort(reason) })).rejects
      .toBe(reason);
  });
});

test(
  "any bytes behind the beginnings of these kinds, and flipped bits: pixels or a project error",
  async () => {
    const whole = [
      await fromGrey(qrPackage("x")).tiff().toBuffer(),
      await fromGrey(qrPackage("x")).avif().toBuffer(),
      svg("x"),
      pdf(["x"]),
    ];
    let runs = 0;
    const input = fc.record({
      file: fc.constantFrom(...whole),
      keep: fc.double({ min: 0, max: 1, noNaN: true }),
      flips: fc.array(fc.record({ at: fc.nat(), bit: fc.nat(7) }), { maxLength: 4 }),
      rest: fc.uint8Array({ maxLength: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(input, async ({ file, keep, flips, rest }) => {
        runs++;
        const bytes = Buffer.concat([file.subarray(0, 8 + file.length * keep), rest]);
        for (const { at, bit } of flips) bytes[at % bytes.length]! ^= 1 << bit;
        await decodeImage(bytes, { source }).catch((error: unknown) => {
          if (!isProjectError(error)) throw error;
        });
      }),
      { numRuns: 150 },
    );
    console.log(`fuzzed files of TIFF, AVIF, SVG and PDF: ${runs}`);
  },
  120_000,
);
