import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeAmbiguity, parseBase32Seed, parseHexSeed } from "./typed_seed.ts";
import { base32, errorOf, expectHidden, hexOf, shownBy, utf8 } from "./testdata/bytes.ts";

const source = "prompt";
const HELLO = "48656c6c6f21deadbeef"; // JBSWY3DPEHPK3PXP

describe("typed base32", () => {
  test.each([
    ["plain", "JBSWY3DPEHPK3PXP"],
    ["lower case", "jbswy3dpehpk3pxp"],
    ["groups", "jbsw y3dp ehpk 3pxp"],
    ["hyphens", "JBSW-Y3DP-EHPK-3PXP"],
    ["hyphens of word processors", "JBSW\u2010Y3DP\u2011EHPK\u20133PXP"],
    ["spaces of web pages", "JBSW\u00a0Y3DP\u202fEHPK\u30003PXP\u200b"],
    ["byte order mark and line end", "\ufeffJBSWY3DPEHPK3PXP\r\n"],
    ["needless padding", "JBSWY3DPEHPK3PXP===="],
  ])("forgives %s", (_name, text) => {
    const { secret, warnings } = parseBase32Seed(utf8(text), { source });
    expect(hexOf(secret)).toBe(HELLO);
    expect(warnings).toEqual([]);
  });

  test.each([
    ["0", /digit 0.*letter O/],
    ["1", /digit 1.*letter I or L/],
    ["8", /digit 8.*letter B/],
    ["9", /digit 9.*letter g/],
    ["?", /letters A to Z and the digits 2 to 7/],
    ["é", /letters A to Z and the digits 2 to 7/],
  ])("points at %s and never repairs it", (wrong, next) => {
    const error = errorOf(() => parseBase32Seed(utf8(`jbsw y3${wrong}pehpk3pxp`), { source }));
    expect(error.message).toBe("Cannot read seed: character 8 is not base32");
    expect(error).toMatchObject({ code: "format/base32", source, position: 7 });
    expect(error.next).toMatch(next);
  });

  test("a seed that is hexadecimal as a whole gets that hint, and is not guessed", () => {
    const error = errorOf(() => parseBase32Seed(utf8("48656c6c6f21deadbeef"), { source }));
    expect(error.next).toMatch(/hexadecimal.*not guessed/);
  });

  test.each([1, 3, 6, 9, 11, 14, 17])("%i characters are refused with the reason", (length) => {
    const error = errorOf(() => parseBase32Seed(utf8("A".repeat(length)), { source }));
    expect(error.message).toBe(
      `Cannot read seed: ${length} base32 characters do not make whole bytes`,
    );
    expect(error.position).toBe(length);
    expect(error.next).toMatch(/cut off/);
  });

  test.each([[2, 1], [4, 2], [5, 3], [7, 4], [8, 5], [26, 16], [32, 20], [64, 40], [1024, 640]])(
    "%i characters are %i bytes",
    (length, bytes) => {
      expect(parseBase32Seed(utf8("A".repeat(length)), { source }).secret.length).toBe(bytes);
    },
  );

  test("bits that no byte uses are accepted with a warning", () => {
    const odd = parseBase32Seed(utf8("MZXW7"), { source });
    expect(hexOf(odd.secret)).toBe("666f6f");
    expect(odd.warnings).toEqual([expect.stringMatching(/bits that no byte uses/)]);
  });

  test.each([["", 0], ["  \n", 0], ["- -", 0]])("empty: %j", (text, position) => {
    const error = errorOf(() => parseBase32Seed(utf8(text), { source }));
    expect(error).toMatchObject({ message: "Cannot read seed: it is empty", position });
  });

  test("padding alone, and characters behind padding", () => {
    expect(errorOf(() => parseBase32Seed(utf8("===="), { source })).position).toBe(0);
    const error = errorOf(() => parseBase32Seed(utf8("MY==MY"), { source }));
    expect(error).toMatchObject({
      message: "Cannot read seed: character 5 follows the padding",
      position: 4,
    });
  });

  test("more than 1024 characters, more than 64 KiB", () => {
    const long = errorOf(() => parseBase32Seed(utf8("A".repeat(1025)), { source }));
    expect(long).toMatchObject({ message: expect.stringMatching(/1024/), position: 1024 });
    const huge = errorOf(() => parseBase32Seed(utf8(" ".repeat(65_537)), { source }));
    expect(huge.message).toMatch(/64 KiB/);
  });

  test.each(["86596320000123", "234567", "2345 6723 4567"])(
    "digits only are no seed: %s",
    (text) => {
      expect(errorOf(() => parseBase32Seed(utf8(text), { source })).message)
        .toBe("Cannot read seed: it is only digits");
    },
  );

  test("a short seed may happen to be digits", () => {
    expect(parseBase32Seed(utf8("24"), { source }).secret.length).toBe(1);
  });
});

