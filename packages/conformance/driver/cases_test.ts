import { describe, expect, test } from "vitest";
import { brokenDrivers, driverSetup, keySetup, SUPPORTS } from "../testdata/broken_drivers.ts";
import { slimSetup } from "../testdata/protectimus_slim.ts";
import { brokenCases } from "../testdata/outcomes.ts";
import { type Supports, whySkipped } from "../case.ts";
import { driverCases } from "./cases.ts";

/** The sweeps take long: only for those that they have to notice. */
const QUICK = driverCases.filter(({ id }) => !id.startsWith("driver/faults/"));
/** Those that a token can show. */
const shown = (supports: Supports) =>
  driverCases.filter((one) => whySkipped(one, supports) === undefined);

test.each([
  { of: "a token with a display", setup: driverSetup, supports: SUPPORTS.token },
  { of: "a token whose seed is not written", setup: () => slimSetup(), supports: SUPPORTS.slim },
  { of: "a key that computes codes", setup: keySetup, supports: SUPPORTS.key },
])("a driver of $of that is right breaks nothing", async ({ setup, supports }) => {
  const cases = shown(supports).filter((one) => QUICK.includes(one));
  expect(await brokenCases(cases, setup)).toEqual([]);
});

describe("a broken driver is noticed", () => {
  test.each(brokenDrivers)("$name", async (broken) => {
    const { setup, noticedBy, supports = SUPPORTS.token } = broken;
    const cases = shown(supports).filter((one) =>
      QUICK.includes(one) || noticedBy.includes(one.id)
    );
    expect(await brokenCases(cases, setup)).toEqual(expect.arrayContaining([...noticedBy]));
  }, 60_000);
});

test.each(driverCases.map(({ id }) => id))("%s can fail", (id) => {
  expect(brokenDrivers.flatMap(({ noticedBy }) => noticedBy)).toContain(id);
});
