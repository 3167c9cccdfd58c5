import { FormatError } from "@otpsmith/core/errors";
import { describe, expect, test } from "vitest";
import { recordsOf } from "../token_record.ts";
import { errorOf, everythingShown, expectHidden, utf8 } from "../testdata/bytes.ts";
import { HELLO, RFC_BASE32, RFC_SEED, told, usual } from "../testdata/entries.ts";
import { readCsv, type ReadCsvOptions } from "./csv.ts";

const source = "tokens.csv";
const read = (text: string | Uint8Array, as?: ReadCsvOptions["as"]) =>
  readCsv(typeof text === "string" ? utf8(text) : text, { source, as });
const ENTRA = "upn,serial number,secret key,time interval,manufacturer,model";
const ROW = `alice@example.com,1234567,${RFC_BASE32},60,Acme,One`;
const ALICE = usual({
  secret: RFC_SEED,
  user: "alice@example.com",
  serial: "1234567",
  period: 60,
  manufacturer: "Acme",
  model: "One",
  line: 2,
});

/** A text in UTF-16, with or without its mark. */
function utf16(text: string, options: { big: boolean; mark: boolean }): Uint8Array {
  const whole = options.mark ? `\ufeff${text}` : text;
  const bytes = new Uint8Array(2 * whole.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < whole.length; i++) view.setUint16(2 * i, whole.charCodeAt(i), !options.big);
  return bytes;
}

describe("layouts", () => {
  test.each([
    ["as Microsoft writes it", `${ENTRA}\n${ROW}\n`],
    ["without a line end", `${ENTRA}\n${ROW}`],
    ["with lines of Windows", `${ENTRA}\r\n${ROW}\r\n`],
    ["with lines of old Macs", `${ENTRA}\r${ROW}\r`],
    ["with semicolons", `${ENTRA}\n${ROW}\n`.replaceAll(",", ";")],
    ["with tabs", `${ENTRA}\n${ROW}\n`.replaceAll(",", "\t")],
    ["with a byte order mark", `\ufeff${ENTRA}\n${ROW}\n`],
    [
      "with quotes",
      `"${ENTRA}\n${ROW}\n`.replaceAll(",", '","').replaceAll("\n", '"\n"').slice(0, -1),
    ],
    ["with spaces", `${ENTRA}\n${ROW}\n`.replaceAll(",", " , ")],
    ["with Token2's spelling", `${ENTRA}\n${ROW}`.replace("time interval", "timeinterval")],
    ["in capitals", `${ENTRA.toUpperCase()}\n${ROW}`],
    ["with a lower-case seed", `${ENTRA}\n${ROW.replace(RFC_BASE32, RFC_BASE32.toLowerCase())}`],
    ["with empty rows", `${ENTRA}\n${ROW}\n\n,,,,,\n`],
  ])("%s", (_name, text) => {
    expect(told(read(text))).toEqual([ALICE]);
  });

  test("a line that names the separator", () => {
    const text = `sep=;\r\n${ENTRA}\r\n${ROW}\r\n`.replaceAll(",", ";");
    expect(told(read(text))).toEqual([ALICE]);
  });

  test.each([
    ["little end first, marked", { big: false, mark: true }],
    ["big end first, marked", { big: true, mark: true }],
    ["little end first, unmarked", { big: false, mark: false }],
    ["big end first, unmarked", { big: true, mark: false }],
  ])("UTF-16, %s", (_name, options) => {
    const text = `${ENTRA}\n${ROW.replace("Acme", "Zürich 🔑")}\n`;
    expect(told(read(utf16(text, options)))).toMatchObject([{ manufacturer: "Zürich 🔑" }]);
  });

  test("Windows-1252, which spreadsheets write", () => {
    const bytes = Uint8Array.from(
      `${ENTRA}\n${ROW.replace("Acme", "Z\xfcrich \x80")}\n`,
      (c) => c.charCodeAt(0),
    );
    expect(told(read(bytes))).toMatchObject([{ manufacturer: "Zürich €" }]);
  });

  test("quotes with separators, doubled quotes and line ends in them; lines are counted right", () => {
    const text = `serial,seed,model,issuer\n1,${RFC_BASE32},"a,""b""\nc",x\n2,${RFC_BASE32},d,y\n`;
    expect(told(read(text))).toMatchObject([
      { serial: "1", model: 'a,"b" c', issuer: "x", line: 2 },
      { serial: "2", model: "d", line: 4 },
    ]);
  });

  test("in the order of NetIQ, LinOTP and privacyIDEA, with a comment", () => {
    const text = `# my tokens, all of them\nToken001, ${RFC_SEED}\n` +
      `Token002, ${RFC_SEED}, totp, 8\nToken003, ${RFC_SEED}, hotp, 6\n` +
      `Token004, ${RFC_SEED}, TOTP, 6, 60\nToken005, ${RFC_SEED}, totp, 6, 60, sha256\n`;
    expect(told(read(text))).toMatchObject([
      { serial: "Token001", type: "totp", secret: RFC_SEED, line: 2 },
      { type: "totp", digits: 8 },
      { type: "hotp" },
      { period: 60, algorithm: "SHA1" },
      { algorithm: "SHA256" },
    ]);
  });

  test("version 2 of privacyIDEA has the user in front", () => {
    const text = `# version: 2\nalice, resolver, realm, S1, ${RFC_SEED}, totp, 6, 60\n`;
    expect(told(read(text))).toMatchObject([{ user: "alice", serial: "S1", period: 60 }]);
  });

  test("in the order of Duo", () => {
    expect(told(read(`S1,${RFC_SEED},60\nS2,${RFC_SEED},30\n`))).toMatchObject([
      { serial: "S1", period: 60, type: "totp" },
      { serial: "S2", period: 30 },
    ]);
  });

  test("one column of seeds", () => {
    expect(told(read(`secret\n${RFC_BASE32}\n`))).toMatchObject([{ secret: RFC_SEED }]);
  });
});

