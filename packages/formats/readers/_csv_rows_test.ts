import { describe, expect, test } from "vitest";
import { utf8 } from "../testdata/bytes.ts";
import { separatorOf } from "./_csv_rows.ts";

describe("separators", () => {
  test.each([
    ["a,b\n", ","],
    ["a;b,c;d\n", ";"],
    ["a\tb\n", "\t"],
    ["a|b\n", "|"],
    ['"a,b,c";d\n', ";"],
    ["# x;y;z\na,b\n", ","],
    ["sep=|\na,b|c\n", "|"],
    ["abc\n", undefined],
  ])("separator of %j is %j", (text, separator) => {
    expect(separatorOf(utf8(text))).toBe(separator?.charCodeAt(0));
  });
});
