import { Secret } from "@otpsmith/core/secret";
import type { TokenTraits } from "@otpsmith/core/token";
import { describe, expect, test } from "vitest";
import { preflight, type PreflightQuestion } from "./preflight.ts";
import { PROVIDERS } from "./provider_data.ts";

const TRAITS: TokenTraits = {
  slots: { count: 1, titleBytes: 0 },
  seed: { minBytes: 1, maxBytes: 63 },
  algorithms: ["SHA1", "SHA256"],
  digits: [6],
  periods: [30, 60],
  displayOffSeconds: [30],
  clockWrite: "clears-seeds",
  access: "published-key",
  proof: ["display"],
  hands: ["power-cycle"],
};

const account = (parts: object = {}, bytes = 20): PreflightQuestion["account"] => ({
  algorithm: "SHA1",
  digits: 6,
  period: 30,
  secret: Secret.take(new Uint8Array(bytes).fill(7)),
  ...parts,
});

function answers(id: string, given = account(), traits?: TokenTraits): readonly string[] {
  const provider = PROVIDERS.find((provider) => provider.id === id)!;
  return preflight({ account: given, provider, traits })
    .filter(({ code }) => code !== "pitfall")
    .map(({ severity, code }) => `${severity} ${code}`);
}

describe("will this secret work on this token at this provider?", () => {
  test.each(
    [
      ["okta", account(), undefined, []],
      ["okta", account({ period: 60 }), undefined, ["refusal period"]],
      ["okta", account({ algorithm: "SHA256" }), undefined, ["refusal algorithm"]],
      ["okta", account({ digits: 8 }), undefined, ["refusal digits"]],
      ["duo", account({ digits: 8, period: 60 }), undefined, []],
      ["duo", account({ digits: 8 }), TRAITS, ["refusal digits", "note no-drift"]],
      ["duo", account(), { ...TRAITS, clockWrite: "keeps-seeds" as const }, []],
      ["duo", account(), TRAITS, ["note no-drift"]],
      ["entra-upload", account({}, 80), undefined, []],
      ["entra-upload", account({}, 81), undefined, ["refusal seed-too-long"]],
      ["entra-upload", account({ period: 60 }), TRAITS, []],
      ["aws", account({}, 40), TRAITS, []],
      ["aws", account({}, 40), { ...TRAITS, seed: { minBytes: 1, maxBytes: 20 } }, [
        "refusal seed-too-long",
        "note long-seeds",
      ]],
      ["alibaba-cloud", account({ algorithm: "SHA256" }), undefined, []],
      ["pingone", account({ algorithm: "SHA512" }), TRAITS, ["refusal algorithm"]],
      ["pingone", account({}, 64), TRAITS, ["refusal seed-too-long"]],
      ["pingone", account({}, 65), TRAITS, []],
    ] as const,
  )("%s", (id, given, traits, expected) => {
    expect(answers(id, given, traits)).toEqual(expected);
  });

  test("pitfalls are told, and stop nothing", () => {
    const provider = PROVIDERS.find(({ id }) => id === "aws")!;
    expect(preflight({ account: account(), provider })).toEqual([
      { severity: "note", code: "pitfall", message: provider.pitfalls[0] },
    ]);
  });
});

describe("the data", () => {
  test.each(PROVIDERS)("$id has sources and a day", ({ id, sources, read, name }) => {
    expect(id).toMatch(/^[a-z][a-z-]+$/);
    expect(name).toBeTruthy();
    expect(read).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) expect(new URL(source).protocol).toBe("https:");
  });

  test("ids are unique and sorted", () => {
    const ids = PROVIDERS.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
  });
});
