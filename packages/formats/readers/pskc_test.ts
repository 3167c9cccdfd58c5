import { decodeHex } from "@otpsmith/core/bytes";
import { describe, expect, test } from "vitest";
import { errorOf, everythingShown, expectHidden, hex, utf8 } from "../testdata/bytes.ts";
import { RFC_SEED, told, usual } from "../testdata/entries.ts";
import {
  FIGURE_10,
  FIGURE_2,
  FIGURE_3,
  FIGURE_4,
  FIGURE_5,
  FIGURE_6,
  FIGURE_7,
  FIGURE_8,
  FIGURE_9,
  KEY,
  PASSPHRASE,
} from "../testdata/rfc6030.ts";
import type { Unlock } from "../_keys.ts";
import { readPskc } from "./pskc.ts";

const source = "tokens.xml";
const read = (text: string, unlock: Unlock = {}) => readPskc(utf8(text), { source, ...unlock });
const key = decodeHex(KEY);
const passphrase = utf8(PASSPHRASE);

const FIGURE = usual({
  type: "hotp",
  secret: RFC_SEED,
  digits: 8,
  issuer: "Issuer",
  manufacturer: "Manufacturer",
  serial: "987654321",
});

/** A file of one key; `inside` replaces parts of it. */
function totp(
  parts: Partial<Record<"algorithm" | "parameters" | "data" | "root", string>>,
): string {
  const { algorithm = "urn:ietf:params:xml:ns:keyprov:pskc:totp", parameters = "", data = "" } =
    parts;
  return `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">
${parts.root ?? ""}<KeyPackage><DeviceInfo><SerialNo>1</SerialNo><Model>M</Model></DeviceInfo>
<Key Id="1" Algorithm="${algorithm}"><AlgorithmParameters>${parameters}</AlgorithmParameters>
<Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret>${data}</Data>
<UserId>alice</UserId></Key></KeyPackage></KeyContainer>`;
}

describe("the figures of RFC 6030", () => {
  test("2: what has to be there at least", () => {
    const [entry] = told(read(FIGURE_2));
    expect(entry).toMatchObject({ type: "hotp", secret: hex(utf8("1234")), issuer: "Issuer-A" });
  });

  test("3: plain", () => {
    const file = read(FIGURE_3);
    expect(file).toMatchObject({ format: "pskc", encrypted: false });
    expect(told(file)).toEqual([
      { ...FIGURE, user: "UID=jsmith,DC=example-bank,DC=net", line: 11 },
    ]);
  });

  test("4: a seed that is not in the file", () => {
    expect(told(read(FIGURE_4))).toMatchObject([{ message: expect.stringMatching(/no secret/) }]);
  });

  test("5: a PIN is no seed", () => {
    expect(told(read(FIGURE_5))).toMatchObject([
      FIGURE,
      { message: expect.stringMatching(/neither for TOTP nor for HOTP/) },
    ]);
  });

  test("6: with a key that was agreed on", () => {
    const file = read(FIGURE_6, { key });
    expect(file.encrypted).toBe(true);
    expect(told(file)).toMatchObject([FIGURE]);
  });

  test("7: with a passphrase", () => {
    expect(told(read(FIGURE_7, { passphrase }))).toMatchObject([FIGURE]);
  });

  test("8: for a certificate, which is refused: no key or passphrase opens that", () => {
    const error = errorOf(() => read(FIGURE_8, { key, passphrase }));
    expect(error).toMatchObject({
      code: "format/pskc",
      message: expect.stringMatching(/certificate/),
      next: expect.stringMatching(/passphrase or with an agreed key/),
    });
  });

  test("9: signed", () => {
    expect(told(read(FIGURE_9))).toMatchObject([FIGURE]);
  });

  test("10: four keys for three tokens", () => {
    const entries = told(read(FIGURE_10));
    expect(entries).toMatchObject(
      ["654321", "123456", "9999999", "9999999"].map((serial) => ({
        ...FIGURE,
        manufacturer: "TokenVendorAcme",
        serial,
      })),
    );
  });

  test("reading leaves key and passphrase as they are", () => {
    read(FIGURE_6, { key });
    expect(hex(key)).toBe(KEY);
    read(FIGURE_7, { passphrase });
    expect(passphrase).toEqual(utf8(PASSPHRASE));
  });
});

describe("locked files", () => {
  test.each([
    ["no key", FIGURE_6, {}, "format/key-needed"],
    ["no passphrase", FIGURE_7, {}, "format/passphrase-needed"],
    ["another key", FIGURE_6, { key: decodeHex("00".repeat(16)) }, "format/wrong-key"],
    ["a key of another length", FIGURE_6, { key: decodeHex("00".repeat(32)) }, "format/wrong-key"],
    ["another passphrase", FIGURE_7, { passphrase: utf8("Qwerty") }, "format/wrong-passphrase"],
  ])("%s", (_name, text, unlock, code) => {
    expect(errorOf(() => read(text, unlock)).code).toBe(code);
  });

  test("a value that was changed is refused by its MAC", () => {
    const [entry] = told(read(FIGURE_6.replace(">AAECAwQF", ">ABECAwQF"), { key }));
    expect(entry).toMatchObject({
      code: "format/pskc",
      message: expect.stringMatching(/MAC.*wrong/),
    });
  });

  test("a value without its MAC is refused where the file has a MAC key", () => {
    const text = FIGURE_6.replace(/<pskc:ValueMAC>.*<\/pskc:ValueMAC>/, "");
    expect(told(read(text, { key }))).toMatchObject([{ message: expect.stringMatching(/no MAC/) }]);
  });

  test("a file without any MAC is read with a warning", () => {
    const text = FIGURE_6.replace(/<pskc:ValueMAC>.*<\/pskc:ValueMAC>/, "")
      .replace(/<pskc:MACMethod[^]*<\/pskc:MACMethod>/, "");
    expect(told(read(text, { key }))).toMatchObject([{
      secret: RFC_SEED,
      warnings: [expect.stringMatching(/No MAC/)],
    }]);
  });

  test.each([
    ["rounds from hell", "<IterationCount>1000<", "<IterationCount>999999999<", "too-costly"],
    ["no rounds", "<IterationCount>1000<", "<IterationCount>0<", "too-costly"],
    ["a key of a gigabyte", "<KeyLength>16<", "<KeyLength>999999999<", "pskc"],
    ["another derivation", "5v2-0#pbkdf2", "5v2-0#scrypt", "pskc"],
    ["another function", "<PRF/>", '<PRF Algorithm="x#hmac-md5"/>', "pskc"],
    ["another cipher", "#aes128-cbc", "#tripledes-cbc", "pskc"],
    ["another MAC", "#hmac-sha1", "#hmac-md5", "pskc"],
    ["no salt", "Ej7/PEpyEpw=", "", "pskc"],
  ])("%s", (_name, from, to, kind) => {
    expect(errorOf(() => read(FIGURE_7.replace(from, to), { passphrase })).code).toBe(
      `format/${kind}`,
    );
  });
});

