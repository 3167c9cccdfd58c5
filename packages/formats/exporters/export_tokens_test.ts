import { decodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import { describe, expect, test } from "vitest";
import { decodeBase32 } from "../base32.ts";
import { readTokens } from "../readers/read_tokens.ts";
import { errorOf, hexOf, utf8 } from "../testdata/bytes.ts";
import { HELLO, RFC_BASE32, RFC_SEED } from "../testdata/entries.ts";
import { NO_TOKEN, recordsOf, type TokenRecord } from "../token_record.ts";
import { EXPORT_FORMATS, type ExportOptions, exportTokens } from "./export_tokens.ts";
import { linkOf } from "./otpauth_target.ts";

const random = (bytes: Uint8Array) => bytes.forEach((_, i) => (bytes[i] = 17 * i + 3));
const passphrase = utf8("qwerty");

/** A token as the exporters want it; the seed in hexadecimal. */
function token(parts: Partial<Omit<TokenRecord, "secret">> & { seed?: string } = {}): TokenRecord {
  const { seed = RFC_SEED, ...rest } = parts;
  return {
    ...NO_TOKEN,
    type: "totp",
    algorithm: "SHA1",
    digits: 6,
    period: 30,
    serial: "S1",
    warnings: [],
    secret: Secret.take(decodeHex(seed)),
    ...rest,
  };
}

function write(records: readonly TokenRecord[], to: ExportOptions["to"]): string {
  const result = exportTokens(records, { to, passphrase, random, rounds: 1000 });
  if (!result.ok) throw new Error(result.refusals.map(({ message }) => message).join());
  return new TextDecoder().decode(result.bytes);
}

function refused(records: readonly TokenRecord[], to: ExportOptions["to"]): readonly string[] {
  const result = exportTokens(records, { to, passphrase, random, rounds: 1000 });
  return result.ok ? [] : result.refusals.map(({ code, records }) => `${code} ${records.join()}`);
}

function lost(records: readonly TokenRecord[], to: ExportOptions["to"]): readonly string[] {
  return exportTokens(records, { to, passphrase, random, rounds: 1000 }).losses
    .map(({ code }) => code);
}

const FULL = token({
  user: "alice@example.com",
  manufacturer: "Acme",
  model: "One",
  issuer: "Example",
  account: "alice",
  period: 60,
});

describe("what is written, byte for byte", () => {
  test.each(
    [
      [
        "entra-csv",
        "upn,serial number,secret key,time interval,manufacturer,model\r\n" +
        `alice@example.com,S1,${RFC_BASE32},60,Acme,One\r\n`,
      ],
      ["duo", `S1,${RFC_SEED},60\r\n`],
      ["privacyidea-csv", `S1, ${RFC_SEED}, totp, 6, 60\n`],
      ["linotp", `S1, ${RFC_SEED}, totp, 6, 60, sha1\n`],
      ["netiq", `S1, ${RFC_SEED}, totp, 6, 60\r\n`],
      [
        "csv",
        "serial,issuer,account,user,manufacturer,model,type,algorithm,digits,period,counter,secret_base32\r\n" +
        `"S1","Example","alice","alice@example.com","Acme","One","totp","SHA1",6,60,0,${RFC_BASE32}\r\n`,
      ],
      [
        "otpauth",
        `otpauth://totp/Example:alice?secret=${RFC_BASE32}&issuer=Example&algorithm=SHA1&digits=6&period=60\n`,
      ],
    ] as const,
  )("%s", (to, text) => {
    expect(write([FULL], to)).toBe(text);
  });

  test("entra-graph", () => {
    expect(JSON.parse(write([FULL], "entra-graph"))).toEqual({
      "@context": "#$delta",
      value: [{
        "@contentId": "1",
        serialNumber: "S1",
        manufacturer: "Acme",
        model: "One",
        timeIntervalInSeconds: 60,
        hashFunction: "hmacsha1",
        secretKey: RFC_BASE32,
      }],
    });
  });

  test("pingone", () => {
    const counter = token({ serial: "S2", type: "hotp", counter: 5, digits: 8 });
    expect(JSON.parse(write([FULL, counter], "pingone"))).toEqual({
      type: "CREATE_OATH_TOKENS",
      tokens: [
        {
          serialNumber: "S1",
          type: "TOTP",
          otpLength: 6,
          hashAlgorithm: "HmacSHA1",
          totp: { timeStep: 60 },
          rowNumber: 1,
          secret: RFC_SEED,
        },
        {
          serialNumber: "S2",
          type: "HOTP",
          otpLength: 8,
          hotp: { counter: 5 },
          rowNumber: 2,
          secret: RFC_SEED,
        },
      ],
    });
  });

  test("okta", () => {
    const lines = write([FULL, token({ serial: "S2", period: 60 })], "okta").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        user: "alice@example.com",
        serial: "S1",
        body: {
          factorType: "token:hotp",
          provider: "CUSTOM",
          profile: { sharedSecret: RFC_BASE32 },
        },
      },
      { user: "", serial: "S2" },
    ]);
  });
});

