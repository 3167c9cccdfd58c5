import { describe, expect, test } from "vitest";
import { brokenModels, modelSetup, reportModelSetup } from "../testdata/broken_models.ts";
import { brokenCases } from "../testdata/outcomes.ts";
import { modelCases } from "./cases.ts";

test("a model that is right breaks nothing", async () => {
  expect(await brokenCases(modelCases, modelSetup)).toEqual([]);
});

test("nor does one that speaks in reports", async () => {
  expect(await brokenCases(modelCases, reportModelSetup)).toEqual([
    "model/refuses/unknown-class", // there is nothing of it in the notes
    "model/display",
  ]);
});

describe("a broken model is noticed", () => {
  test.concurrent.each(brokenModels)("$name", async ({ setup, noticedBy }) => {
    expect(await brokenCases(modelCases, setup)).toEqual(expect.arrayContaining([...noticedBy]));
  }, 60_000);
});

test.each(modelCases.map(({ id }) => id))("%s can fail", (id) => {
  expect(brokenModels.flatMap(({ noticedBy }) => noticedBy)).toContain(id);
});
