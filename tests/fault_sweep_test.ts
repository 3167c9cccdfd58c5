import { describe, expect, test } from "vitest";
import { driverCases, type DriverSetup, runCases } from "@otpsmith/conformance";
import { token2Molto2 } from "@otpsmith/core/drivers/token2_molto2";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { tokensUnderTest } from "@otpsmith/simulator";
import { slimSetup } from "../packages/conformance/testdata/protectimus_slim.ts";
import { SECURITY_KEYS } from "../packages/conformance/testdata/security_keys.ts";

const WANTS_ERASE = { molto2: { wantsErase: true } };
const sweeps = driverCases.filter(({ id }) => id.startsWith("driver/faults/"));

async function sweepAll(
  name: string,
  id: string,
  setup: DriverSetup,
): Promise<void> {
  const cases = sweeps.filter((one) => one.id === id);
  for await (const result of runCases(cases, { setup: () => Promise.resolve(setup) })) {
    expect(result, JSON.stringify(result)).toMatchObject({ outcome: "kept" });
    if (result.outcome === "kept") console.log(`${id}, ${name}: ${result.note}`);
  }
}

// One model that keeps its seed when settings are written, one that forgets it, and one with many seeds
// that takes no second one before the first is erased.
describe.each([
  { model: "token2-single:C302-i", driver: token2Single() },
  { model: "token2-single:OTPC-P2-i", driver: token2Single() },
  { model: "token2-molto2:Molto2v2", driver: token2Molto2(), personality: WANTS_ERASE },
])("$model", ({ model, driver, personality }) => {
  test.each(sweeps)("$id: $title", async ({ id }) => {
    await sweepAll(model, id, { driver, tokens: tokensUnderTest({ model, personality }) });
  }, 120_000);
});

test("protectimus_slim: setting the clock ends, whatever goes wrong wherever", async () => {
  await sweepAll("protectimus_slim", "driver/faults/clock-sync", await slimSetup());
}, 120_000);

// Security keys have no clock, so there is one burn. Over HID each report is an exchange.
test.each(SECURITY_KEYS)("$name: a burn ends, whatever goes wrong wherever", async (key) => {
  const { name, tokens, ...setup } = key;
  await sweepAll(name, "driver/faults/burn-sync", { ...setup, tokens: tokensUnderTest(tokens) });
}, 240_000);
