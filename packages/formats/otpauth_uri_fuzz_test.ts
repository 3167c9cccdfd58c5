import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseOtpauth } from "./otpauth_uri.ts";
import { base32, everythingShown, expectHidden, hexOf, shownBy, utf8 } from "./testdata/bytes.ts";

const source = "QR code";
const SECRET = "JBSWY3DPEHPK3PXP";
const HELLO = "48656c6c6f21deadbeef";
const read = (text: string) => parseOtpauth(utf8(text), { source });

describe("nothing leaks", () => {
  test("an account shows no seed, however it is printed", () => {
    const account = read(`otpauth://totp/Ex:alice?secret=${SECRET}&issuer=Ex`);
    const shown = everythingShown(account);
    expect(shown).toContain("[secret 10 bytes]");
    expectHidden(shown, SECRET);
    expectHidden(shown, HELLO);
    expectHidden(shown, btoa("Hello!\xde\xad\xbe\xef"));
    expect(String(account.secret)).toBe("[secret 10 bytes]");
  });

  test("the caller's bytes are left as they are, and the secret does not depend on them", () => {
    const bytes = utf8(`otpauth://totp/Ex:alice?secret=${SECRET}`);
    const before = bytes.slice();
    const account = parseOtpauth(bytes, { source });
    expect(bytes).toEqual(before);
    bytes.fill(0);
    expect(hexOf(account.secret)).toBe(HELLO);
  });

  const pieces = fc.constantFrom(
    ..."otpauth:// totp hotp steam / : ? & = % %20 + - # ; ! 0 1 8 9 Ex: alice A== &amp; &issuer=Ex"
      .split(" "),
    ..."&secret= &digits=5 &digits=x &period=0 &algorithm=MD5 &issuer=Steam &encoder=steam é \0 \n"
      .split(" "),
  );

  test("a garbled URI gives an account or a FormatError, and never six characters of its secret", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 10, maxLength: 30 }),
        fc.array(fc.tuple(fc.nat(), pieces), { maxLength: 4 }),
        fc.nat({ max: 12 }),
        fc.boolean(),
        (seed, edits, cut, lower) => {
          const plain = base32(seed);
          const secret = lower ? plain.toLowerCase() : plain;
          const head = "otpauth://totp/Ex:alice?issuer=Ex&secret=";
          let text = `${head}${secret}&digits=6&period=30`;
          // Edits before and behind the secret and inside it, but no new name in front of its parts.
          for (const [where, piece] of edits) {
            const at = where % (text.length + 1);
            const inside = at > head.length && at < head.length + secret.length;
            if (inside && /[&=?:]|otpauth/.test(piece)) continue;
            text = text.slice(0, at) + piece + text.slice(at);
          }
          text = text.slice(0, text.length - cut);
          expectHidden(shownBy(() => read(text)), plain);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("any bytes and any string behind the scheme: an account or a FormatError", () => {
    const tail = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(pieces).map((p) => p.join("")),
    );
    fc.assert(fc.property(tail, fc.uint8Array({ maxLength: 300 }), (text, bytes) => {
      for (const input of [`otpauth://totp/${text}`, text, bytes]) {
        shownBy(() => {
          const account = parseOtpauth(input, { source });
          expect(account.secret.length).toBeGreaterThan(0);
          return account;
        });
      }
    }));
  });

  test("64 KiB of the worst takes well under a second each", () => {
    const started = performance.now();
    for (
      const piece of [
        "&",
        "a&",
        "&a=",
        "%",
        "%41",
        "+",
        "amp;",
        "&amp;",
        "/",
        ":",
        " ",
        "=",
        "?",
        "é",
      ]
    ) {
      for (const start of ["otpauth://totp/", "otpauth://totp/a?", "otpauth://totp/a?secret="]) {
        const room = 65_536 - start.length;
        const text = start + piece.repeat(Math.floor(room / utf8(piece).length));
        // A name may be as long as the input; an error may not.
        const shown = shownBy(() => read(text).secret);
        expect(shown.length).toBeLessThan(8000);
      }
    }
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
