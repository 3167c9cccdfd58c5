import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeHex } from "../bytes/mod.ts";
import { encodeCommand } from "./command_apdu.ts";
import { decodeResponse } from "./response_apdu.ts";
import { describeStatus } from "./status.ts";

const header = { cla: 0x80, ins: 0x41, p1: 0x01, p2: 0x02 };

test.each([
  [{}, "8041010200"],
  [{ le: 256 }, "8041010200"],
  [{ le: 8 }, "8041010208"],
  [{ le: 1 }, "8041010201"],
  [{ data: Uint8Array.of(0xaa) }, "8041010201AA"],
  [{ data: Uint8Array.of(0xaa), le: 16 }, "8041010201AA10"],
])("short form %o", (rest, wanted) => {
  expect(encodeHex(encodeCommand({ ...header, ...rest }))).toBe(wanted);
});

test("255 bytes of data fit", () => {
  const bytes = encodeCommand({ ...header, data: new Uint8Array(255).fill(0xaa) });
  expect(encodeHex(bytes)).toBe(`80410102FF${"AA".repeat(255)}`);
});

test.each([
  ["data of 256 bytes, 255 fit", { data: new Uint8Array(256) }],
  ["Le is 0, 1 to 256 is possible", { le: 0 }],
  ["Le is 257, 1 to 256 is possible", { le: 257 }],
  ["Le is NaN, 1 to 256 is possible", { le: NaN }],
])("what does not fit is refused: %s", (says, rest) => {
  expect(() => encodeCommand({ ...header, ...rest }))
    .toThrow(new RangeError(`Cannot encode command: ${says}`));
});

test("any bytes are an answer or a project error", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    try {
      const { data, status } = decodeResponse(bytes, { command: "test" });
      expect(data.length).toBe(bytes.length - 2);
      expect(status).toBeLessThanOrEqual(0xffff);
    } catch (error) {
      expect(error).toMatchObject({
        code: "token/garbled",
        message: `Cannot test: the answer has ${bytes.length} bytes and no status word`,
      });
      expect(bytes.length).toBeLessThan(2);
    }
  }));
});

// ISO 7816-4:2020, 5.6, tables 6 and 7, in the words of this project.
test.each([
  [0x9000, "9000 (done)"],
  [0x6300, "6300 (authentication failed)"],
  [0x6581, "6581 (memory failure)"],
  [0x6700, "6700 (wrong length)"],
  [0x6982, "6982 (not authenticated)"],
  [0x6983, "6983 (authentication refused)"],
  [0x6984, "6984 (reference data not usable)"],
  [0x6985, "6985 (conditions not satisfied)"],
  [0x6a80, "6A80 (wrong data)"],
  [0x6a81, "6A81 (function not supported)"],
  [0x6a82, "6A82 (not found)"],
  [0x6a83, "6A83 (record not found)"],
  [0x6a84, "6A84 (no space left)"],
  [0x6a86, "6A86 (wrong parameters)"],
  [0x6d00, "6D00 (unknown instruction)"],
  [0x6e00, "6E00 (unknown class)"],
  [0x6f00, "6F00 (failure without a diagnosis)"],
  [0x0001, "0001"],
  [0xabcd, "ABCD"],
])("status word %i, with its meaning where there is one: %s", (status, shown) => {
  expect(describeStatus(status)).toBe(shown);
});
