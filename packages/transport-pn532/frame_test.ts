import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, decodeHex } from "@otpsmith/core/bytes";
import { ACK, encodeFrame, type FrameEvent, FrameParser, NACK } from "./frame.ts";

const hex = (text: string): Uint8Array => decodeHex(text);
const parse = (...chunks: readonly Uint8Array[]): FrameEvent[] => {
  const parser = new FrameParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
};
const data = (text: string): FrameEvent => ({ kind: "data", data: hex(text) });

// Control frames and GetFirmwareVersion as in NXP UM0701-02, sections 6.2.1 and 7.2.2; the others as they
// were recorded from modules: DFRobot's list of commands for its DFR0231, and the sample output of the
// PN532 example for the LPC1343 (cards of 4 and 7 bytes of UID).
describe("golden frames", () => {
  test.each([
    ["GetFirmwareVersion", "D4 02", "00 00 FF 02 FE D4 02 2A 00"],
    ["its answer", "D5 03 32 01 06 07", "00 00 FF 06 FA D5 03 32 01 06 07 E8 00"],
    ["SAMConfiguration", "D4 14 01", "00 00 FF 03 FD D4 14 01 17 00"],
    ["its answer", "D5 15", "00 00 FF 02 FE D5 15 16 00"],
    ["InListPassiveTarget", "D4 4A 01 00", "00 00 FF 04 FC D4 4A 01 00 E1 00"],
    [
      "its answer: a MIFARE card",
      "D5 4B 01 01 00 04 08 04 9E B3 6E 66",
      "00 00 FF 0C F4 D5 4B 01 01 00 04 08 04 9E B3 6E 66 A9 00",
    ],
    [
      "its answer: a MIFARE Ultralight",
      "D5 4B 01 01 00 44 00 07 04 7B CB 51 96 22 80",
      "00 00 FF 0F F1 D5 4B 01 01 00 44 00 07 04 7B CB 51 96 22 80 C0 00",
    ],
  ])("%s", (_, content, frame) => {
    expect(encodeFrame(hex(content))).toEqual(hex(frame));
    expect(parse(hex(frame))).toEqual([data(content)]);
  });

  test("ACK, NACK and error frame", () => {
    expect(ACK).toEqual(hex("00 00 FF 00 FF 00"));
    expect(NACK).toEqual(hex("00 00 FF FF 00 00"));
    expect(parse(ACK, NACK, hex("00 00 FF 01 FF 7F 81 00"))).toEqual([
      { kind: "ack" },
      { kind: "nack" },
      { kind: "refused" },
    ]);
  });

  test("a short frame may come as an extended one", () => {
    // nfc-tools/libnfc@01303fab, libnfc/chips/pn53x-internal.h
    expect(parse(hex("00 00 FF FF FF 00 02 FE D4 02 2A 00"))).toEqual([data("D4 02")]);
  });

  test("an extended frame begins at 256 bytes", () => {
    expect(encodeFrame(new Uint8Array(255)).subarray(0, 5)).toEqual(hex("00 00 FF FF 01"));
    const extended = encodeFrame(new Uint8Array(256));
    expect(extended.subarray(0, 8)).toEqual(hex("00 00 FF FF FF 01 00 FF"));
    expect(encodeFrame(new Uint8Array(265)).subarray(5, 8)).toEqual(hex("01 09 F6"));
  });

  test.each([0, 266])("%i bytes are not a frame", (length) => {
    expect(() => encodeFrame(new Uint8Array(length))).toThrow(RangeError);
  });
});

describe("what is not as it should be", () => {
  const frame = hex("00 00 FF 06 FA D5 03 32 01 06 07 E8 00");
  const good = data("D5 03 32 01 06 07");

  test.each([5, 8, 11])("damage to byte %i makes it garbled", (at) => {
    const damaged = frame.slice();
    damaged[at]! ^= 0x10;
    expect(parse(damaged)).toEqual([{ kind: "garbled" }]);
  });

  test("a length that its checksum denies is garbled, and the next frame is found", () => {
    expect(parse(hex("00 00 FF 06 FB"), frame)).toEqual([{ kind: "garbled" }, good]);
  });

  test("noise that looks like a frame does not swallow the frame that it ran into", () => {
    expect(parse(hex("00 FF 04 FC 01"), frame)).toEqual([{ kind: "garbled" }, good]);
  });

  test("nor does noise whose checksum happens to be right", () => {
    const lucky = encodeFrame(concatBytes([hex("01"), frame]));
    expect(parse(lucky)).toEqual([{ kind: "garbled" }, good]);
  });

  test("a length that no PN532 sends is refused at once, however much follows", () => {
    expect(parse(hex("00 FF FF FF 40 00 C0"), frame)).toEqual([{ kind: "garbled" }, good]);
  });

  test("half a frame and then silence is garbled; a frame inside of it is found", () => {
    const parser = new FrameParser();
    expect(parser.push(frame.subarray(0, 7))).toEqual([]);
    expect(parser.begun).toBe(true);
    expect(parser.stalled()).toEqual([{ kind: "garbled" }]);
    expect(parser.begun).toBe(false);
    expect(parser.push(concatBytes([hex("00 00 FF 20 E0 01"), ACK]))).toEqual([]);
    expect(parser.stalled()).toEqual([{ kind: "garbled" }, { kind: "ack" }]);
  });
});

describe("any bytes", () => {
  const bytes = fc.uint8Array({ maxLength: 400 });
  /** Bytes of which frames are made, so that the parser gets far. */
  const tricky = fc.array(fc.constantFrom(0x00, 0xff, 0x01, 0xd5, 0x02, 0xfe), { maxLength: 120 })
    .map((list) => Uint8Array.from(list));

  test("give the same events however they are cut", () => {
    fc.assert(fc.property(fc.oneof(bytes, tricky), fc.array(fc.nat(20)), (stream, cuts) => {
      const whole = parse(stream);
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const cut of cuts) chunks.push(stream.subarray(at, at += cut));
      expect(parse(...chunks, stream.subarray(at))).toEqual(whole);
    }));
  });

  test("leave the parser able to hear the next frame, after a silence at the latest", () => {
    fc.assert(fc.property(fc.oneof(bytes, tricky), bytes, (noise, content) => {
      fc.pre(content.length >= 1 && content.length <= 265);
      content[0] = 0xd5;
      const parser = new FrameParser();
      parser.push(noise);
      parser.stalled();
      expect(parser.push(encodeFrame(content))).toEqual([{ kind: "data", data: content }]);
    }));
  });

  test("noise without a start code is no event, before and behind frames", () => {
    const calm = bytes.map((list) => list.map((byte) => byte === 0xff ? 0xfe : byte));
    fc.assert(fc.property(calm, calm, (before, behind) => {
      expect(parse(before, ACK, behind, NACK)).toEqual([{ kind: "ack" }, { kind: "nack" }]);
    }));
  });
});
