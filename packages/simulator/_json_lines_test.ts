import { expect, test } from "vitest";
import { lineOf } from "./_json_lines.ts";

const TEXT = `{
  "a": [1, "x]}", {
    "b\\"c": null,
    "d": {}
  }, []],
  "e": -1.5e3, "a.b": true,
  "e": 2
}`;

test.each([
  ["", 1],
  ["a", 2],
  ["a[1]", 2],
  ["a[2]", 2],
  ['a[2].b"c', 3],
  ["a[2].d", 4],
  ["a[3]", 5],
  ["a.b", 6],
  ["e", 7],
  ["f", undefined],
  ["a[4]", undefined],
])("%s is on line %s", (path, line) => {
  expect(lineOf(TEXT, path)).toBe(line);
});

test("a text of one value", () => {
  expect(lineOf("\n 7", "")).toBe(2);
});
