import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAccount } from "./read_account.ts";
import {
  base32,
  errorOf,
  everythingShown,
  expectHidden,
  hexOf,
  shownBy,
  utf8,
} from "./testdata/bytes.ts";

const source = "standard input";
const SECRET = "JBSWY3DPEHPK3PXP";
const HELLO = "48656c6c6f21deadbeef";
const URI = `otpauth://totp/Ex:alice?secret=${SECRET}&issuer=Ex&digits=8`;

describe("what is read", () => {
  test.each(["otpauth", "base32", "hex", undefined] as const)("a URI, when asked for %s", (as) => {
    const account = readAccount(utf8(`\ufeff${URI}\r\n`), { source, as });
    expect(account).toMatchObject({ issuer: "Ex", account: "alice", digits: 8 });
    expect(hexOf(account.secret)).toBe(HELLO);
  });

  test.each([["base32", "jbsw y3dp ehpk 3pxp\n"], [undefined, SECRET], ["hex", HELLO]] as const)(
    "a seed as %s gets the usual settings",
    (as, text) => {
      const account = readAccount(utf8(text), { source, as });
      expect(account).toMatchObject({
        type: "totp",
        issuer: "",
        account: "",
        algorithm: "SHA1",
        digits: 6,
        period: 30,
        warnings: [],
      });
      expect(hexOf(account.secret)).toBe(HELLO);
      expectHidden(everythingShown(account), SECRET);
      expectHidden(everythingShown(account), HELLO);
    },
  );

  test("hexadecimal is never guessed", () => {
    const error = errorOf(() => readAccount(utf8(HELLO), { source }));
    expect(error.code).toBe("format/base32");
    expect(error.next).toMatch(/hexadecimal/);
  });

  test.each([["base32", 10, "base32"], ["hex", 8, "hexadecimal"]] as const)(
    "a text that is both is read as asked (%s), with a warning that gives both lengths",
    (as, bytes, name) => {
      const account = readAccount(utf8("ABCDEF23ABCDEF23"), { source, as });
      expect(account.secret.length).toBe(bytes);
      expect(account.warnings).toEqual([
        expect.stringMatching(new RegExp(`10 bytes.*8 bytes.*read as ${name}`)),
      ]);
    },
  );
});

describe("what is refused", () => {
  test.each([
    ["\n", `${URI}\n${URI}`, URI.length + 1, 2],
    ["\r\n", `${SECRET}\r\n\r\n  ${SECRET}\r\n`, SECRET.length + 6, 3],
    ["\r", `${SECRET}\r${SECRET}`, SECRET.length + 1, 2],
    ["a line end in front", `\n${SECRET}\n# comment`, SECRET.length + 2, 3],
  ])("several lines, ended by %j", (_end, text, position, line) => {
    const error = errorOf(() => readAccount(utf8(text), { source }));
    expect(error).toMatchObject({
      message: "Cannot read account: there are several lines",
      position,
      line,
      source,
    });
    expectHidden(everythingShown(error), SECRET);
  });

  test.each(
    [
      ["empty", "", undefined, "format/base32", "empty"],
      ["blank", " \n\ufeff", "otpauth", "format/otpauth", "empty"],
      ["a seed where only a URI is taken", SECRET, "otpauth", "format/otpauth", "does not start"],
      ["a serial number", "86596320000123", "base32", "format/base32", "only digits"],
      ["a Microsoft code", "phonefactor://x?code=1", "base32", "format/phonefactor", "Microsoft"],
      [
        "an export",
        "otpauth-migration://offline?data=AA",
        "hex",
        "format/otpauth-migration",
        "export",
      ],
      ["a web page", "https://example.com", "otpauth", "format/web-link", "web page"],
      [
        "a counter-based account",
        `otpauth://hotp/a?secret=${SECRET}`,
        "base32",
        "format/hotp",
        "HOTP",
      ],
      [
        "a cut-off URI",
        "otpauth://totp/a?secret=ABC",
        undefined,
        "format/cut-off-secret",
        "whole bytes",
      ],
      ["a cut-off seed", `${SECRET}A`, undefined, "format/base32", "whole bytes"],
    ] as const,
  )("%s", (_name, text, as, code, message) => {
    const error = errorOf(() => readAccount(utf8(text), { source, as }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.next).toBeTruthy();
  });

  test("UTF-16, as PowerShell writes it", () => {
    const utf16 = [...`\ufeff${SECRET}`].flatMap((
      c,
    ) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]);
    const error = errorOf(() => readAccount(Uint8Array.from(utf16), { source }));
    expect(error).toMatchObject({ message: "Cannot read account: the text is UTF-16" });
  });

  test("more than 64 KiB", () => {
    const error = errorOf(() => readAccount(new Uint8Array(65_537).fill(0x41), { source }));
    expect(error.message).toMatch(/64 KiB/);
  });
});

test("any bytes, asked for as anything: an account or a FormatError that repeats nothing", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 10, maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 10 }),
    fc.constantFrom("otpauth", "base32", "hex", undefined),
    (seed, noise, as) => {
      const text = base32(seed) + noise;
      expectHidden(shownBy(() => readAccount(utf8(text), { source, as })), base32(seed));
    },
  ));
});
