import { expect, test } from "vitest";
import fc from "fast-check";
import { clockSeconds, setClock } from "./clock.ts";

test("runs with the host's time and drifts by its crystal", () => {
  const at = (ppm: number, elapsed: number): number =>
    clockSeconds({ seconds: 1000, setAt: 5_000_000, ppm }, 5_000_000 + elapsed);
  expect([at(0, 0), at(0, 999), at(0, 1000), at(0, 3_600_000)]).toEqual([1000, 1000, 1001, 4600]);
  const year = 365 * 86_400_000;
  expect(at(20, year) - at(0, year)).toBe(630); // 630.72 s
  expect(at(-20, year) - at(0, year)).toBe(-631);
  expect(at(0, -1)).toBe(999); // a host clock that was set back
});

test("a second begins at the moment the clock is set", () => {
  const clock = setClock({ seconds: 0, setAt: 0, ppm: 7 }, { seconds: 500, now: 1700 });
  expect(clock).toEqual({ seconds: 500, setAt: 1700, ppm: 7 });
  expect([clockSeconds(clock, 2699), clockSeconds(clock, 2700)]).toEqual([500, 501]);
});

test("always a whole number of 32 bits", () => {
  fc.assert(fc.property(
    fc.nat({ max: 0xffff_ffff }),
    fc.double({ min: -1e14, max: 1e14, noNaN: true }),
    fc.double({ min: -1e5, max: 1e5, noNaN: true }),
    (seconds, now, ppm) => {
      const shown = clockSeconds({ seconds, setAt: 0, ppm }, now);
      expect(Number.isInteger(shown) && shown >= 0 && shown <= 0xffff_ffff).toBe(true);
    },
  ));
});
