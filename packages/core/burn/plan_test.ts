import { describe, expect, test } from "vitest";
import { findModel, modelTraits, token2Profile } from "../drivers/token2_single/mod.ts";
import { Secret } from "../secret/mod.ts";
import type { Token } from "../token/mod.ts";
import { planClockSync } from "./clock_sync.ts";
import type { BurnPlan, RefusedPlan } from "./burn_plan.ts";
import { planBurn } from "./plan.ts";
import type { BurnPolicy, BurnRequest } from "./request.ts";

const NOW = Date.UTC(2026, 10, 23);
const C302 = "86596321234567"; // keeps its seed
const P2 = "86596221234567"; // forgets it

function tokenOf(serial: string, driftSeconds = 0): Pick<Token, "identity" | "traits" | "clock"> {
  const match = findModel(serial, [token2Profile]);
  const seen = { tokenSeconds: NOW / 1000 + driftSeconds, hostMilliseconds: NOW, driftSeconds };
  return {
    identity: { driver: "token2_single", family: "Token2", model: match?.row.model, serial },
    traits: match && modelTraits(match),
    clock: { seen, read: () => Promise.resolve(seen) },
  };
}

function plan(
  serial: string,
  changes: Partial<BurnRequest> & { bytes?: number; drift?: number; policy?: Partial<BurnPolicy> } =
    {},
): BurnPlan | RefusedPlan {
  const { bytes = 20, drift = 0, policy, ...request } = changes;
  return planBurn({
    token: tokenOf(serial, drift),
    request: {
      seed: Secret.take(new Uint8Array(bytes).fill(0x5a)),
      algorithm: "SHA1",
      digits: 6,
      period: 30,
      syncClock: true,
      ...request,
    },
    policy: { now: NOW, ...policy },
  });
}

function codes(result: BurnPlan | RefusedPlan): readonly string[] {
  return result.ok ? [] : result.refusals.map(({ code }) => code);
}

describe("a plan that can be carried out", () => {
  test("writes settings before the seed, and says what is lost and what the hands must do", () => {
    const made = plan(P2);
    if (!made.ok) throw new Error("refused");
    expect(made.steps.map(({ name, leaves }) => [name, leaves])).toEqual([
      ["authenticate", undefined],
      ["write-configuration", ["no-seed"]],
      ["write-seed", ["new-seed"]],
    ]);
    expect(made.destroys).toEqual(["the seed that is in the token now"]);
    expect(made.hands).toEqual(["power-cycle"]);
    expect(made.parameters).toEqual({
      algorithm: "SHA1",
      digits: 6,
      period: 30,
      displayOffSeconds: 30,
    });
  });

  test("holds a copy of the seed that prints as a placeholder, and a name without it", () => {
    const made = plan(C302);
    if (!made.ok) throw new Error("refused");
    expect(JSON.stringify(made)).toContain('"seed":"[secret 20 bytes]"');
    expect(JSON.stringify(made).toLowerCase()).not.toContain("5a5a5a");
    const other = planBurn({
      token: tokenOf(C302),
      request: {
        seed: Secret.take(new Uint8Array(20).fill(0x11)),
        algorithm: "SHA1",
        digits: 6,
        period: 30,
        syncClock: true,
      },
      policy: { now: NOW },
    });
    expect(other.ok && other.id).toBe(made.id);
  });

  test.each([[1, 1], [16, 16], [63, 63], [65, 20], [80, 20]])(
    "a seed of %d bytes is stored as %d",
    (bytes, stored) => {
      const made = plan(C302, { bytes });
      expect(made.ok && made.seed?.length).toBe(stored);
      const disclosed = made.ok && made.notes.some(({ code }) => code === "burn/folded-seed");
      expect(disclosed).toBe(bytes > 64);
    },
  );

  test("a short seed and a clock that is left wrong are said, and stop nothing", () => {
    const made = plan(C302, { bytes: 10, drift: -45, syncClock: false });
    expect(made.ok && made.notes.map(({ code }) => code)).toEqual([
      "burn/short-seed",
      "burn/unsynced-clock",
    ]);
  });
});

describe("what refuses before anything is sent", () => {
  test.each([
    ["burn/seed-too-long", { bytes: 64 }],
    ["burn/seed-too-short", { bytes: 0 }],
    ["burn/algorithm", { algorithm: "SHA512" as const }],
    ["burn/digits", { digits: 8 }],
    ["burn/period", { period: 20 }],
    ["burn/display-off", { displayOffSeconds: 45 }],
    ["burn/other-token", { serial: P2 }],
    ["burn/host-clock", { policy: { now: Date.UTC(1970, 0, 2) } }],
    ["burn/host-clock", { policy: { now: Date.UTC(2107, 0, 1) } }],
    ["burn/clocks-disagree", { drift: 3 * 365 * 86_400 }],
    ["burn/clocks-disagree", { drift: -86_401 }],
  ])("%s for %o", (code, changes) => {
    expect(codes(plan(C302, changes))).toContain(code);
  });

  test("all reasons are given at once", () => {
    expect(codes(plan(C302, { algorithm: "SHA512", digits: 8, bytes: 64 })).length).toBe(3);
  });

  test("an unknown model is never written", () => {
    expect(codes(plan("12345678901234"))).toEqual(["burn/unknown-model"]);
  });

  test("clocks that disagree can be confirmed by a person who looked at another clock", () => {
    expect(plan(C302, { drift: 86_401, policy: { hostClockChecked: true } }).ok).toBe(true);
  });

  test("each refusal says what to do next and holds no byte of the seed", () => {
    const refused = plan(C302, { bytes: 64 });
    expect(JSON.stringify(refused).toLowerCase()).not.toContain("5a5a");
    expect(refused.ok ? [] : refused.refusals.filter(({ next }) => next.length < 10)).toEqual([]);
  });
});

describe("setting the clock alone", () => {
  const settings = { algorithm: "SHA256", period: 60 } as const;
  const policy = { now: NOW };

  test("keeps the seed where the model keeps it", () => {
    const made = planClockSync({ token: tokenOf(C302, 90), settings, policy });
    if (!made.ok) throw new Error("refused");
    expect(made.destroys).toEqual([]);
    expect(made.steps.map(({ name }) => name)).toEqual(["authenticate", "write-configuration"]);
    expect(made.parameters).toMatchObject({ algorithm: "SHA256", period: 60 });
  });

  test("needs consent that names the loss where the model forgets the seed", () => {
    const refused = planClockSync({ token: tokenOf(P2, 90), settings, policy });
    expect(codes(refused)).toEqual(["burn/clears-seed"]);
    expect(refused.ok ? "" : refused.refusals[0]!.message).toContain("erases the seed");
    const agreed = planClockSync({ token: tokenOf(P2, 90), settings, policy, eraseSeed: true });
    expect(agreed.ok && agreed.destroys).toEqual(["the seed that is in the token now"]);
  });

  test("never writes an unknown model", () => {
    const refused = planClockSync({
      token: tokenOf("12345678901234"),
      settings,
      policy,
      eraseSeed: true,
    });
    expect(codes(refused)).toEqual(["burn/unknown-model"]);
  });
});
