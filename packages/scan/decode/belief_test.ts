import { describe, expect, test } from "vitest";
import { isBelieved, LEAST_UNUSED } from "./mod.ts";
import type { ReadSymbol } from "./rung.ts";

const corner = { x: 0, y: 0 };

function symbol(text: string | Uint8Array, fields: Partial<ReadSymbol> = {}): ReadSymbol {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const corners = [corner, corner, corner, corner] as const;
  return {
    bytes,
    corners,
    checkBytes: 20,
    unusedCheckBytes: 10,
    erasures: 0,
    part: undefined,
    ...fields,
  };
}

describe("isBelieved", () => {
  test("four check bytes must be left", () => {
    const good = "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP";
    for (let unusedCheckBytes = 0; unusedCheckBytes <= 20; unusedCheckBytes++) {
      expect(isBelieved(symbol(good, { unusedCheckBytes }))).toBe(unusedCheckBytes >= LEAST_UNUSED);
    }
  });

  test.each([
    ["a digit that base32 has not", "otpauth://totp/a?secret=JBSWY3DPEHPK3PX!"],
    ["a secret that goes on in UTF-8", "otpauth://totp/a?secret=JBSWY3é"],
    ["half an escape in the secret", "otpauth://totp/a?secret=JBSWY3%4"],
    ["a second parameter", "OTPAUTH://TOTP/a?issuer=x&SECRET=JB*W"],
    ["a control character", "otpauth://totp/a\u0001?secret=JBSWY3DPEHPK3PXP"],
    ["a control character in another text", "https://example.com/\u007f"],
    ["bytes that are no text", Uint8Array.of(0x68, 0xff, 0xfe)],
  ])("a text with %s is not what a code says that had to be corrected", (_, text) => {
    expect(isBelieved(symbol(text))).toBe(false);
    // Where nothing was corrected, the code says just that, and whoever reads links explains it.
    expect(isBelieved(symbol(text, { unusedCheckBytes: 20 }))).toBe(true);
  });

  test.each([
    "otpauth://totp/Ex%20ample:alice@100%?secret=JBSW%20Y3DP+EHPK-3PXP==&issuer=Ex",
    "otpauth://totp/阿里云:用户?secret=jbswy3dpehpk3pxp",
    "otpauth://hotp/x",
    "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8%3D",
    "a note\r\nof two lines",
  ])("%s is well formed", (text) => {
    expect(isBelieved(symbol(text))).toBe(true);
  });
});
