import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret } from "../secret/mod.ts";
import { findDrift, MAX_DRIFT_WINDOW, type OtpParameters, totp } from "./mod.ts";

const secret = Secret.take(new TextEncoder().encode("12345678901234567890"));
const parameters: OtpParameters = { algorithm: "SHA1", digits: 6, period: 30 };
const time = 1_700_000_000;
const shown = (seconds: number): string => totp(secret, { ...parameters, time: time + seconds });

describe("findDrift", () => {
  test.each([[0, 0], [60, 2], [-60, -2], [600, 20], [-600, -20]])(
    "a token off by %i seconds is off by %i steps",
    (seconds, steps) => {
      const options = { parameters, code: shown(seconds), time, window: 20 };
      expect(findDrift(secret, options)).toEqual({ steps, seconds });
    },
  );

  test("nothing outside the window is found", () => {
    expect(findDrift(secret, { parameters, code: shown(90), time, window: 3 })?.steps).toBe(3);
    expect(findDrift(secret, { parameters, code: shown(90), time, window: 2 })).toBeUndefined();
    expect(findDrift(secret, { parameters, code: shown(30), time, window: 0 })).toBeUndefined();
  });

  test("the nearest match wins, the past at equal distance: seen with codes of one digit", () => {
    const one = { ...parameters, digits: 1 };
    fc.assert(fc.property(fc.integer({ min: 10_000, max: 2 ** 40 }), fc.nat(9), (time, digit) => {
      const code = String(digit);
      const found = findDrift(secret, { parameters: one, code, time, window: 40 });
      const matches = Array.from({ length: 81 }, (_, i) => i - 40)
        .filter((steps) => totp(secret, { ...one, time: time + 30 * steps }) === code)
        .sort((a, b) => Math.abs(a) - Math.abs(b) || a - b);
      expect(found?.steps).toBe(matches[0]);
    }));
  });

  test("any drift within the window is found, to the period", () => {
    const period = fc.constantFrom(15, 30, 60);
    fc.assert(
      fc.property(
        period,
        fc.integer({ min: -50, max: 50 }),
        fc.nat(2 ** 33),
        (period, steps, now) => {
          const parameters = { algorithm: "SHA256", digits: 10, period } as const;
          const time = now + 50 * 60;
          const code = totp(secret, { ...parameters, time: time + steps * period });
          const found = findDrift(secret, { parameters, code, time, window: 50 });
          expect(found).toEqual({ steps, seconds: steps * period });
        },
      ),
    );
  });

  test("the widest window reaches a day and does not look before 1970", () => {
    const window = MAX_DRIFT_WINDOW;
    expect(findDrift(secret, { parameters, code: shown(-86_400), time, window })?.seconds)
      .toBe(-86_400);
    const code = totp(secret, { ...parameters, time: 90 });
    expect(findDrift(secret, { parameters, code, time: 0, window })?.steps).toBe(3);
  });

  test.each([-1, 1.5, MAX_DRIFT_WINDOW + 1, Infinity, NaN])("refuses a window of %d", (window) => {
    expect(() => findDrift(secret, { parameters, code: "000000", time, window })).toThrow(
      RangeError,
    );
  });

  test.each(["", "00000", "0000000", "abcdef", "１２３４５６"])("%j is never found", (code) => {
    expect(findDrift(secret, { parameters, code, time, window: 20 })).toBeUndefined();
  });
});
