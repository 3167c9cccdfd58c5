import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportTokens } from "./exporters/export_tokens.ts";
import { readTokens } from "./readers/read_tokens.ts";
import { hexOf, utf8 } from "./testdata/bytes.ts";
import { RFC_SEED } from "./testdata/entries.ts";
import { FIGURE_3, FIGURE_6, FIGURE_7, KEY } from "./testdata/rfc6030.ts";
import { NO_TOKEN, recordsOf, type TokenRecord } from "./token_record.ts";

const RECORDS: readonly TokenRecord[] = [
  {
    serial: "S1",
    user: "alice",
    manufacturer: "Acme & Co",
    period: 60,
    algorithm: "SHA256" as const,
  },
  { serial: "S2", type: "hotp" as const, counter: 7, digits: 8 },
].map((parts) => ({
  ...NO_TOKEN,
  type: "totp",
  algorithm: "SHA1",
  digits: 6,
  period: 30,
  warnings: [],
  secret: Secret.take(decodeHex(RFC_SEED)),
  ...parts,
}));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "otp-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function saved(text: string | Uint8Array): string {
  const file = join(folder, "tokens.xml");
  writeFileSync(file, text);
  return file;
}

/** Runs Debian's pskctool (oath-toolkit) on a file. It decrypts nothing. */
function pskctool(text: string | Uint8Array, ...options: string[]): string {
  return execFileSync("pskctool", [...options, saved(text)], { encoding: "utf8", stdio: "pipe" });
}

/** Runs Debian's python3-pskc, which reads and writes encrypted files. */
function pythonPskc(...args: string[]): string {
  const script = join(import.meta.dirname, "testdata/pskc_peer.py");
  return execFileSync("/usr/bin/python3", [script, ...args], { encoding: "utf8" });
}

function written(lock: { key?: Uint8Array; passphrase?: Uint8Array }): Uint8Array {
  const result = exportTokens(RECORDS, { to: "pskc", ...lock });
  if (!result.ok) throw new Error("refused");
  return result.bytes;
}

const LOCKS = [
  ["key", KEY, { key: decodeHex(KEY) }],
  ["passphrase", "qwerty ✓", { passphrase: utf8("qwerty ✓") }],
] as const;

describe.each(LOCKS)("what is written here with a %s", (how, lock, given) => {
  test("is valid by the schema of the standard, says pskctool", () => {
    expect(pskctool(written(given), "--validate")).toMatch(/OK/);
  });

  test("is described by pskctool as it was meant", () => {
    const report = pskctool(written(given), "--info");
    const values = (label: string): readonly string[] =>
      [...report.matchAll(new RegExp(`^\\s+${label}: (.*)$`, "gm"))].map(([, value]) => value!);
    expect(values("SerialNo")).toEqual(["S1", "S2"]);
    expect(values("Manufacturer")).toEqual(["Acme & Co"]);
    expect(values("Key TimeInterval")).toEqual(["60"]);
    expect(values("Key Counter")).toEqual(["7"]);
    expect(values("Algorithm Parameters Suite")).toEqual(["SHA256", "SHA1"]);
    expect(values("Response Format Length")).toEqual(["6", "8"]);
  });

  test("is decrypted by python-pskc, with right MACs", () => {
    const keys = JSON.parse(pythonPskc("read", saved(written(given)), how, lock));
    const profile = "urn:ietf:params:xml:ns:keyprov:pskc";
    expect(keys).toEqual([
      {
        serial: "S1",
        manufacturer: "Acme & Co",
        user: "alice",
        algorithm: `${profile}:totp`,
        suite: "SHA256",
        digits: 6,
        interval: 60,
        counter: null,
        secret: RFC_SEED,
        mac: true,
      },
      {
        serial: "S2",
        manufacturer: null,
        user: null,
        algorithm: `${profile}:hotp`,
        suite: "SHA1",
        digits: 8,
        interval: null,
        counter: 7,
        secret: RFC_SEED,
        mac: true,
      },
    ]);
  });
});

describe("what peers write is read here", () => {
  test.each([
    ["aes128-cbc", "hmac-sha1"],
    ["aes192-cbc", "hmac-sha384"],
    ["aes256-cbc", "hmac-sha256"],
    ["aes256-cbc", "hmac-sha512"],
  ])("python-pskc, %s and PBKDF2 with %s", (cipher, prf) => {
    const file = readTokens(utf8(pythonPskc("write", cipher, prf, "qwerty")), {
      source: "python-pskc",
      passphrase: utf8("qwerty"),
    });
    expect(file.encrypted).toBe(true);
    const [record] = recordsOf(file);
    expect(record).toMatchObject({
      serial: "W1",
      manufacturer: "Acme",
      period: 60,
      digits: 8,
      algorithm: "SHA256",
      warnings: [],
    });
    expect(hexOf(record!.secret)).toBe(RFC_SEED);
  });

  test("pskctool, plain and signed", () => {
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const request = "req -x509 -newkey rsa:2048 -nodes -subj /CN=test -days 1 -keyout";
    execFileSync("openssl", [...request.split(" "), key, "-out", certificate], { stdio: "pipe" });
    const signed = pskctool(FIGURE_3, "--sign", "--sign-key", key, "--sign-crt", certificate);
    expect(signed).toContain("SignatureValue");
    const [record] = recordsOf(readTokens(utf8(signed), { source: "pskctool" }));
    expect(record).toMatchObject({ serial: "987654321", type: "hotp", digits: 8 });
    expect(hexOf(record!.secret)).toBe(RFC_SEED);
  });

  test.each([
    ["6", FIGURE_6, "key", KEY],
    ["7", FIGURE_7, "passphrase", "qwerty"],
  ])("figure %s of the standard is the same to python-pskc", (_name, text, how, lock) => {
    const [key] = JSON.parse(pythonPskc("read", saved(text), how, lock));
    expect(key).toMatchObject({ secret: RFC_SEED, serial: "987654321", mac: true });
  });
});
