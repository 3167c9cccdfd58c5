import { FormatError } from "@otpsmith/core/errors";
import { describe, expect, test } from "vitest";
import { errorOf, everythingShown, expectHidden, utf8 } from "../testdata/bytes.ts";
import { HELLO, RFC_SEED, told, usual } from "../testdata/entries.ts";
import { encodeBase64 } from "../_base64.ts";
import { parseGooglePart } from "./google_export.ts";
import { readOtpauthList } from "./otpauth_list.ts";

const source = "list.txt";
/** The RFC key as Acme:alice, one part, batch 1234. */
const ONE_PART =
  "otpauth-migration://offline?data=Ci4KFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEgpBY21lOmFsaWNlGgRBY21lIAEoATACEAEYASAAKNIJ";

const read = (text: string) => readOtpauthList(utf8(text), { source });
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
const field = (number: number, value: number | Uint8Array): number[] =>
  typeof value === "number"
    ? [number << 3, ...varint(value)]
    : [(number << 3) | 2, ...varint(value.length), ...value];

/** A link as the app writes it. */
function link(
  accounts: readonly number[][],
  batch: { size: number; index: number; id: number },
): string {
  const message = Uint8Array.from([
    ...accounts.flatMap((account) => field(1, Uint8Array.from(account))),
    ...field(2, 1),
    ...field(3, batch.size),
    ...field(4, batch.index),
    ...field(5, batch.id),
  ]);
  const data = new TextDecoder().decode(encodeBase64(message));
  return `otpauth-migration://offline?data=${encodeURIComponent(data)}`;
}

const account = (name: string, rest: readonly number[] = []): number[] => [
  ...field(1, utf8("12345678901234567890")),
  ...field(2, utf8(name)),
  ...rest,
];

describe("exports of Google Authenticator", () => {
  test("the known example", () => {
    const part = parseGooglePart(utf8(ONE_PART), { source });
    expect(part).toMatchObject({ batch: 1234, index: 0, size: 1 });
    const file = read(ONE_PART);
    expect(file.format).toBe("google");
    expect(told(file)).toEqual([
      usual({ secret: RFC_SEED, issuer: "Acme", account: "alice", line: 1 }),
    ]);
  });

  test("hash, length, type and counter", () => {
    const rest = [...field(4, 2), ...field(5, 2), ...field(6, 1), ...field(7, 1_000_000)];
    expect(told(read(link([account("Acme:bob", rest)], { size: 1, index: 0, id: 1 }))))
      .toMatchObject([{ type: "hotp", algorithm: "SHA256", digits: 8, counter: 1_000_000 }]);
  });

  test("parts in any order, one of them twice", () => {
    const part = (index: number, name: string): string =>
      link([account(name)], { size: 3, index, id: 77 });
    const file = read([part(2, "c"), part(0, "a"), part(2, "c"), part(1, "b")].join("\r\n"));
    expect(told(file).map((entry) => entry["account"])).toEqual(["c", "a", "b"]);
  });

  test("parts that are missing are named", () => {
    const file = read(link([account("b")], { size: 4, index: 1, id: 77 }));
    const [found, missing] = told(file);
    expect(found).toMatchObject({ account: "b" });
    expect(missing).toMatchObject({
      code: "format/google",
      message: "Cannot read all of the export: of its 4 parts, these are missing: 1, 3, 4",
    });
  });

  test("a batch that claims two billion parts", () => {
    const [, missing] = told(read(link([account("b")], { size: 2 ** 31 - 1, index: 0, id: 7 })));
    expect(missing!["message"]).toMatch(/2147483647 parts.*…$/);
  });

  test("what no token shows is refused, the others stay", () => {
    const file = read(
      link([
        account("md5", field(4, 4)),
        account("hash9", field(4, 9)),
        account("type", field(6, 3)),
        account("length", field(5, 9)),
        field(2, utf8("empty")),
        [0x0a, 0x7f, 0x01],
        account("good"),
      ], { size: 1, index: 0, id: 1 }),
    );
    expect(told(file).map((entry) => entry["account"] ?? entry["message"])).toEqual([
      expect.stringContaining("account 1: its hash"),
      expect.stringContaining("account 2: its hash"),
      expect.stringContaining("account 3: its type"),
      expect.stringContaining("account 4: its code length"),
      expect.stringContaining("account 5: it has no secret"),
      expect.stringContaining("account 6: it was cut off"),
      "good",
    ]);
  });

  test.each([
    ["no data", "otpauth-migration://offline", 27],
    ["an empty link", "otpauth-migration://", 20],
    ["a wrong character", "otpauth-migration://offline?data=AA!A", 35],
    ["cut-off base64", "otpauth-migration://offline?data=AAAAA", 38],
    ["another link", "otpauth://totp/a?secret=AE", 0],
    ["two in one line", `${ONE_PART}${ONE_PART}`, 0],
  ])("%s is refused with its place", (_name, text, position) => {
    expect(errorOf(() => parseGooglePart(utf8(text), { source }))).toMatchObject({
      code: "format/google",
      position,
    });
  });

  test("cut off anywhere: an error or fewer accounts, and no seed in it", () => {
    for (let end = 20; end < ONE_PART.length; end++) {
      const file = read(ONE_PART.slice(0, end));
      for (const entry of file.entries) {
        if (entry instanceof FormatError) {
          expectHidden(everythingShown(entry), ONE_PART.slice(33));
          expectHidden(everythingShown(entry), RFC_SEED);
        }
      }
    }
  });
});

describe("lists of links", () => {
  test("lines are numbered, comments and empty lines are passed over, mistakes stay apart", () => {
    const file = read(
      [
        "# accounts",
        "",
        `otpauth://totp/Acme:alice?secret=${HELLO.base32}&issuer=Acme`,
        "otpauth://totp/Acme:bob?secret=JBSWY3DP1",
        "phonefactor://activate?code=1",
        `  otpauth://totp/Bank:carol?secret=${HELLO.base32}&digits=8&period=60  `,
        "otpauth://hotp/x?secret=JBSWY3DP&counter=1",
        ONE_PART,
      ].join("\n"),
    );
    expect(file.format).toBe("otpauth");
    expect(told(file)).toEqual([
      usual({ secret: HELLO.hex, issuer: "Acme", account: "alice", line: 3 }),
      expect.objectContaining({ code: "format/otpauth", line: 4 }),
      expect.objectContaining({ code: "format/unusable-account", line: 5 }),
      expect.objectContaining({ account: "carol", digits: 8, period: 60, line: 6 }),
      expect.objectContaining({ code: "format/unusable-account", line: 7 }),
      expect.objectContaining({ account: "alice", line: 8 }),
    ]);
  });

  test("more lines than a list has are refused", () => {
    const error = errorOf(() => read("otpauth://totp/a?secret=AE\n".repeat(100_001)));
    expect(error).toMatchObject({ code: "format/otpauth", line: 100_001 });
  });
});
