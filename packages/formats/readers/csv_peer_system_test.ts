// Apart from the other tests: the library wants Node, and its bundle for browsers does not run in Deno.
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8 } from "../testdata/bytes.ts";
import { rowsOf } from "./_csv_rows.ts";
import { Input } from "./_place.ts";

/** The rows of a text, as strings. */
function rows(text: string, separator = ","): readonly (readonly string[])[] {
  const bytes = utf8(text);
  const input = new Input(bytes, { kind: "csv", what: "CSV file", source: "file" });
  return [...rowsOf(bytes, separator.charCodeAt(0), input)].map(({ cells }) =>
    cells.map((cell) => new TextDecoder().decode(cell.bytes))
  );
}

test("rows are those that the library csv-parse finds", () => {
  const plain = fc.string({ unit: fc.constantFrom(..."ab1é🔑=+"), maxLength: 6 });
  const quoted = fc.string({ unit: fc.constantFrom(...'a",;\n\r 1'), maxLength: 6 })
    .map((text) => `"${text.replaceAll('"', '""')}"`);
  const row = fc.array(fc.oneof(plain, quoted), { minLength: 1, maxLength: 5 });
  const end = fc.constantFrom("\n", "\r\n");
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 6 }),
      end,
      fc.constantFrom(",", ";"),
      (all, end, sep) => {
        const text = all.map((cells) => cells.join(sep)).join(end);
        const theirs = parse(text, {
          delimiter: sep,
          relax_column_count: true,
          record_delimiter: end,
        }) as unknown as string[][];
        const isEmpty = (cells: readonly string[]): boolean =>
          cells.join("") === "" && cells.length < 2;
        expect(rows(text, sep)).toEqual(theirs.filter((cells) => !isEmpty(cells)));
      },
    ),
    { numRuns: 1000 },
  );
});