describe("base32 or hexadecimal", () => {
  const both = "ABCDEF23ABCDEF23ABCDEF23ABCDEF23";

  test("is refused where nothing tells", () => {
    const error = errorOf(() => read(`serial,seed\n1,${both}\n`));
    expect(error.message).toMatch(/both as base32 and as hexadecimal/);
    expectHidden(everythingShown(error), both);
  });

  test.each([
    ["the option says hex", `serial,seed\n1,${both}`, "hex" as const, 16],
    ["the option says base32", `serial,seed\n1,${both}`, "base32" as const, 20],
    ["the header says hex", `serial,seed (hex)\n1,${both}`, undefined, 16],
    ["the header says base32", `serial,secret_base32\n1,${both}`, undefined, 20],
    ["another row can be hex only", `serial,seed\n1,${both}\n2,${RFC_SEED}`, undefined, 16],
    ["another row can be base32 only", `serial,seed\n1,${both}\n2,${RFC_BASE32}`, undefined, 20],
    ["the header is Microsoft's", `${ENTRA}\nu,1,${both},30,a,b`, undefined, 20],
  ])("%s", (_name, text, as, length) => {
    expect(recordsOf(read(text, as))[0]!.secret.length).toBe(length);
  });

  test("a mixed column is refused", () => {
    const error = errorOf(() => read(`serial,seed\n1,${RFC_SEED}\n2,${RFC_BASE32}\n`));
    expect(error.message).toMatch(/some seeds are base32 only.* line 3/);
  });

  test("hexadecimal under Microsoft's header is refused in its row", () => {
    const file = read(`${ENTRA}\nu,1,${RFC_SEED},30,a,b`);
    expect(told(file)).toMatchObject([{ code: "format/csv", line: 2 }]);
  });
});

