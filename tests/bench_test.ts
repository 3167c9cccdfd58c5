import { describe, expect, test } from "vitest";
import { compare, contest, quantile, turn } from "../bench/_contest.mjs";
import { table, verdict } from "../bench/_report.mjs";
import { agreed } from "../bench/_scan_folder.mjs";
import { aims, Score } from "../bench/_scan_score.mjs";

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

describe("score of readers", () => {
  const score = new Score(["ours", "a", "b"]);
  const sight = (...texts: string[]) => ({ texts, ms: 2 });
  const facts = { count: 16, share: 4 };
  const of = (category: string, ...codes: [text: string, level: string][]) => ({
    category,
    facts,
    width: 1000,
    height: 500,
    codes: codes.map(([text, level]) => ({ text, level })),
  });
  score.add(of("many", ["one", "L"], ["two", "M"]), {
    ours: sight("one", "two"),
    a: sight("one"),
    b: sight("one", "one", "three"),
  });
  score.add(of("cover_edge", ["four", "L"]), { ours: sight("fuor"), a: sight("four"), b: sight() });
  score.add(of("cover_edge", ["five", "M"]), { ours: sight(), a: sight("five"), b: sight() });

  test("counts each text once, and what is not there as wrong", () => {
    expect(score.of("ours")).toEqual({ codes: 4, read: 2, wrong: 1, ms: 6, megapixels: 1.5 });
    expect(score.of("b", "many")).toEqual({ codes: 2, read: 1, wrong: 1, ms: 2, megapixels: 0.5 });
    expect(score.best(["a", "b"])).toEqual({ name: "a", read: 3 });
  });

  test("each aim is missed by what it forbids", () => {
    const rows = aims(score, { product: "ours", own: "b", libraries: ["a", "b"] });
    expect(rows.map(({ name, measured, peer, aim }) => [name, measured, peer, aim])).toEqual([
      ["kinds of pictures in which some library reads more: cover_edge", 1, 2, 0],
      ["codes not read, against the best library by itself (a)", 2, 1, 0.999],
      ["wrong reads of ours, of all its reads", 1, 3, 0],
      ["wrong reads of b, of all its reads", 1, 2, 0],
      ["not read: all codes", 2, 4, 0.06],
      ["not read: screenshots with whole pixels a module", 0, 0, undefined],
      ["not read: covered by up to 8 % anywhere, level M and above", 1, 1, 0.02],
      ["not read: contrast of 6 levels and more", 0, 0, undefined],
      ["not read: sixteen codes on a 1080p screen", 0, 2, 0],
      ["not read: terminal half blocks", 0, 0, undefined],
      ["not read: 1.25 px a module", 0, 0, undefined],
    ]);
    expect(rows.map(verdict)).toEqual(
      ["MISS", "MISS", "MISS", "MISS", "MISS", "", "MISS", "", "PASS", "", ""],
    );
  });

  test("the table rounds down: 100 % are all of them", () => {
    const lines = score.table(new Map([["many", "several"]])).split("\n");
    expect(lines.map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ["% of codes read", "codes", "ours", "a", "b"],
      ["several", "2", "100", "50", "50"],
      ["cover_edge", "2", "0", "100", "0"],
      ["all", "4", "50", "75", "25"],
      ["codes read", "2", "3", "1"],
      ["wrong reads", "1", "0", "1"],
      ["ms per megapixel", "4.0", "4.0", "4.0"],
    ]);
  });

  test("where nobody wrote down what a picture shows, two families have to agree", () => {
    const families = { "zxing": "zxing", "zxing again": "zxing", "zbar": "zbar" };
    const sights = {
      "zxing": sight("both", "one family"),
      "zxing again": sight("one family"),
      "zbar": sight("both"),
      "ours": sight("one family", "ours alone"),
    };
    expect(agreed(sights, families)).toEqual([{ text: "both", level: "" }]);
  });
});
