import { expect, test } from "vitest";
import { APPLICATIONS } from "../commands/options.ts";
import { allDrivers } from "./drivers.ts";

test("--application knows those of the drivers, in the order in which they are asked", () => {
  const named = allDrivers().flatMap(({ application }) => application ?? []);
  expect([...new Set(named)]).toEqual(APPLICATIONS);
});

test("no two drivers have one name", () => {
  const names = allDrivers().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
