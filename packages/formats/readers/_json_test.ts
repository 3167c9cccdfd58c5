import { FormatError } from "@otpsmith/core/errors";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../testdata/bytes.ts";
import { type JsonValue, readJson } from "./_json.ts";
import { Input } from "./_place.ts";

const inputOf = (bytes: Uint8Array): Input =>
  new Input(bytes, { kind: "aegis", what: "export", source: "file" });
const read = (text: string): JsonValue => readJson(utf8(text), inputOf(utf8(text)));

/** The value as JSON.parse would give it. */
function plain(value: JsonValue): unknown {
  if (value.kind === "array") return value.items.map(plain);
  if (value.kind === "string") return value.text;
  if (value.kind === "object") {
    // Null fields are left out by get(), which is what the readers want.
    return Object.fromEntries(value.names.map((name) => {
      const field = value.get(name);
      return [name, field ? plain(field) : null];
    }));
  }
  return JSON.parse(value.text);
}

describe("the JSON reader", () => {
  test("reads what JSON.parse reads", () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      const again = JSON.parse(text);
      expect(plain(read(text))).toEqual(again);
    }));
  });

  test("refuses what JSON.parse refuses", () => {
    const pieces = fc.constantFrom(
      ...'{ } [ ] , : " \\ \\u0041 \\ud83d\\ude00 \\x a 1 -0 01 1e5 . null true 1.5E+3 é \n \t'
        .split(
          " ",
        ),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }).map((all) => all.join("")), (text) => {
        const parse = (call: () => unknown): unknown => {
          try {
            return [call()];
          } catch (error) {
            return error instanceof SyntaxError ? undefined : error;
          }
        };
        const [theirs, ours] = [parse(() => JSON.parse(text)), parse(() => plain(read(text)))];
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 3000 },
    );
  });

  test("undoes escapes", () => {
    const escapes = '"a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\u00e9"';
    expect(read(escapes).text).toBe('a"\\/\b\f\n\r\t\u00e9\u{1f600}\u00e9');
    expect(read('"\\ud800x"').text).toBe("\ufffdx");
  });

  test.each([
    ['{"a":1,"a":2}', 7, 1, "given twice"],
    ['{\n"a" 1}', 6, 2, "colon"],
    ["[1,\n\n2", 6, 3, "ends too early"],
    ['["a', 1, 1, "inside a string"],
    ["[01]", 1, 1, "number"],
    ["[1] x", 4, 1, "follows the end"],
    ["", 0, 1, "ends too early"],
  ])("%s: position %i, line %i, %s", (text, position, line, state) => {
    expect(() => read(text)).toThrow(FormatError);
    try {
      read(text);
    } catch (error) {
      expect(error).toMatchObject({ position, line, message: expect.stringContaining(state) });
    }
  });

  test("nesting and number of values are bounded", () => {
    expect(() => read("[".repeat(100_000))).toThrow(/nested deeper/);
    expect(() => read(`[${"0,".repeat(300_001)}0]`)).toThrow(/more than 300000 values/);
  });
});