describe("refusals where codes would be wrong", () => {
  const sha256 = token({ algorithm: "SHA256", seed: RFC_SEED + RFC_SEED.slice(0, 24) });
  const short256 = token({ algorithm: "SHA256" });
  const long1 = token({ seed: RFC_SEED + RFC_SEED.slice(0, 24) });
  const sha512 = token({ algorithm: "SHA512" });
  const eight = token({ digits: 8 });
  const seven = token({ digits: 7 });
  const odd = token({ period: 45 });
  const hotp = token({ type: "hotp" });
  const nameless = token({ serial: "" });

  test.each(
    [
      ["entra-csv", sha256, ["algorithm 1"]],
      ["entra-csv", eight, ["digits 1"]],
      ["entra-csv", odd, ["period 1"]],
      ["entra-csv", hotp, ["hotp 1"]],
      ["entra-csv", nameless, ["no-serial 1"]],
      ["entra-csv", token({ seed: "ab".repeat(81) }), ["seed-too-long 1"]],
      ["entra-csv", token({ seed: "ab".repeat(80) }), []],
      ["entra-graph", sha256, []],
      ["entra-graph", sha512, ["algorithm 1"]],
      ["duo", sha256, ["algorithm 1"]],
      ["duo", eight, []],
      ["duo", seven, ["digits 1"]],
      ["privacyidea-csv", sha256, []],
      ["privacyidea-csv", short256, ["hash-by-length 1"]],
      ["privacyidea-csv", long1, ["hash-by-length 1"]],
      ["privacyidea-csv", token({ seed: "ab".repeat(28) }), ["hash-by-length 1"]],
      ["privacyidea-csv", token({ seed: "ab".repeat(48) }), ["hash-by-length 1"]],
      ["privacyidea-csv", token({ seed: "ab".repeat(64) }), ["hash-by-length 1"]],
      ["privacyidea-csv", token({ seed: "ab".repeat(64), algorithm: "SHA512" }), []],
      ["privacyidea-csv", hotp, []],
      ["privacyidea-pskc", short256, []],
      ["privacyidea-pskc", nameless, ["no-serial 1"]],
      ["linotp", short256, []],
      ["linotp", odd, ["period 1"]],
      ["netiq", sha256, ["algorithm 1"]],
      ["netiq", odd, []],
      ["pingone", sha512, []],
      ["pingone", seven, ["digits 1"]],
      ["pingone", token({ type: "hotp", algorithm: "SHA256" }), ["algorithm 1"]],
      ["okta", hotp, ["hotp 1"]],
      ["freeipa", seven, ["digits 1"]],
      ["duo", token({ serial: "a,b" }), ["bad-text 1"]],
      ["duo", token({ serial: "#1" }), ["bad-text 1"]],
      ["csv", seven, []],
      ["pskc", seven, []],
      ["otpauth", seven, []],
    ] as const,
  )("%s", (to, record, reasons) => {
    expect(refused([record], to)).toEqual(reasons);
  });

  test("all reasons at once, each with all the tokens it concerns", () => {
    const records = [
      token(),
      token({ serial: "S2", digits: 8 }),
      token({ serial: "S1", digits: 8 }),
    ];
    expect(refused(records, "entra-csv")).toEqual(["serial-twice 1,3", "digits 2,3"]);
    expect(refused([token(), token({ serial: "S2", digits: 8 })], "duo")).toEqual(["digits 2"]);
    expect(refused([token(), token({ serial: "S2", period: 60 })], "okta")).toEqual([
      "setting-elsewhere 2",
    ]);
  });
});

describe("losses are named", () => {
  test.each(
    [
      ["entra-csv", token(), ["no-user"]],
      ["entra-csv", FULL, ["names-lost"]],
      ["duo", FULL, ["names-lost", "setting-elsewhere", "no-drift"]],
      ["netiq", token({ type: "hotp", counter: 3 }), ["counter-lost"]],
      ["linotp", token({ type: "hotp", counter: 3 }), ["counter-lost"]],
      ["privacyidea-csv", token({ type: "hotp", counter: 3 }), []],
      ["okta", FULL, ["names-lost", "setting-elsewhere"]],
      ["csv", FULL, []],
      ["otpauth", token({ algorithm: "SHA256", account: "a" }), ["names-lost", "algorithm"]],
    ] as const,
  )("%s", (to, record, codes) => {
    expect(lost([record], to)).toEqual(codes);
  });
});

