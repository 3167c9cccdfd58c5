import { describe, expect, it, test } from "vitest";
import { describeBinding } from "../describe_cases.ts";
import { brokenBindings } from "../testdata/broken_bindings.ts";
import { bindingSetup } from "../testdata/fake_pcsc.ts";
import { brokenCases } from "../testdata/outcomes.ts";
import { bindingCases } from "./cases.ts";

describeBinding({ describe, it }, { name: "a binding without faults", setup: bindingSetup });

describe("a broken binding is noticed", () => {
  test.concurrent.each(brokenBindings)("$name", async ({ differences, noticedBy }) => {
    const broken = await brokenCases(bindingCases, () => bindingSetup(differences));
    expect([...broken].sort()).toEqual([...noticedBy].sort());
  }, 60_000);
});

test.each(bindingCases.map(({ id }) => id))("%s can fail", (id) => {
  expect(brokenBindings.flatMap(({ noticedBy }) => noticedBy)).toContain(id);
});
