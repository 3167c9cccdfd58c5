import { mkdirSync, readFileSync, truncateSync } from "node:fs";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { MAX_FILE_BYTES, readSource } from "./mod.ts";
import { withFolder, writeInto } from "./testdata/child.ts";
import { qrencode, SAMPLE } from "./testdata/pictures.ts";

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("what it reads", () => {
  test("a picture, as it is and under its name", async () => {
    await withFolder(async (folder) => {
      const path = writeInto(folder, "my code.png", qrencode(SAMPLE));
      const content = await readSource(path);
      expect(content).toMatchObject({ kind: "picture", source: "my code.png" });
      expect(Buffer.compare(content.bytes, readFileSync(path))).toBe(0);
    });
  });

  test.each<readonly [string, Uint8Array]>([
    ["UTF-8", Buffer.from(`${SAMPLE}\n`)],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${SAMPLE}\n`)],
    ["UTF-16, little endian", Buffer.from(`\ufeff${SAMPLE}\n`, "utf16le")],
    ["UTF-16, big endian", Buffer.from(`\ufeff${SAMPLE}\n`, "utf16le").swap16()],
  ])("text in %s comes as UTF-8", async (_, bytes) => {
    await withFolder(async (folder) => {
      const content = await readSource(writeInto(folder, "link.txt", bytes));
      expect(content.kind).toBe("text");
      expect(decode(content.bytes)).toBe(`${SAMPLE}\n`);
    });
  });

  test("standard input of a process, in pieces", async () => {
    const picture = qrencode(SAMPLE);
    const stdin = Readable.from([picture.subarray(0, 9), picture.subarray(9)]);
    const content = await readSource("-", { stdin });
    expect(content).toMatchObject({ kind: "picture", source: "standard input" });
    expect(Buffer.compare(content.bytes, qrencode(SAMPLE))).toBe(0);
    // the pieces were overwritten
    expect(picture.every((byte) => byte === 0)).toBe(true);
  });
});

describe("what it refuses", () => {
  const expected = (state: string): object => ({
    name: "FormatError",
    code: "format/file",
    message: expect.stringMatching(new RegExp(`^Cannot read .+: ${state}`)),
    next: expect.stringMatching(/\.$/),
  });

  test("a missing file, a folder, an empty file, a file that is too large", async () => {
    await withFolder(async (folder) => {
      await expect(readSource(`${folder}/no.png`)).rejects.toMatchObject({
        ...expected("there is no such file"),
        message: "Cannot read no.png: there is no such file",
      });
      mkdirSync(`${folder}/pictures.d`);
      await expect(readSource(`${folder}/pictures.d`)).rejects.toMatchObject(
        expected("it is a folder"),
      );
      await expect(readSource(writeInto(folder, "empty.png", ""))).rejects.toMatchObject(
        expected("it is empty"),
      );
      const large = writeInto(folder, "large.png", "");
      truncateSync(large, MAX_FILE_BYTES + 1);
      await expect(readSource(large)).rejects.toMatchObject(
        expected("it is larger than the limit of 64 MiB"),
      );
    });
  });

  test("an endless stream ends at the limit", async () => {
    const piece = new Uint8Array(1 << 20);
    const stdin = Readable.from((function* () {
      for (;;) yield piece;
    })());
    await expect(readSource("-", { stdin })).rejects.toMatchObject({ code: "format/file" });
    expect(stdin.destroyed).toBe(true);
  });

  test("waiting for standard input ends with the signal", async () => {
    const stdin = new Readable({ read: () => {} });
    const stop = new AbortController();
    const read = readSource("-", { stdin, signal: stop.signal });
    const reason = new Error("Ctrl-C");
    stop.abort(reason);
    await expect(read).rejects.toBe(reason);
  });

  test.each([
    SAMPLE,
    "JBSWY3DPEHPK3PXP",
    "jbsw y3dp ehpk 3pxp",
    "3132333435363738393031323334353637383930",
    "./3132333435363738393031323334353637383930",
    "\x1b[2Jx.png",
  ])("%j given by mistake is not repeated", async (path) => {
    const error: unknown = await readSource(path).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      ...expected("there is no such file"),
      source: "the given file",
    });
    const shown = JSON.stringify([error, (error as Error).message, (error as Error).stack]);
    expect(shown).not.toContain(path.slice(2));
  });
});