/** What comes back from a target through our own strict reader: the fields that the target has a place for. */
describe("round trip", () => {
  const records = [
    token({ serial: "0012345678", user: "älice", manufacturer: 'A "b", <c>&\'', model: "M;1" }),
    token({
      serial: "S2",
      seed: HELLO.hex,
      period: 60,
      user: "bob",
      manufacturer: "A",
      model: "B",
    }),
    token({ serial: "S3", seed: RFC_SEED + RFC_SEED.slice(0, 24), algorithm: "SHA256" }),
    token({ serial: "S4", type: "hotp", counter: 7, digits: 8 }),
  ];
  const basics = ["serial", "type", "digits", "period"] as const;
  const all = [...basics, "algorithm", "counter", "manufacturer", "model", "user"] as const;

  test.each(
    [
      ["csv", records, all],
      ["pskc", records, all],
      ["freeipa", records, all],
      ["privacyidea-pskc", records, all],
      ["linotp", records, [...basics, "algorithm"]],
      ["entra-csv", records.slice(0, 2), [...basics, "algorithm", "manufacturer", "model", "user"]],
      ["duo", records.slice(0, 2), [...basics, "algorithm"]],
      ["netiq", records.slice(0, 2), [...basics, "algorithm"]],
      ["privacyidea-csv", records.slice(0, 2), [...basics, "algorithm"]],
      ["otpauth", records, ["type", "digits", "period", "algorithm"]],
    ] as const,
  )("%s", (to, given, fields) => {
    const usable = to === "otpauth" ? given.filter(({ type }) => type === "totp") : given;
    const bytes = utf8(write(usable, to));
    const read = recordsOf(readTokens(bytes, { source: "again", passphrase }));
    expect(read).toHaveLength(usable.length);
    read.forEach((record, i) => {
      expect(hexOf(record.secret)).toBe(hexOf(usable[i]!.secret));
      for (const field of fields) expect(record[field], field).toBe(usable[i]![field]);
    });
  });

  test("PSKC with a key instead of a passphrase", () => {
    const key = decodeHex("12345678901234567890123456789012");
    const result = exportTokens(records, { to: "pskc", key });
    expect(result.ok).toBe(true);
    const read = recordsOf(
      readTokens(result.ok ? result.bytes : utf8(""), { source: "again", key }),
    );
    expect(read.map(({ secret }) => hexOf(secret))).toEqual(
      records.map(({ secret }) => hexOf(secret)),
    );
  });

  test("no seed is in a PSKC file", () => {
    const text = write(records, "pskc");
    expect(text).not.toContain("MTIzNDU2Nzg5MDEyMzQ1");
    expect(text.toLowerCase()).not.toContain(RFC_SEED.slice(0, 16));
  });

  test("a link is read again", () => {
    const link = linkOf(token({ issuer: "A & B", account: "é:ü" }));
    const [record] = recordsOf(readTokens(link, { source: "link" }));
    expect(record).toMatchObject({ issuer: "A & B", account: "é:ü" });
    expect(decodeBase32(utf8(RFC_BASE32), { source: "x" }).equals(record!.secret)).toBe(true);
  });
});

describe("what cannot be written", () => {
  test.each([
    ["no lock", {}, "format/cannot-lock"],
    ["an empty passphrase", { passphrase: utf8("") }, "format/cannot-lock"],
    ["a key of another length", { key: new Uint8Array(32) }, "format/cannot-lock"],
    ["too many rounds", { passphrase, rounds: 1e9 }, "format/cannot-lock"],
  ])("PSKC with %s", (_name, lock, code) => {
    expect(errorOf(() => exportTokens([token()], { to: "pskc", ...lock })).code).toBe(code);
  });

  test("no tokens", () => {
    expect(errorOf(() => exportTokens([], { to: "csv" })).code).toBe("format/nothing-to-export");
  });

  test("every format has a name, and tells whether it is locked", () => {
    const locked = EXPORT_FORMATS.filter((entry) => entry.locked).map(({ format }) => format);
    expect(locked.toSorted()).toEqual(["freeipa", "privacyidea-pskc", "pskc"]);
    for (const { name } of EXPORT_FORMATS) expect(name).toBeTruthy();
  });
});
