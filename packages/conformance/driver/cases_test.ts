import { describe, expect, test } from "vitest";
import { brokenDrivers, driverSetup } from "../testdata/broken_drivers.ts";
import { brokenCases } from "../testdata/outcomes.ts";
import { driverCases } from "./cases.ts";

/** The sweeps take long: only for those that they have to notice. */
const QUICK = driverCases.filter(({ id }) => !id.startsWith("driver/faults/"));

test("a driver that is right breaks nothing", async () => {
  expect(await brokenCases(QUICK, driverSetup)).toEqual([]);
});

describe("a broken driver is noticed", () => {
  test.each(brokenDrivers)("$name", async ({ setup, noticedBy }) => {
    const cases = driverCases.filter((one) => QUICK.includes(one) || noticedBy.includes(one.id));
    expect(await brokenCases(cases, setup)).toEqual(expect.arrayContaining([...noticedBy]));
  }, 60_000);
});

test.each(driverCases.map(({ id }) => id))("%s can fail", (id) => {
  expect(brokenDrivers.flatMap(({ noticedBy }) => noticedBy)).toContain(id);
});
