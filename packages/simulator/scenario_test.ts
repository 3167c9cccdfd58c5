import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { FormatError } from "@otpsmith/core/errors";
import { loadScenario } from "./scenario.ts";

const FULL = `{
  "schemaVersion": 1,
  "readers": ["Desk", "Shelf", "Empty"],
  "tokens": [
    {
      "model": "token2-single:c302-i",
      "serial": "86596321234567",
      "reader": "Desk",
      "state": "desk.json",
      "restricted": true,
      "clock": { "offsetSeconds": -40, "ppm": 12.5 },
      "personality": { "sleepy": true, "slowMs": 20, "reader": "6C", "info": "tagged", "lockAfter": 5 },
      "faults": [
        { "kind": "lose-after", "at": 4, "returns": false },
        { "kind": "garble", "answer": "9000" },
        { "kind": "refuse", "at": 7, "status": "6581" },
        { "kind": "torn-write", "steps": 1 },
        { "kind": "delay", "milliseconds": 300 },
        { "kind": "hang" }
      ],
      "hands": { "on": false, "placed": true }
    },
    { "model": "token2-single:unknown", "serial": "12345678901234" }
  ]
}`;

const load = (text: string) => loadScenario(text, { source: "bench.json" });

function refusal(text: string): FormatError {
  try {
    load(text);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

test("everything that a file may say", () => {
  const { readers, tokens, source } = load(FULL);
  expect([source, ...readers]).toEqual(["bench.json", "Desk", "Shelf", "Empty"]);
  expect(tokens[0]).toEqual({
    model: "token2-single:C302-i",
    serial: "86596321234567",
    reader: "Desk",
    state: "desk.json",
    restricted: true,
    clock: { offsetSeconds: -40, ppm: 12.5 },
    personality: { sleepy: true, slowMs: 20, reader: "6C", info: "tagged", lockAfter: 5 },
    faults: [
      { kind: "lose-after", at: 4, returns: false },
      { kind: "garble", answer: Uint8Array.of(0x90, 0) },
      { kind: "refuse", at: 7, status: 0x6581 },
      { kind: "torn-write", steps: 1 },
      { kind: "delay", milliseconds: 300 },
      { kind: "hang" },
    ],
    reportFaults: [],
    hands: { on: false, placed: true },
  });
  expect(tokens[1]).toMatchObject({
    reader: undefined,
    hands: { on: true, placed: true },
    faults: [],
  });
});

test("readers that tokens lie on need no list", () => {
  const tokens = `[
    { "model": "token2-single:C302-i", "reader": "A" },
    { "model": "token2-single:C301-i", "reader": "B" },
    { "model": "token2-single:C301-i" }]`;
  expect(load(`{ "schemaVersion": 1, "tokens": ${tokens} }`).readers).toEqual(["A", "B"]);
});

describe("refuses with place and line", () => {
  test.each([
    ['"86596321234567"', '"8659632"', 7, "tokens[0].serial", "14 digits are wanted"],
    ['"86596321234567"', '"86596101234567"', 7, "tokens[0].serial", "that is a serial number of"],
    ["c302-i", "C999-i", 6, "tokens[0].model", "there is no such model. Known are token2-single:"],
    ['"Desk", "Shelf"', '"Desk", "Desk"', 3, "readers[1]", "the name is used twice"],
    [
      '"reader": "Desk"',
      '"reader": "Dusk"',
      8,
      "tokens[0].reader",
      "there is no reader of that name",
    ],
    [
      '"restricted": true',
      '"restricted": 1',
      10,
      "tokens[0].restricted",
      "true or false is wanted",
    ],
    ["12.5", '"fast"', 11, "tokens[0].clock.ppm", "a number from -100000 to 100000 is wanted"],
    ["-40", "-40.5", 11, "tokens[0].clock.offsetSeconds", "a whole number"],
    ["sleepy", "sleeepy", 12, "tokens[0].personality.sleeepy", 'not known here, "sleepy", '],
    ['"6C"', '"6D"', 12, "tokens[0].personality.reader", 'one of "61", "6C" is wanted'],
    ['"lose-after"', '"loose"', 14, "tokens[0].faults[0].kind", 'one of "lose-before", '],
    ['"at": 4', '"at": 0', 14, "tokens[0].faults[0].at", "a whole number from 1 to"],
    ['"answer": "9000"', '"answer": "90"', 15, "tokens[0].faults[1].answer", "2 to 258 bytes"],
    ['"answer"', '"status"', 15, "tokens[0].faults[1].status", 'not known here, "at", "kind", '],
    ['"6581"', '"65"', 16, "tokens[0].faults[2].status", "a status word of 4"],
    [', "milliseconds": 300', "", 18, "tokens[0].faults[4].milliseconds", "it is missing"],
    ['"model": "token2-single:unknown", ', "", 23, "tokens[1].model", "it is missing"],
    [', "serial": "12345678901234"', "", 23, "tokens[1]", "it needs a serial number"],
    [
      '"12345678901234"',
      '"12345678901234", "reader": "Desk"',
      23,
      "tokens[1].reader",
      "another token",
    ],
    [
      '"schemaVersion": 1',
      '"schemaVersion": 2',
      2,
      "schemaVersion",
      "this release reads version 1",
    ],
    ['"schemaVersion": 1,', "", 1, "schemaVersion", "it is missing"],
  ])("%s → %s", (good, bad, line, path, state) => {
    expect(FULL).toContain(good);
    const error = refusal(FULL.replace(good, bad));
    expect(error.message).toContain(
      `Cannot read scenario "bench.json": ${path} (line ${line}): ${state}`,
    );
    expect(error).toMatchObject({ code: "format/scenario", line });
    expect(error.next).toContain("docs/simulator.md");
  });

  test("what is not JSON, or not an object", () => {
    expect(refusal("{").message).toBe('Cannot read scenario "bench.json": it is not JSON');
    expect(refusal("[]").message).toContain("the file (line 1): an object is wanted");
  });
});

test("any text: a scenario or that error, and a line that is in the text", () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.tuple(fc.nat({ max: FULL.length }), fc.nat({ max: 6 }), fc.string({ maxLength: 4 })).map((
      [at, cut, put],
    ) => FULL.slice(0, at) + put + FULL.slice(at + cut)),
  );
  fc.assert(
    fc.property(text, (text) => {
      try {
        load(text);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        expect(error.line ?? 1).toBeLessThanOrEqual(text.split("\n").length);
      }
    }),
    { numRuns: 1000 },
  );
});