describe("what spreadsheets do is refused in its row", () => {
  test.each([
    ["a seed as a number", `serial,seed (hex)\n1,3.13233E+38\n`, /made a number/],
    ["with a comma", `serial;seed (hex)\n1;3,13233E+38\n`, /made a number/],
    ["without a fraction", `serial,seed (hex)\n1,3E+15\n`, /made a number/],
    ["a serial as a number", `serial,seed\n8.65963E+13,${RFC_BASE32}\n`, /serial number.*number/],
    ["digits that became zeros", `serial,seed\n8659632123456780000,${RFC_BASE32}\n`, /kept 15/],
    ["an error mark", `serial,seed\n#####,${RFC_BASE32}\n`, /error mark/],
    ["an odd number of digits", `serial,seed (hex)\n1,${RFC_SEED.slice(1)}\n`, /whole bytes/],
    [
      "a seed whose zeros are lost",
      `serial,seed (hex)\n1,ABCDEF1234567890\n2,12345678901234\n`,
      /zeros may be lost/,
    ],
    [
      "serial numbers whose zeros are lost",
      `serial,seed\n12345678,${RFC_BASE32}\n234567,${RFC_BASE32}\n`,
      /zeros may be lost/,
    ],
  ])("%s", (_name, text, message) => {
    const file = read(text);
    const refused = file.entries.filter((entry) => entry instanceof FormatError);
    expect(refused).toHaveLength(1);
    expect(refused[0]!.message).toMatch(message);
    expect(refused[0]!.line).toBeGreaterThan(1);
    expect(refused[0]!.next).toMatch(/./);
    expectHidden(everythingShown(refused[0]), RFC_SEED.slice(2));
    expectHidden(everythingShown(refused[0]), RFC_BASE32);
  });

  test.each([
    ["in quotes", `serial,seed\n12345678,${RFC_BASE32}\n"234567",${RFC_BASE32}\n`],
    ["with zeros in front", `serial,seed\n12345678,${RFC_BASE32}\n0234567,${RFC_BASE32}\n`],
    ["short ones that count up", `serial,seed\n9,${RFC_BASE32}\n10,${RFC_BASE32}\n`],
    ["hexadecimal with an E", `serial,seed (hex)\n1,12E4567812345678\n2,1234567812345678\n`],
  ])("serial numbers and seeds that are as they should be: %s", (_name, text) => {
    expect(recordsOf(read(text))).toHaveLength(2);
  });
});

describe("rows that are refused leave the others", () => {
  test("each names its line and the next step", () => {
    const file = read(
      [
        "serial,seed,type,digits,interval,hash",
        `1,${HELLO.base32},totp,6,30,sha1`,
        `2,,totp,6,30,sha1`,
        `3,JBSW!3DP,totp,6,30,sha1`,
        `4,${HELLO.base32},steam,6,30,sha1`,
        `5,${HELLO.base32},ocra,6,30,sha1`,
        `6,${HELLO.base32},totp,x,30,sha1`,
        `7,${HELLO.base32},totp,6,-30,sha1`,
        `8,${HELLO.base32},totp,6,30,md5`,
        `9,${HELLO.base32}`,
      ].join("\n"),
    );
    expect(told(file).map((entry) => [entry["line"], entry["message"] ?? entry["serial"]]))
      .toEqual([
        [2, "1"],
        [3, expect.stringContaining("no seed")],
        [4, expect.stringContaining("character 5 is not base32")],
        [5, expect.stringContaining("Steam")],
        [6, expect.stringContaining("neither TOTP nor HOTP")],
        [7, expect.stringContaining("code length")],
        [8, expect.stringContaining("time step")],
        [9, expect.stringContaining("hash")],
        [10, "9"],
      ]);
    expectHidden(file.entries.map(everythingShown).join(), HELLO.base32);
  });
});

describe("files that are no lists of tokens", () => {
  test.each([
    ["nothing", "", /empty/],
    ["comments alone", "# a\n# b\n", /empty/],
    ["a header alone", `${ENTRA}\n`, /no tokens/],
    ["names without seeds", "name,phone\nalice,123\n", /neither a header/],
    ["an open quote", `serial,seed\n1,"${RFC_BASE32}\n`, /quote is not closed/],
    ["text behind a quote", `serial,seed\n1,"${RFC_BASE32}"x\n`, /follows a closing quote/],
    ["a million columns", `serial,seed\n${",".repeat(1_000_000)}\n`, /over 64 columns/],
    ["a row of a megabyte", `serial,seed\n1,${"A".repeat(1_000_000)}\n`, /over 16 KiB/],
    ["a quote of a megabyte", `serial,seed\n1,"${"A".repeat(1_000_000)}"\n`, /quote is not closed/],
  ])("%s", (_name, text, message) => {
    const error = errorOf(() => read(text));
    expect(error.code).toBe("format/csv");
    expect(error.message).toMatch(message);
    expectHidden(everythingShown(error), RFC_BASE32);
  });
});
