import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyCode, type WrongCode } from "./classify.ts";
import { base32, errorOf, everythingShown, expectHidden, hexOf, utf8 } from "./testdata/bytes.ts";
import { parseOtpauth } from "./otpauth_uri.ts";

const source = "QR code";
const SECRET = "JBSWY3DPEHPK3PXP";

function wrong(text: string): WrongCode {
  const code = classifyCode(utf8(text), { source });
  if (code.kind !== "wrong") throw new Error("was taken for an account");
  return code;
}

describe("accounts", () => {
  test.each([
    `otpauth://totp/Ex:alice?secret=${SECRET}&issuer=Ex&algorithm=SHA512&digits=8&period=60`,
    `\ufeff OTPAUTH://TOTP/Ex:alice?secret=${SECRET}&issuer=Ex&algorithm=SHA-512&digits=8&period=60\n`,
  ])("%j is one, whatever tokens can do", (text) => {
    for (const input of [text, utf8(text)]) {
      const code = classifyCode(input, { source });
      expect(code).toMatchObject({
        kind: "otpauth",
        account: { issuer: "Ex", account: "alice", algorithm: "SHA512", digits: 8, period: 60 },
      });
      if (code.kind === "otpauth") expect(hexOf(code.account.secret)).toBe("48656c6c6f21deadbeef");
      expectHidden(everythingShown(code), SECRET);
    }
  });
});

