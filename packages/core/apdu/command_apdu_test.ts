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
  [{ data: Uint8Array.of(0xaa) }, "8041010201AA"],
  [{ data: Uint8Array.of(0xaa), le: 16 }, "8041010201AA10"],
])("short form %o", (rest, wanted) => {
  expect(encodeHex(encodeCommand({ ...header, ...rest }))).toBe(wanted);
});

test("what does not fit is refused", () => {
  expect(() => encodeCommand({ ...header, data: new Uint8Array(256) })).toThrow(RangeError);
  expect(() => encodeCommand({ ...header, le: 0 })).toThrow(RangeError);
  expect(() => encodeCommand({ ...header, le: 257 })).toThrow(RangeError);
});

test("any bytes are an answer or a project error", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    try {
      const { data, status } = decodeResponse(bytes, { command: "test" });
      expect(data.length).toBe(bytes.length - 2);
      expect(status).toBeLessThanOrEqual(0xffff);
    } catch (error) {
      expect(error).toMatchObject({ code: "token/garbled" });
      expect(bytes.length).toBeLessThan(2);
    }
  }));
});

test("status words are shown with their meaning where there is one", () => {
  expect(describeStatus(0x6983)).toBe("6983 (authentication refused)");
  expect(describeStatus(0x0001)).toBe("0001");
});