describe("typed hexadecimal", () => {
  test.each([
    "48656c6c6f21deadbeef",
    "48 65 6C 6C 6F 21 DE AD BE EF",
    "4865-6c6c-6f21-dead-beef\n",
  ])(
    "%j",
    (text) => {
      const { secret, warnings } = parseHexSeed(utf8(text), { source });
      expect(hexOf(secret)).toBe(HELLO);
      expect(warnings).toEqual([]);
    },
  );

  test.each([
    ["48O5", 2, /letter O.*digit 0/],
    ["48l5", 2, /letter L.*digit 1/],
    ["4g", 1, /letter G.*digit 9/],
    ["0x48", 1, /0x/],
    ["48zz", 2, /digits 0 to 9 and the letters A to F/],
    ["4865==", 4, /digits 0 to 9/],
  ])("points into %s", (text, position, next) => {
    const error = errorOf(() => parseHexSeed(utf8(text), { source }));
    expect(error).toMatchObject({
      code: "format/hex",
      position,
      message: `Cannot read seed: character ${position + 1} is not hexadecimal`,
    });
    expect(error.next).toMatch(next);
  });

  test("half a byte, nothing, too much", () => {
    expect(errorOf(() => parseHexSeed(utf8("486"), { source })).message).toMatch(/whole bytes/);
    expect(errorOf(() => parseHexSeed(utf8(" "), { source })).message).toMatch(/empty/);
    expect(errorOf(() => parseHexSeed(utf8("a".repeat(1025)), { source })).message).toMatch(/1024/);
  });

  test("digits that may be a serial number are read with a warning", () => {
    expect(parseHexSeed(utf8("86596320000123"), { source }).warnings[0]).toMatch(/serial number/);
    // The seed of RFC 6238's vectors is digits as well.
    const rfc = parseHexSeed(utf8("3132333435363738393031323334353637383930"), { source });
    expect(rfc.warnings).toEqual([]);
  });
});

describe("ambiguity", () => {
  test("nothing but A to F and 2 to 7 is both: both lengths are given", () => {
    const both = { base32Bytes: 20, hexBytes: 16 };
    expect(describeAmbiguity(utf8("abcdef23abcdef23abcdef23abcdef23"))).toEqual(both);
  });

  test.each([
    ["base32 only", "JBSWY3DPEHPK3PXP"],
    ["hexadecimal only", "48656c6c6f21deadbeef"],
    ["a length that base32 cannot have", "ABCDEF"],
    ["a length that hexadecimal cannot have", "ABCDE"],
    ["neither", "!"],
    ["nothing", ""],
  ])("%s is not ambiguous", (_name, text) => {
    expect(describeAmbiguity(utf8(text))).toBeUndefined();
  });
});

describe("any bytes", () => {
  test.each([["base32", parseBase32Seed], ["hex", parseHexSeed]] as const)(
    "%s: a value or a FormatError",
    (_name, parse) => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        const before = bytes.slice();
        shownBy(() => {
          const { secret } = parse(bytes, { source });
          expect(secret.length).toBeGreaterThan(0);
        });
        expect(bytes).toEqual(before);
      }));
    },
  );

  test("no part of a seed in what is shown, whatever is wrong with it", () => {
    fc.assert(fc.property(
      fc.uint8Array({ minLength: 10, maxLength: 40 }),
      fc.nat(),
      fc.constantFrom("0", "1", "8", "9", "!", "é", "\0", "", "A", "==A"),
      (seed, where, wrong) => {
        const text = base32(seed);
        const at = where % text.length;
        const typed = text.slice(0, at) + wrong + text.slice(at);
        for (const parse of [parseBase32Seed, parseHexSeed]) {
          expectHidden(shownBy(() => parse(utf8(typed), { source })), text);
        }
      },
    ));
  });

  test("64 KiB of the worst takes well under a second", () => {
    const started = performance.now();
    for (const text of ["A", " ", "=", "-", "A ", "0", "\u2010"]) {
      const bytes = utf8(text.repeat(65_536 / utf8(text).length));
      errorOf(() => parseBase32Seed(bytes, { source }));
      errorOf(() => parseHexSeed(bytes, { source }));
      describeAmbiguity(bytes);
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
