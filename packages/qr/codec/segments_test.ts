import fc from "fast-check";
import { describe, expect, test } from "vitest";
import others from "../testdata/symbols.json" with { type: "json" };
import { symbolOf } from "../testdata/symbols.ts";
import { decodeMatrix } from "./decode_matrix.ts";
import { readSegments } from "./segments.ts";
import { bytesOf, textOf } from "./text.ts";

function decode(symbol: { readonly size: number; readonly dark: Uint8Array }) {
  const doubts = [new Uint8Array(symbol.dark.length)];
  const read = decodeMatrix(symbol, { doubts, believe: () => true });
  if (!read) throw new Error("not read");
  return { ...read, text: textOf(bytesOf(read.segments)) };
}

const fromRows = (rows: readonly string[]) => ({
  size: rows.length,
  dark: Uint8Array.from(rows.join(""), Number),
});

describe("what other encoders write", () => {
  test.each(others.zint)("$text with $options", ({ text, rows }) => {
    expect(decode(fromRows(rows)).text).toBe(text);
  });

  test("kanji as Shift_JIS, byte for byte", () => {
    const { segments, text } = decode(fromRows(others.kanji ?? []));
    expect(segments).toEqual([
      { mode: "kanji", bytes: Uint8Array.of(0x93, 0x5f, 0xe4, 0xaa), eci: undefined },
    ]);
    expect(text).toBe("点茗");
  });

  test("a text that is split over several symbols", () => {
    const reads = others.parts.symbols.map((rows) => decode(fromRows(rows)));
    const parity = new TextEncoder().encode(others.parts.text).reduce((a, b) => a ^ b);
    expect(reads.length).toBeGreaterThan(2);
    expect(reads.map(({ part }) => part)).toEqual(
      reads.map((_, index) => ({ index, count: reads.length, parity })),
    );
    expect(reads.map(({ text }) => text).join("")).toBe(others.parts.text);
  });
});

test("digits and alphanumeric characters of any number", () => {
  const texts = fc.oneof(
    fc.stringMatching(/^[0-9]{1,200}$/),
    fc.stringMatching(/^[0-9A-Z $%*+./:-]{1,200}$/),
    fc.string({ minLength: 1, maxLength: 100 }),
  );
  fc.assert(fc.property(texts, (text) => {
    expect(decode(symbolOf(text)).text).toBe(text);
  }));
});

describe("any data", () => {
  const versions = fc.constantFrom(1, 10, 27);

  test("gives segments or nothing", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), versions, (data, version) => {
      const content = readSegments(data, version);
      for (const { bytes } of content?.segments ?? []) {
        expect(bytes.length).toBeLessThanOrEqual(700);
      }
      if (content) expect(typeof textOf(bytesOf(content.segments))).toBe("string");
    }));
  });

  test.each([
    ["an unknown mode", [0xf0, 0, 0]],
    ["more characters than follow", [0x4f, 0xf0, 0]],
    ["three digits that are 1000", [0x10, 0x0f, 0xfa, 0x00]],
    ["a part that is behind the last", [0x35, 0x10, 0x00, 0x00]],
    ["a character set that cannot be numbered", [0x7e, 0x00, 0x00, 0x00, 0x00]],
    ["a pair of characters above 2024", [0x20, 0x17, 0xff, 0xff]],
  ])("%s is refused", (_, data) => {
    expect(readSegments(Uint8Array.from(data), 1)).toBeUndefined();
  });

  test("nothing stands in a symbol of padding", () => {
    expect(readSegments(Uint8Array.of(0x00, 0xec, 0x11), 1)).toEqual({
      segments: [],
      part: undefined,
    });
  });
});
