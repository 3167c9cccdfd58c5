import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import {
  COMMAND_BYTES,
  decodeCommand,
  decodeRequest,
  encodeImport,
  encodeList,
  encodeSubmitReply,
  encodeUnlinkReply,
} from "./messages.ts";

// Bytes as in the examples of Linux, Documentation/usb/usbip_protocol.rst.
describe("as in the protocol's document", () => {
  test("the request for a list, and for a device", () => {
    expect(decodeRequest(decodeHex("0111800500000000"))).toEqual({ kind: "list" });
    const id = "332D3200" + "00".repeat(28);
    expect(decodeRequest(decodeHex(`0111800300000000${id}`))).toEqual({
      kind: "import",
      busId: "3-2",
    });
  });

  test("a transfer in and a transfer out", () => {
    const incoming = "00000001 00000d05 0001000f 00000001 00000001 00000200 00000040 ffffffff" +
      "00000000 00000004 00000000 00000000";
    expect(decodeCommand(decodeHex(incoming))).toMatchObject({
      kind: "submit",
      sequence: 0xd05,
      direction: "in",
      endpoint: 1,
      length: 64,
    });
    const outgoing = "00000001 00000d06 0001000f 00000000 00000001 00000000 00000040 ffffffff" +
      "00000000 00000004 00000000 00000000";
    expect(decodeCommand(decodeHex(outgoing))).toMatchObject({ direction: "out", length: 64 });
  });

  test("the answers to them", () => {
    const data = decodeHex("FFFFFFFF860008A784CE5AE212376300");
    expect(encodeHex(encodeSubmitReply(0xd05, { status: 0, actual: 16, data }))).toBe(
      "0000000300000D05000000000000000000000000" + "0000000000000010" + "00".repeat(20) +
        "FFFFFFFF860008A784CE5AE212376300",
    );
    expect(encodeHex(encodeSubmitReply(0xd06, { status: 0, actual: 64 }))).toBe(
      "0000000300000D06" + "00".repeat(12) + "0000000000000040" + "00".repeat(20),
    );
    expect(encodeHex(encodeUnlinkReply(7, -104))).toBe(
      "0000000400000007" + "00".repeat(12) + "FFFFFF98" + "00".repeat(24),
    );
  });

  test("a device that is told, and one that is refused", () => {
    const device = decodeHex("120100020B01024034120378050001020301");
    const told = {
      busId: "1-2",
      bus: 1,
      number: 3,
      speed: 2,
      device,
      interfaces: [{ number: 0, alternate: 0, kind: [3, 1, 2] as const, endpoints: [] }],
    };
    const list = encodeHex(encodeList([told]));
    expect(list.slice(0, 24)).toBe("011100050000000000000001");
    const record = list.slice(24, 24 + 2 * 312);
    expect(record.slice(2 * 256, 2 * 260)).toBe("312D3200");
    expect(record.slice(2 * 288)).toBe(
      "000000010000000300000002" + "123478030005" + "0B0102010101",
    );
    expect(list.slice(24 + 2 * 312)).toBe("03010200");
    expect(encodeHex(encodeImport(told))).toBe(`0111000300000000${record}`);
    expect(encodeHex(encodeImport(4))).toBe("0111000300000004");
  });
});

test("any bytes are a request, too few of them, or wrong", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    const request = decodeRequest(bytes);
    if (request === "wrong" || "kind" in request) return;
    expect(request.needs).toBeGreaterThan(bytes.length);
  }));
});

test("any 48 bytes are a command or wrong", () => {
  const bytes = fc.uint8Array({ minLength: COMMAND_BYTES, maxLength: COMMAND_BYTES });
  fc.assert(fc.property(bytes, fc.constantFrom(1, 2, 3), (given, first) => {
    const command = decodeCommand(Uint8Array.of(0, 0, 0, first, ...given.subarray(4)));
    expect(command === "wrong").toBe(first === 3);
  }));
});