describe("wrong codes", () => {
  test.each([
    ["serial-number", "86596320000123"],
    ["serial-number", "8659632 0000123"],
    ["serial-number", "826658711763730"],
    ["serial-number", "12345678"],
    ["serial-number", "S/N: 8659632000012"],
    ["serial-number", "Serial Number 865963"],
    ["serial-number", "(21)86596320000123"],
    ["plain-number", "123456"],
    ["plain-number", "123 456"],
    ["plain-number", "1"],
    ["plain-number", "1234567890123456"],
    ["phonefactor", "phonefactor://activate_account?code=123&url=https%3A%2F%2Fexample.com"],
    ["phonefactor", "PHONEFACTOR://ACTIVATE_ACCOUNT?CODE=123"],
    [
      "phonefactor",
      "https://login.microsoftonline.com/authenticatorApp/activateAccount?source=qrCode&code=1",
    ],
    [
      "fido",
      "FIDO:/13086400838107303667332719012595115747821895775708323189557153075146383351399743",
    ],
    ["fido", "fido:/1234"],
    ["otpauth-migration", "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU"],
    ["hotp", `otpauth://hotp/Ex:a?secret=${SECRET}&counter=1`],
    ["hotp", `otpauth://hotp/Ex:a?secret=${SECRET}`],
    ["steam", `otpauth://steam/Ex:a?secret=${SECRET}`],
    ["steam", `otpauth://totp/Ex:a?secret=${SECRET}&encoder=steam`],
    ["steam", `otpauth://totp/Steam:a?secret=${SECRET}&issuer=Steam&digits=5`],
    ["steam", `steam://${SECRET}`],
    ["web-link", "https://example.com/login"],
    ["web-link", "HTTP://EXAMPLE.COM"],
    ["web-link", "www.example.com"],
    ["cut-off-secret", `otpauth://totp/Ex:a?secret=${SECRET}P&issuer=Ex`],
    ["cut-off-secret", "otpauth://totp/Ex:alice?secr"],
    ["cut-off-secret", "otpauth://totp/Ex"],
    ["cut-off-secret", "otpauth:/"],
    ["cut-off-secret", "otpa"],
    ["motp", "motp://Ex:alice?secret=0123456789abcdef"],
    ["yandex", `otpauth://yaotp/alice?secret=${SECRET}`],
    ["okta-verify", "oktaverify://alice@example.com/?t=1&f=2&s=3"],
    ["duo", "duo://abcdefghijklmnopqrst-YXBpLmV4YW1wbGUuY29t"],
    ["bare-secret", SECRET],
    ["bare-secret", "jbsw y3dp ehpk 3pxp"],
    ["bare-secret", "JBSW-Y3DP-EHPK-3PXP-AA"],
    ["bare-secret", "48656c6c6f21deadbeef48656c6c6f21deadbeef"],
    ["unreadable-otpauth", `otpauth://totp/Ex:a?secret=JBSWY3DP!HPK3PXP`],
    ["unreadable-otpauth", `otpauth://totp/Ex:a?secret=${SECRET}&secret=${SECRET}`],
    ["unreadable-otpauth", `otpauth://sotp/Ex:a?secret=${SECRET}`],
    ["unknown", ""],
    ["unknown", " \n"],
    ["unknown", "WIFI:S:home;T:WPA;P:password;;"],
    ["unknown", "hello"],
    ["unknown", "please scan the other code"],
    ["unknown", "Serial"],
    ["unknown", "\0\u0001\u0002"],
  ])("%s: %s", (is, text) => {
    const code = wrong(text);
    expect(code.is).toBe(is);
    expect(code.message).toMatch(/^Cannot (use|read) .*: .*[^.]$/);
    expect(code.next).toMatch(/[.]$/);
    expect(classifyCode(text, { source })).toMatchObject({ kind: "wrong", is });
    expectHidden(everythingShown(code), SECRET);
  });

  test("Microsoft's next step is the very link to click", () => {
    expect(wrong("phonefactor://activate_account?code=1").next)
      .toContain('"I want to use a different authenticator app"');
  });

  test("each kind has its own message", () => {
    const texts = ["86596320000123", "123456", "phonefactor://", "fido:/1", "otpauth-migration://"];
    texts.push(
      "otpauth://hotp/a",
      "steam://x",
      "https://a",
      "oktaverify://",
      "duo://",
      SECRET,
      "hello",
    );
    expect(new Set(texts.map((text) => wrong(text).message)).size).toBe(texts.length);
  });

  test("an unreadable URI keeps the parser's message, next step and position", () => {
    const text = "otpauth://totp/Ex:a?secret=JBSWY3D0EHPK3PXP";
    const error = errorOf(() => parseOtpauth(text, { source }));
    expect(wrong(text)).toEqual({
      kind: "wrong",
      is: "unreadable-otpauth",
      message: error.message,
      next: error.next,
      position: text.indexOf("0"),
    });
  });

  test("more than 64 KiB is no code", () => {
    expect(wrong("otpauth://totp/a?secret=" + "A".repeat(70_000)).is).toBe("unknown");
  });
});

describe("any text", () => {
  const beginnings = fc.constantFrom(
    ..."otpauth://totp/ otpauth://totp/a?secret= otpauth:// phonefactor: fido:/ sn (21) https:// 8"
      .split(" "),
    "",
  );

  test("is classified, never thrown at, and seeds in it are not repeated", () => {
    fc.assert(
      fc.property(
        beginnings,
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.uint8Array({ minLength: 10, maxLength: 40 }),
        fc.string({ unit: "binary", maxLength: 20 }),
        (beginning, before, seed, after) => {
          const text = beginning + before + base32(seed) + after;
          for (const input of [text, utf8(text)]) {
            const code = classifyCode(input, { source });
            // Where it is a name, a text is shown: only wrong codes must repeat nothing at all.
            if (code.kind === "wrong") expectHidden(everythingShown(code), base32(seed));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test("any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
      const before = bytes.slice();
      expect(["otpauth", "wrong"]).toContain(classifyCode(bytes, { source }).kind);
      expect(bytes).toEqual(before);
    }));
  });

  test("64 KiB of the worst takes well under a second", () => {
    const started = performance.now();
    for (const piece of ["1", "1 ", "A", "A ", "\u2010", "sn ", "\u00a0", "a-", "otpauth:/"]) {
      classifyCode(utf8(piece.repeat(65_536 / utf8(piece).length)), { source });
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
