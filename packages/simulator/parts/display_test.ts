import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import { readDisplay } from "./display.ts";
import type { FlashImage } from "./flash.ts";

const NOW = 1_700_000_000;

function image(active: Partial<FlashImage["active"]>, clock: Partial<FlashImage["clock"]> = {}) {
  const none = { seed: null, algorithm: 1, period: 30, displayOff: 1 };
  return {
    model: "token2-single:C302-i",
    serial: "86596320000001",
    restricted: false,
    clock: { seconds: NOW, setAt: NOW * 1000, ppm: 0, ...clock },
    stored: none,
    active: { ...none, ...active },
    powerCycles: 0,
    wrongAnswers: 0,
    locked: false,
  } satisfies FlashImage;
}

/** Another implementation. Its seed goes in through standard input: seeds are never put in argv. */
function oathtool(seed: Uint8Array, at: number, hash: string, period: number): string {
  const args = [`--totp=${hash}`, `--time-step-size=${period}s`, `--now=@${at}`, "-"];
  return execFileSync("oathtool", args, { input: encodeHex(seed), encoding: "utf8" }).trim();
}

const CASES = [1, 10, 16, 20, 32, 48, 63].flatMap((length) =>
  ([[1, "SHA1"], [2, "SHA256"]] as const).flatMap(([algorithm, hash]) =>
    [30, 60].map((period) => ({ length, algorithm, hash, period }))
  )
);

test.each(CASES)("$length bytes, $hash, $period s: what oathtool computes", (settings) => {
  const { length, algorithm, hash, period } = settings;
  const seed = Uint8Array.from({ length }, (_, i) => (i * 37 + length * period) & 0xff);
  const shown = image({ seed: Secret.copyOf(seed), algorithm, period });
  for (const later of [0, 29, 31, 86_400]) {
    expect(readDisplay(shown, (NOW + later) * 1000).code)
      .toBe(oathtool(seed, NOW + later, hash, period));
  }
});

test("uses the token's own clock, not the host's", () => {
  const seed = decodeHex("3132333435363738393031323334353637383930");
  const slow = image({ seed: Secret.copyOf(seed) }, { seconds: NOW - 3600 });
  expect(readDisplay(slow, NOW * 1000).code).toBe(oathtool(seed, NOW - 3600, "SHA1", 30));
});

test("RFC 6238, the last six digits at 59 seconds", () => {
  const seed = Secret.copyOf(new TextEncoder().encode("12345678901234567890"));
  const shown = image({ seed }, { seconds: 59 });
  expect(readDisplay(shown, NOW * 1000)).toEqual({
    code: "287082",
    text: "287082",
    secondsLeft: 1,
  });
});

test("dashes without a seed, and with a time step of nothing", () => {
  const dashes = { code: null, text: "------", secondsLeft: 0 };
  expect(readDisplay(image({}), NOW * 1000)).toEqual(dashes);
  const seed = Secret.copyOf(Uint8Array.of(1));
  expect(readDisplay(image({ seed, period: 0 }), NOW * 1000)).toEqual(dashes);
});

test("a hash byte that nobody has assigned counts as SHA-1", () => {
  const seed = Secret.copyOf(Uint8Array.of(1, 2, 3));
  const [odd, sha1] = [9, 1].map((algorithm) =>
    readDisplay(image({ seed, algorithm }), NOW * 1000)
  );
  expect(odd).toEqual(sha1);
});
