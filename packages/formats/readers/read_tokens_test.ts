import { describe, expect, test } from "vitest";
import { detectFormat } from "./detect_format.ts";
import { decodeBase64 } from "../_base64.ts";
import { readTokens } from "./read_tokens.ts";
import { errorOf, hexOf, utf8 } from "../testdata/bytes.ts";
import { AEGIS, AND_OTP, PASSPHRASE, TWO_FAS } from "../testdata/encrypted.ts";
import { RFC_BASE32, RFC_SEED } from "../testdata/entries.ts";
import { FIGURE_3, FIGURE_6, KEY } from "../testdata/rfc6030.ts";
import { accountOfRecord, recordsOf, type TokenRecord } from "../token_record.ts";
import { decodeHex } from "@otpsmith/core/bytes";

const source = "file";
const MIGRATION =
  "otpauth-migration://offline?data=Ci4KFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEgpBY21lOmFsaWNlGgRBY21lIAEoATACEAEYASAAKNIJ";
const FILES = [
  ["otpauth", utf8(`# mine\n\notpauth://totp/a?secret=${RFC_BASE32}`)],
  ["google", utf8(MIGRATION)],
  ["aegis", utf8(JSON.stringify(AEGIS))],
  ["2fas", utf8(JSON.stringify(TWO_FAS))],
  ["andotp", decodeBase64(utf8(AND_OTP)) as Uint8Array],
  ["andotp", utf8(JSON.stringify([{ secret: RFC_BASE32, type: "TOTP" }]))],
  ["csv", utf8(`serial;seed\n1;${RFC_BASE32}`)],
  ["csv", utf8(`S1,${RFC_SEED},totp,6,30`)],
  ["csv", utf8(`secret\n${RFC_BASE32}`)],
  ["pskc", utf8(FIGURE_3)],
  ["pskc", utf8(FIGURE_6)],
] as const;

/** Like a Buffer of Node: its slices share the memory. */
class Shared extends Uint8Array<ArrayBuffer> {
  override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
    return this.subarray(start, end);
  }
}

describe("any kind of file", () => {
  test.each(FILES)(
    "%s is recognised and read, and the caller's bytes stay as they are",
    (format, bytes) => {
      const given = Shared.from(bytes) as Shared;
      const passphrase = Shared.from(utf8(PASSPHRASE));
      const key = Shared.from(decodeHex(KEY));
      expect(detectFormat(given)).toBe(format);
      const file = readTokens(given, { source, passphrase, key });
      expect(file.format).toBe(format);
      expect(hexOf(recordsOf(file)[0]!.secret)).toBe(RFC_SEED);
      expect([...given]).toEqual([...bytes]);
      expect([...passphrase]).toEqual([...utf8(PASSPHRASE)]);
      expect([...key]).toEqual([...decodeHex(KEY)]);
    },
  );

  test.each(FILES.filter(([, bytes]) => bytes[0]! >= 0x20))("%s in UTF-16", (format, bytes) => {
    const text = new TextDecoder().decode(bytes);
    const wide = new Uint8Array(2 * text.length + 2);
    [0xfeff, ...text].forEach((unit, i) => {
      const code = typeof unit === "number" ? unit : unit.charCodeAt(0);
      wide[2 * i] = code & 255;
      wide[2 * i + 1] = code >> 8;
    });
    expect(detectFormat(wide)).toBe(format);
    const file = readTokens(wide, { source, passphrase: utf8(PASSPHRASE), key: decodeHex(KEY) });
    expect(hexOf(recordsOf(file)[0]!.secret)).toBe(RFC_SEED);
  });

  test.each([
    ["a bare seed", RFC_BASE32],
    ["a seed in groups", "GEZD GNBV GY3T QOJQ"],
    ["a serial number", "86596321234567"],
    ["a link of another kind", "phonefactor://activate?code=1&url=2"],
    ["a web page", "<!doctype html><html><p>x</p></html>"],
    ["some JSON", '{"a":1}'],
    ["nothing", ""],
    ["a picture", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
  ])("%s is none of them", (_name, text) => {
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    expect(detectFormat(bytes)).toBeUndefined();
    expect(errorOf(() => readTokens(bytes, { source })).code).toBe("format/unknown-file");
  });
});

describe("from a record to what a token is burned with", () => {
  const [record] = recordsOf(
    readTokens(utf8(`serial,seed,issuer\nS1,${RFC_BASE32},Acme`), { source }),
  );

  test("settings are kept, and the serial number stands for a name", () => {
    expect(accountOfRecord(record!, { source })).toMatchObject({ account: "S1", issuer: "Acme" });
  });

  test("counter-based codes are refused", () => {
    const counter: TokenRecord = { ...record!, type: "hotp" };
    expect(errorOf(() => accountOfRecord(counter, { source }))).toMatchObject({
      code: "format/hotp",
      line: 2,
    });
  });
});
