import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { goldenCcid } from "../../../tests/golden/ccid.ts";
import { type Block, decodeBlock, encodeBlock } from "./block.ts";
import { fuzzRuns } from "../testdata/fuzz_runs.ts";

test.each(goldenCcid.t1)("golden bytes: $name", ({ bytes, check, data, nad }) => {
  const block = decodeBlock(decodeHex(bytes), check);
  if (nad !== 0) return expect(block).toBe("malformed");
  expect(block).toBeTypeOf("object");
  expect(encodeHex(encodeBlock(block as Block, check))).toBe(bytes);
  if ((block as Block).kind === "I") expect(block).toMatchObject({ data: decodeHex(data) });
  const damaged = decodeHex(bytes);
  damaged[1]! ^= 1;
  expect(decodeBlock(damaged, check)).toBe("damaged");
});

describe("no blocks", () => {
  test.each([
    ["shorter than its head", "000000"],
    ["nothing", ""],
    ["a length that is not the data's", "000002AAA8"],
    ["another node", "12000012"],
    ["reserved bits of an I-block", "00010001"],
    ["reserved bits of an R-block", "00A000A0"],
    ["an error code that there is not", "00830083"],
    ["an R-block with data", "008001AA2B"],
    ["a supervision that there is not", "00C400C4"],
    ["IFS without its size", "00C100C1"],
    ["resynchronisation with data", "00C001AA6B"],
  ])("%s", (_, bytes) => expect(decodeBlock(decodeHex(bytes), "lrc")).toBe("malformed"));
});

const sequence = fc.constantFrom(0, 1);
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({
    kind: fc.constant("I" as const),
    sequence: sequence as fc.Arbitrary<0 | 1>,
    more: fc.boolean(),
    data: fc.uint8Array({ maxLength: 254 }),
  }),
  fc.record({
    kind: fc.constant("R" as const),
    sequence: sequence as fc.Arbitrary<0 | 1>,
    error: fc.constantFrom("none" as const, "check" as const, "other" as const),
  }),
  fc.record({
    kind: fc.constant("S" as const),
    what: fc.constantFrom("ifs" as const, "wtx" as const),
    response: fc.boolean(),
    value: fc.nat(255),
  }),
  fc.record({
    kind: fc.constant("S" as const),
    what: fc.constantFrom("resync" as const, "abort" as const),
    response: fc.boolean(),
    value: fc.constant(undefined),
  }),
);

test("every block can be read again, and any bytes are a block or none", () => {
  let inputs = 0;
  const check = fc.constantFrom("lrc" as const, "crc" as const);
  fc.assert(fc.property(block, check, (given, end) => {
    expect(decodeBlock(encodeBlock(given, end), end)).toEqual(given);
  }));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), check, (bytes, end) => {
      inputs++;
      decodeBlock(bytes, end);
    }),
    fuzzRuns(2000),
  );
  console.info(`T=1 blocks: ${inputs} inputs`);
});

test("255 bytes are too many", () => {
  const long = { kind: "I", sequence: 0, more: false, data: new Uint8Array(255) } as const;
  expect(() => encodeBlock(long, "lrc")).toThrow(RangeError);
});
