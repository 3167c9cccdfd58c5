import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isProjectError } from "../../errors/mod.ts";
import { findModel, modelTraits } from "./models.ts";
import { parseTokenProfile, type TokenProfile } from "./profile.ts";
import { token2Profile } from "./profile_token2.ts";

const acme: TokenProfile = {
  ...token2Profile,
  name: "acme",
  family: "Acme one-time password card",
  key: "00112233445566778899AABBCCDDEEFF",
  access: "private-key",
  seedMaxBytes: 32,
  models: [
    {
      prefix: "86596321",
      model: "Card A",
      clockWrite: "clears-seeds",
      source: "Acme's data sheet",
    },
  ],
};

function refusalOf(value: unknown): string {
  try {
    parseTokenProfile(JSON.stringify(value), { source: "acme.json" });
  } catch (error) {
    expect(error).toMatchObject({ code: "format/profile", source: "acme.json" });
    return (error as Error).message;
  }
  return "";
}

describe("profile files", () => {
  test("the shipped profile keeps its own rules", () => {
    expect(parseTokenProfile(JSON.stringify(token2Profile), { source: "shipped" })).toEqual(
      token2Profile,
    );
  });

  test.each([
    ["schema", { ...acme, schema: 2 }],
    ["name", { ...acme, name: "Acme!" }],
    ["key", { ...acme, key: "1234" }],
    ["access", { ...acme, access: "guess" }],
    ["seedMaxBytes", { ...acme, seedMaxBytes: 64 }],
    ["models", { ...acme, models: [] }],
    ["models[0].prefix", { ...acme, models: [{ ...acme.models[0], prefix: "12" }] }],
    ["models[0].clockWrite", { ...acme, models: [{ ...acme.models[0], clockWrite: "maybe" }] }],
    ["models[0]", { ...acme, models: [7] }],
    ["colour", { ...acme, colour: "red" }],
    ["the file", []],
  ])("a wrong %s is named", (field, value) => {
    expect(refusalOf(value)).toContain(`Cannot read token profile: ${field} `);
  });

  test("a key may be kept elsewhere", () => {
    const text = JSON.stringify({ ...acme, key: "file:acme.key" });
    const asked: string[] = [];
    const lookUp = (reference: string): string => (asked.push(reference), acme.key);
    expect(parseTokenProfile(text, { source: "acme.json", lookUp })).toEqual(acme);
    expect(asked).toEqual(["file:acme.key"]);
    for (const found of [undefined, "not a key SECRET"]) {
      expect(() => parseTokenProfile(text, { source: "acme.json", lookUp: () => found }))
        .toThrow(/^Cannot read token profile: key (refers to a key that cannot be|must be 32)/);
    }
    expect(refusalOf({ ...acme, key: "env:ACME_KEY" })).toContain("key refers to a key");
  });

  test("a damaged key is never repeated", () => {
    expect(refusalOf({ ...acme, key: "SECRETSECRETSECRET" })).not.toContain("SECRET");
  });

  test("any text is a profile or a project error", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseTokenProfile(text, { source: "any" });
      } catch (error) {
        expect(isProjectError(error)).toBe(true);
      }
    }));
  });
});

describe("model tables", () => {
  test("the longest prefix wins, whatever the order of the profiles", () => {
    for (const profiles of [[acme, token2Profile], [token2Profile, acme]]) {
      expect(findModel("86596321000001", profiles)?.row.model).toBe("Card A");
      expect(findModel("86596329000001", profiles)?.row.model).toBe("C302-i");
    }
  });

  test("on equal prefixes the profile that was named first wins", () => {
    const same: TokenProfile = { ...acme, models: [{ ...acme.models[0]!, prefix: "8659632" }] };
    expect(findModel("86596321000001", [same, token2Profile])?.profile.name).toBe("acme");
  });

  test("what a profile says goes into the traits", () => {
    const traits = modelTraits(findModel("86596321000001", [acme])!);
    expect(traits).toMatchObject({
      seed: { maxBytes: 32 },
      clockWrite: "clears-seeds",
      access: "private-key",
    });
  });
});
