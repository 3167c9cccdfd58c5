import { describe, expect, test } from "vitest";
import { compare, contest, quantile, turn } from "../bench/_contest.mjs";
import { table, verdict } from "../bench/_report.mjs";

// A measurement that cannot be wrong is worth nothing: what turns times into PASS and MISS is tested here.

describe("turn", () => {
  test.each([2, 3, 4, 5])(
    "of %i contestants: each begins equally often, before and after each other",
    (count) => {
      const all = Array.from({ length: count }, (_, i) => i);
      const rounds = Array.from({ length: 2 * count }, (_, round) => turn(all, round));
      for (const order of rounds) expect([...order].sort()).toEqual(all);
      for (const one of all) {
        expect(rounds.filter(([first]) => first === one).length).toBe(2);
        for (const other of all.filter((i) => i !== one)) {
          expect(rounds.filter((order) => order.indexOf(one) < order.indexOf(other)).length).toBe(
            count,
          );
        }
      }
    },
  );
});

test("contest lets one run at a time, each once a round, and keeps what it measured by round", async () => {
  const log: string[] = [];
  const runner = (name: string) => {
    let round = 0;
    return async () => {
      log.push(`+${name}`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`-${name}`);
      return round++;
    };
  };
  const measured = await contest({ a: runner("a"), b: runner("b") }, { rounds: 3, patienceMs: 0 });
  expect(measured).toEqual({ a: [0, 1, 2], b: [0, 1, 2] });
  expect(log.join("")).toBe("+a-a+b-b" + "+b-b+a-a" + "+b-b+a-a");
});

test.each([[[7], 0.5, 7], [[3, 1, 2], 0.5, 2], [[4, 1, 3, 2], 0.5, 2.5], [
  [1, 2, 3, 4, 5],
  0.25,
  2,
]])(
  "quantile(%j, %f) is %f",
  (values, part, expected) => {
    const before = [...values];
    expect(quantile(values, part)).toBe(expected);
    expect(values).toEqual(before);
  },
);

test("compare looks within a round: a machine that slows down changes no ratio", () => {
  const slower = [1, 1, 10, 100, 1];
  const peer = slower.map((factor) => 2 * factor);
  const mine = slower.map((factor) => 3 * factor);
  expect(compare(mine, peer)).toEqual({
    measured: 3,
    peer: 2,
    ratio: 1.5,
    quartiles: [1.5, 1.5],
    rounds: 5,
  });
});

test("compare is not moved by one disturbed round", () => {
  expect(compare([2, 2, 900, 2, 2], [1, 1, 1, 1, 500]).ratio).toBe(2);
});

describe("report", () => {
  const row = {
    name: "x",
    unit: "ms",
    measured: 3,
    peer: 2,
    quartiles: [1, 2] as const,
    rounds: 9,
  };

  test.each([[1.8, 1.8, "PASS"], [1.8001, 1.8, "MISS"], [9, undefined, ""]])(
    "a ratio of %f against an aim of %s: %s",
    (ratio, aim, word) => {
      expect(verdict({ ratio, aim })).toBe(word);
      expect(table([{ ...row, ratio, aim }]).split("\n")[1]?.match(/PASS|MISS/)?.[0] ?? "").toBe(
        word,
      );
    },
  );
});
