import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase32, encodeBase32 } from "./base32.ts";
import { base32, errorOf, hex, hexOf, utf8 } from "./testdata/bytes.ts";

const source = "test";

describe("base32", () => {
  // RFC 4648 section 10.
  test.each([
    ["f", "MY======"],
    ["fo", "MZXQ===="],
    ["foo", "MZXW6==="],
    ["foob", "MZXW6YQ="],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI======"],
  ])("RFC 4648 vector %s", (plain, encoded) => {
    expect(hexOf(decodeBase32(utf8(encoded), { source }))).toBe(hex(utf8(plain)));
    expect(base32(utf8(plain))).toBe(encoded.replace(/=+$/, ""));
  });

  test("encodes nothing as nothing", () => {
    expect(encodeBase32(new Uint8Array())).toHaveLength(0);
  });

  test("round trip of any bytes, in any case, with any separators", () => {
    fc.assert(fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 640 }),
      fc.infiniteStream(fc.constantFrom("", " ", "-", "\u00a0", "\u200b", "\u2011", "\t")),
      fc.boolean(),
      (bytes, separators, lower) => {
        let text = "";
        for (const letter of base32(bytes)) text += letter + separators.next().value;
        const decoded = decodeBase32(utf8(lower ? text.toLowerCase() : text), { source });
        expect(hexOf(decoded)).toBe(hex(bytes));
      },
    ));
  });

  test("leaves the caller's bytes alone", () => {
    const text = utf8("MZXW6===");
    decodeBase32(text, { source });
    expect(text).toEqual(utf8("MZXW6==="));
  });

  test("names the character and its offset in bytes", () => {
    const error = errorOf(() => decodeBase32(utf8("MZ\u00a0X!6"), { source }));
    expect(error.message).toBe("Cannot read base32: character 5 is not base32");
    expect(error).toMatchObject({ code: "format/base32", position: 5, source });
  });
});
