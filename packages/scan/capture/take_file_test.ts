import {
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeFile } from "./_take_file.ts";

let folder: string;
let path: string;
let png: Buffer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "otpsmith-take-"));
  path = join(folder, "Bild schirm.png");
  png = await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } }).png()
    .toBuffer();
});
afterEach(() => rmSync(folder, { recursive: true }));

const uri = (): string => pathToFileURL(path).href;

test("a new picture is read, overwritten and deleted", async () => {
  writeFileSync(path, png);
  const other = join(folder, "other name of the same file");
  linkSync(path, other);
  const { bytes, note } = await takeFile(uri(), { askedAt: Date.now() });
  expect(Buffer.compare(bytes, png)).toBe(0);
  expect(note).toContain("Bild schirm.png; it was overwritten and deleted");
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(other).every((byte) => byte === 0)).toBe(true);
});

test.each([
  ["that was there before", () => writeFileSync(path, png), Date.now() + 3_600_000],
  ["that is no picture", () => writeFileSync(path, "the diary of a year"), 0],
])("a file %s is left alone, and named", async (_, write, askedAt) => {
  write();
  const before = readFileSync(path);
  const { note } = await takeFile(uri(), { askedAt });
  expect(note).toBe(`The desktop has kept a picture of the screen: delete ${path}`);
  expect(Buffer.compare(readFileSync(path), before)).toBe(0);
});

test.each([
  ["a link", () => {
    writeFileSync(join(folder, "target"), png);
    symlinkSync(join(folder, "target"), path);
  }],
  ["nothing", () => undefined],
  ["an empty file", () => writeFileSync(path, "")],
])("%s is refused", async (_, prepare) => {
  prepare();
  await expect(takeFile(uri(), { askedAt: 0 })).rejects.toMatchObject({ code: "format/screen" });
});

test("an address that is no file", async () => {
  await expect(takeFile("https://example.com/a.png", { askedAt: 0 })).rejects.toMatchObject({
    code: "format/screen",
    message: "Cannot read the screen: the picture that the desktop has taken cannot be read",
  });
});