describe("time-based keys", () => {
  test("interval, suite, length", () => {
    const text = totp({
      parameters: `<Suite>HMAC-SHA256</Suite><ResponseFormat Encoding="DECIMAL" Length="8"/>`,
      data: `<Time><PlainValue>0</PlainValue></Time><TimeInterval><PlainValue>60</PlainValue>` +
        `</TimeInterval><TimeDrift><PlainValue>2</PlainValue></TimeDrift>`,
    });
    expect(told(read(text))).toEqual([
      usual({
        secret: RFC_SEED,
        algorithm: "SHA256",
        digits: 8,
        period: 60,
        serial: "1",
        model: "M",
        user: "alice",
        line: 3,
      }),
    ]);
  });

  test.each([
    ["a challenge", { algorithm: "urn:ietf:params:xml:ns:keyprov:pskc:ocra" }, /neither for TOTP/],
    ["letters", { parameters: `<ResponseFormat Encoding="BASE64" Length="6"/>` }, /not decimal/],
    [
      "a check digit",
      { parameters: `<ResponseFormat Encoding="DECIMAL" CheckDigits="true"/>` },
      /check digit/,
    ],
    ["another start", { data: "<Time><PlainValue>5</PlainValue></Time>" }, /1970/],
    ["another hash", { parameters: "<Suite>HMAC-SHA384</Suite>" }, /hash/],
    [
      "an odd length",
      { parameters: `<ResponseFormat Encoding="DECIMAL" Length="x"/>` },
      /code length/,
    ],
    [
      "an encrypted interval",
      { data: "<TimeInterval><EncryptedValue/></TimeInterval>" },
      /no plain/,
    ],
  ])("%s is refused, with the line", (_name, parts, message) => {
    const [entry] = told(read(totp(parts)));
    expect(entry).toMatchObject({ code: "format/pskc", line: 3 });
    expect(entry!["message"]).toMatch(message);
  });

  test("names of drafts", () => {
    const text = totp({ algorithm: "http://www.ietf.org/keyprov/pskc#totp" })
      .replaceAll("KeyPackage", "Device").replaceAll("DeviceInfo", "DeviceId")
      .replace("Algorithm=", "KeyAlgorithm=");
    expect(told(read(text))).toMatchObject([{ secret: RFC_SEED, serial: "1", type: "totp" }]);
  });
});

describe("hostile XML", () => {
  const entities = Array.from(
    { length: 10 },
    (_, n) => `<!ENTITY a${n + 1} "${`&a${n};`.repeat(10)}">`,
  ).join("");
  const start = `<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc">`;

  test.each([
    ["a billion laughs", `<!DOCTYPE x [<!ENTITY a0 "x">${entities}]><x>&a9;</x>`, /document type/],
    ["an outside entity", `<!DOCTYPE x SYSTEM "file:///etc/passwd">${start}`, /document type/],
    ["an entity", `${start}&nbsp;</KeyContainer>`, /well-formed/],
    ["deep nesting", start + "<a>".repeat(100_000), /nested deeper/],
    [
      "many attributes",
      `${start}<a ${numbered(1000, (n) => `a${n}="" `)}/></KeyContainer>`,
      /over 32/,
    ],
    ["a large part", `${start}<KeyPackage>${"<a>x</a>".repeat(100_000)}`, /too large/],
    ["a large text", `${start}<KeyPackage>${"x".repeat(1_000_000)}</KeyPackage>`, /too long/],
    ["another root", "<html/>", /outermost/],
    ["nothing", "", /well-formed|no keys/],
    ["cut off", FIGURE_3.slice(0, 900), /well-formed/],
    ["no keys", `${start}</KeyContainer>`, /no keys/],
    ["a prefix of nowhere", `<p:KeyContainer></p:KeyContainer>`, /well-formed/],
  ])("%s", (_name, text, message) => {
    const error = errorOf(() => read(text));
    expect(error.code).toBe("format/pskc");
    expect(error.message).toMatch(message);
  });

  test("the library's messages, which quote the file, do not come through", () => {
    const error = errorOf(() => read(`${start}<GEZDGNBVGY3TQOJQ></b></KeyContainer>`));
    expectHidden(everythingShown(error), "GEZDGNBVGY3TQOJQ");
    expect(error.line).toBe(1);
  });
});

function numbered(count: number, make: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => make(n)).join("");
}
