import { describe, expect, test } from "vitest";
import { errorOf, everythingShown, expectHidden, utf8 } from "../testdata/bytes.ts";
import { AEGIS, AND_OTP, PASSPHRASE, TWO_FAS } from "../testdata/encrypted.ts";
import { HELLO, RFC_BASE32, RFC_SEED, told, usual } from "../testdata/entries.ts";
import { decodeBase64 } from "../_base64.ts";
import { readAegis } from "./aegis.ts";
import { readAndOtp } from "./andotp.ts";
import { readTwoFas } from "./twofas.ts";

const source = "export.json";
const passphrase = utf8(PASSPHRASE);
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
const andOtp = (): Uint8Array => decodeBase64(utf8(AND_OTP)) as Uint8Array;

const plainAegis = (entries: readonly object[]): Uint8Array =>
  json({ version: 1, header: { slots: null, params: null }, db: { version: 3, entries } });

describe("encrypted exports open with the passphrase", () => {
  test("Aegis", () => {
    const file = readAegis(json(AEGIS), { source, passphrase });
    expect(file).toMatchObject({ format: "aegis", encrypted: true });
    const [alice, bob, carol] = told(file);
    expect(alice).toEqual(usual({ secret: RFC_SEED, issuer: "Acme", account: "alice", line: 1 }));
    expect(bob).toMatchObject({ secret: HELLO.hex, algorithm: "SHA256", digits: 8, period: 60 });
    expect(carol).toMatchObject({ code: "format/unusable-account", line: 1 });
  });

  test("2FAS", () => {
    const file = readTwoFas(json(TWO_FAS), { source, passphrase });
    expect(file).toMatchObject({ format: "2fas", encrypted: true });
    expect(told(file)).toEqual([
      usual({ secret: RFC_SEED, issuer: "Acme", account: "alice", line: 1 }),
      usual({
        type: "hotp",
        secret: HELLO.hex,
        issuer: "Counter",
        account: "bob",
        counter: 7,
        line: 1,
      }),
    ]);
  });

  test("andOTP", () => {
    const file = readAndOtp(andOtp(), { source, passphrase });
    expect(file).toMatchObject({ format: "andotp", encrypted: true });
    expect(told(file)).toEqual([
      usual({ secret: RFC_SEED, issuer: "Acme", account: "alice", line: 1 }),
    ]);
  });
});

describe.each([
  ["Aegis", readAegis, json(AEGIS)],
  ["2FAS", readTwoFas, json(TWO_FAS)],
  ["andOTP", readAndOtp, andOtp()],
])("%s without the right passphrase", (_name, read, bytes) => {
  test("asks for one", () => {
    expect(errorOf(() => read(bytes, { source })).code).toBe("format/passphrase-needed");
  });

  test("says that it is wrong", () => {
    const error = errorOf(() => read(bytes, { source, passphrase: utf8("another") }));
    expect(error.code).toBe("format/wrong-passphrase");
    expect(error.next).toMatch(/again/);
  });
});

describe("parameters from hell end at once", () => {
  test.each([
    ["N", { n: 2 ** 30 }],
    ["r", { r: 2 ** 20 }],
    ["p", { p: 1_000_000 }],
    ["N that is no power of two", { n: 32_769 }],
    ["N of one", { n: 1 }],
    ["no N", { n: null }],
    ["a negative r", { r: -8 }],
  ])("scrypt: %s", (_name, change) => {
    const slots = AEGIS.header.slots.map((slot) => ({ ...slot, ...change }));
    const bytes = json({ ...AEGIS, header: { ...AEGIS.header, slots } });
    expect(errorOf(() => readAegis(bytes, { source, passphrase })).code).toBe("format/too-costly");
  });

  test("scrypt: a thousand slots", () => {
    const slots = Array.from({ length: 1000 }, () => AEGIS.header.slots[1]);
    const bytes = json({ ...AEGIS, header: { ...AEGIS.header, slots } });
    expect(errorOf(() => readAegis(bytes, { source, passphrase })).message).toMatch(/slots/);
  });

  test("PBKDF2: half a billion rounds", () => {
    const bytes = andOtp();
    bytes[1] = 0x1f;
    bytes[2] = 0xff;
    expect(errorOf(() => readAndOtp(bytes, { source, passphrase })).code).toBe("format/too-costly");
  });

  test("a vault that was changed after it was encrypted", () => {
    const db = AEGIS.db.replace(/^./, AEGIS.db.startsWith("A") ? "B" : "A");
    const error = errorOf(() => readAegis(json({ ...AEGIS, db }), { source, passphrase }));
    expect(error).toMatchObject({
      code: "format/aegis",
      message: expect.stringMatching(/changed/),
    });
  });
});

describe("plain exports", () => {
  test("Aegis: entries that no token can show are refused by name, the others stay", () => {
    const info = { secret: HELLO.base32.toLowerCase(), algo: "SHA1", digits: 6, period: 30 };
    const file = readAegis(
      plainAegis([
        { type: "steam", name: "a", issuer: "Steam", info },
        { type: "yandex", name: "b", info },
        { type: "motp", name: "c", info },
        { type: "totp", name: "d", info: { ...info, algo: "MD5" } },
        { type: "totp", name: "e", info: { ...info, secret: "JBSWY3DP1" } },
        { type: "totp", name: "f", info: { ...info, digits: 0 } },
        { type: "totp", name: "g", info: { ...info, period: "x" } },
        { type: "totp", name: "h\u0007\u202e", info },
        { type: "totp", name: "i", info: {} },
      ]),
      { source },
    );
    const messages = told(file).map((entry) => entry["message"] ?? entry["account"]);
    expect(messages).toEqual([
      expect.stringContaining("Steam Guard"),
      expect.stringContaining("Yandex"),
      expect.stringContaining("Mobile-OTP"),
      expect.stringContaining("hash is not SHA-1"),
      expect.stringContaining("character 9 is not base32"),
      expect.stringContaining("code length"),
      expect.stringContaining("time step"),
      "h\ufffd\ufffd",
      expect.stringContaining("no secret"),
    ]);
    expectHidden(file.entries.map(everythingShown).join("\n"), HELLO.base32);
  });

  test("a refusal names the line of its entry", () => {
    const text = JSON.stringify(
      [{ type: "TOTP", label: "a", secret: RFC_BASE32 }, { type: "TOTP", label: "b" }],
      undefined,
      1,
    );
    const [first, second] = told(readAndOtp(utf8(text), { source }));
    expect(first).toMatchObject({ line: 2, account: "a" });
    expect(second).toMatchObject({ line: 7, code: "format/andotp" });
  });

  test.each([
    ["a newer 2FAS backup", { schemaVersion: 5, services: [] }, /newer form/],
    ["services that are no list", { schemaVersion: 4, services: {} }, /no list/],
    ["an encrypted part in one piece", { servicesEncrypted: "AAAA" }, /malformed/],
    ["an encrypted part that is no base64", { servicesEncrypted: "A:B:C" }, /malformed/],
  ])("%s is refused", (_name, value, message) => {
    expect(errorOf(() => readTwoFas(json(value), { source, passphrase })).message).toMatch(message);
  });

  test("a file that is no JSON is refused with its place and without its text", () => {
    const error = errorOf(() => readAndOtp(utf8(`[{"secret": ${RFC_BASE32}}]`), { source }));
    expect(error).toMatchObject({ code: "format/andotp", position: 12, line: 1 });
    expectHidden(everythingShown(error), RFC_BASE32);
  });
});
