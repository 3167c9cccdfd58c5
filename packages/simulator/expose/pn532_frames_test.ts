import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex } from "@otpsmith/core/bytes";
import { chipFrame, type HostFrame, HostFrameReader } from "./pn532_frames.ts";

const read = (...chunks: readonly Uint8Array[]): HostFrame[] => {
  const reader = new HostFrameReader();
  return chunks.flatMap((chunk) => reader.push(chunk));
};

// Control frames and GetFirmwareVersion as in NXP UM0701-02, sections 6.2.1 and 7.2.2; SAMConfiguration and
// InListPassiveTarget as in DFRobot's list of commands for its DFR0231.
describe("golden frames", () => {
  test.each([
    ["00 00 FF 02 FE D4 02 2A 00", 0x02, ""],
    ["00 00 FF 03 FD D4 14 01 17 00", 0x14, "01"],
    ["00 00 FF 04 FC D4 4A 01 00 E1 00", 0x4a, "01 00"],
    ["00 00 FF FF FF 00 04 FC D4 4A 01 00 E1 00", 0x4a, "01 00"], // the same as an extended frame
  ])("%s", (frame, code, content) => {
    expect(read(decodeHex(frame))).toEqual([
      { kind: "command", code, content: decodeHex(content) },
    ]);
  });

  test.each([
    [0x02, "32 01 06 07", "00 00 FF 06 FA D5 03 32 01 06 07 E8 00"],
    [0x14, "", "00 00 FF 02 FE D5 15 16 00"],
  ])("answer to %i", (code, content, frame) => {
    expect(chipFrame(code, decodeHex(content))).toEqual(decodeHex(frame));
  });

  test("an answer of 254 bytes is extended", () => {
    expect(chipFrame(0x40, new Uint8Array(253)).subarray(0, 5))
      .toEqual(decodeHex("00 00 FF FF 01"));
    expect(chipFrame(0x40, new Uint8Array(254)).subarray(0, 8))
      .toEqual(decodeHex("00 00 FF FF FF 01 00 FF"));
    expect(chipFrame(0x40, new Uint8Array(263)).subarray(5, 8)).toEqual(decodeHex("01 09 F6"));
  });

  test("ACK and NACK of a host", () => {
    expect(read(decodeHex("00 00 FF 00 FF 00 00 00 FF FF 00 00"))).toEqual([
      { kind: "ack" },
      { kind: "nack" },
    ]);
  });
});

test.each([
  "00 00 FF 02 FE D4 02 2B 00", // wrong checksum
  "00 00 FF 02 FE D5 02 29 00", // not from a host
  "00 00 FF 02 FF D4 02 2A 00", // wrong checksum of the length
  "00 00 FF FF FF 40 00 C0", // longer than the chip takes
])("%s is rubbish, and the next frame is heard", (frame) => {
  const next = decodeHex("00 00 FF 02 FE D4 02 2A 00");
  expect(read(decodeHex(frame), next)).toEqual([
    { kind: "rubbish" },
    { kind: "command", code: 2, content: new Uint8Array() },
  ]);
});

test("any bytes give the same frames however they are cut, and never more than they hold", () => {
  const stream = fc.array(
    fc.oneof(fc.constantFrom(0x00, 0xff, 0x02, 0xfe, 0xd4), fc.nat(255)),
    { maxLength: 300 },
  );
  fc.assert(fc.property(stream, fc.nat(300), (bytes, cut) => {
    const whole = read(Uint8Array.from(bytes));
    expect(read(Uint8Array.from(bytes.slice(0, cut)), Uint8Array.from(bytes.slice(cut))))
      .toEqual(whole);
    expect(whole.length).toBeLessThanOrEqual(bytes.length / 4);
  }));
});
