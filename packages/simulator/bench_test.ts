import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ManualTime } from "@otpsmith/core/time";
import { createBench } from "./bench.ts";
import { memoryTransport } from "./expose/memory_transport.ts";
import { loadScenario } from "./scenario.ts";
import { say } from "./testdata/host.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "otpsmith-bench-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function bench(tokens: unknown, readers?: readonly string[]) {
  const text = JSON.stringify({ schemaVersion: 1, readers, tokens });
  const time = new ManualTime(1_700_000_000_000);
  return createBench(loadScenario(text, { source: "test" }), { folder, time });
}

test("tokens lie on their readers, each with a serial number of its own", async () => {
  const { readers, tokens } = bench([
    { model: "token2-single:C302-i", reader: "B" },
    { model: "token2-single:C302-i", reader: "A", clock: { offsetSeconds: 60 } },
    { model: "token2-single:C301-i" },
  ], ["A", "B", "C"]);
  expect(tokens.map(({ serial }) => serial))
    .toEqual(["86596320000001", "86596320000002", "86596100000001"]);
  expect(readers.map(({ name, token }) => `${name} ${token?.serial}`))
    .toEqual(["A 86596320000002", "B 86596320000001", "C undefined"]);
  const endpoints = await memoryTransport({ readers }).list();
  expect(endpoints.map(({ facts }) => facts.card)).toEqual(["present", "present", "absent"]);
  expect(await say(tokens[1]!.card, "8041000000")).toContain(
    (1_700_000_060).toString(16).toUpperCase(),
  );
});

test("two tokens with the same serial number are possible, if asked for", () => {
  const model = "token2-single:C302-i";
  const serial = "86596320000009";
  const { tokens } = bench([{ model, serial, reader: "A" }, { model, serial, reader: "B" }]);
  expect(tokens.map((token) => token.serial)).toEqual([serial, serial]);
});

test("hands, faults and personality are as the scenario says", async () => {
  const model = "token2-single:C302-i";
  const { tokens } = bench([
    { model, hands: { on: false } },
    { model, hands: { placed: false } },
    { model, faults: [{ kind: "refuse", at: 2, status: "6A01" }] },
    { model, personality: { reader: "61" } },
    { model, personality: { sleepy: true } },
  ]);
  expect(tokens.map(({ card }) => card.present)).toEqual([false, false, true, true, true]);
  expect([tokens[0]!.hands.placed, tokens[1]!.hands.on]).toEqual([true, true]);
  expect(await say(tokens[2]!.card, "8041000000")).toMatch(/9000$/);
  expect(await say(tokens[2]!.card, "8041000000")).toBe("6A01");
  expect(await say(tokens[3]!.card, "8041000000")).toBe("6118");
});

test("state files are relative to the folder; one that cannot be used is an error", () => {
  const tokens = [{ model: "token2-single:C302-i", state: "desk.json" }];
  bench(tokens);
  expect(readdirSync(folder)).toEqual(["desk.json"]);
  bench(tokens);
  writeFileSync(join(folder, "desk.json"), "{}");
  expect(() => bench(tokens)).toThrow(`Cannot read token state "${join(folder, "desk.json")}"`);
});

test("faults of reports strike the HID interfaces; faults that can never strike are refused", async () => {
  const [fault] = [{ kind: "refuse", at: 1 }];
  const { tokens } = bench([{ model: "nitrokey:pro", reportFaults: [fault] }]);
  const { reports: [reports], reportFaults } = tokens[0]!;
  const passing = reportFaults.fromToken(() => reports!.getFeature?.(0));
  await expect(passing).rejects.toThrow(/stalls/);
  expect(reportFaults.struck).toMatchObject([fault]);
  expect(() => bench([{ model: "nitrokey:pro", faults: [fault] }])).toThrow(
    "tokens[0].faults: nitrokey:pro has no smart card: write reportFaults",
  );
  expect(() => bench([{ model: "token2-single:C302-i", reportFaults: [fault] }])).toThrow(
    "tokens[0].reportFaults: token2-single:C302-i has no HID interface: write faults",
  );
});
