import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { goldenCcid } from "../../../tests/golden/ccid.ts";
import { decodeAnswer, decodeSlotChange, encodeCommand } from "./message.ts";
import { fuzzRuns } from "../testdata/fuzz_runs.ts";

const CARD = ["active", "inactive", "absent"];

describe("golden bytes", () => {
  test.each(goldenCcid.commands)("command: $name", ({ type, slot, sequence, ...vector }) => {
    const specific = [...decodeHex(vector.specific)] as [number, number, number];
    const data = decodeHex(vector.data);
    expect(encodeHex(encodeCommand({ type, slot, sequence, specific, data }))).toBe(vector.bytes);
  });

  test.each(goldenCcid.answers)("answer: $name", ({ bytes, data, card, outcome, ...fields }) => {
    expect(decodeAnswer(decodeHex(bytes))).toEqual({
      type: fields.type,
      slot: fields.slot,
      sequence: fields.sequence,
      error: fields.error,
      specific: fields.specific,
      card: CARD[card],
      outcome: outcome === "extended" ? "time-extension" : outcome,
      data: decodeHex(data),
    });
  });

  test.each(goldenCcid.slotChanges)("slot change: $name", ({ slots, bytes }) => {
    const read = slots.map((_, slot) => decodeSlotChange(decodeHex(bytes), slot));
    expect(read).toEqual(slots);
  });
});

test("without data a command is a header of zeros", () => {
  expect(encodeHex(encodeCommand({ type: 0x65, slot: 3, sequence: 9 }))).toBe(
    "65000000000309000000",
  );
});

test.each([
  ["nine bytes", "800000000000000000"],
  ["more data than came", "80020000000000000000AA"],
  ["4 GiB of data", "80FFFFFFFF0000000000"],
  ["a card state that there is not", "81000000000000030000"],
  ["an outcome that there is not", "81000000000000C00000"],
])("no message: %s", (_, bytes) => {
  expect(decodeAnswer(decodeHex(bytes))).toBeUndefined();
});

test("what stands behind the end of a message is passed over", () => {
  const answer = decodeAnswer(decodeHex("80010000000000000000AABBCC"));
  expect(encodeHex(answer!.data)).toBe("AA");
});

test.each([["51FF", 0], ["5001", 4], ["50", 0], ["", 0]])(
  "%s says nothing of slot %i",
  (bytes, slot) => expect(decodeSlotChange(decodeHex(bytes), slot)).toBeUndefined(),
);

test("any bytes are an answer with no more data than came, or none", () => {
  let inputs = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, slot) => {
      inputs++;
      const answer = decodeAnswer(bytes);
      if (answer) expect(answer.data.length).toBeLessThanOrEqual(bytes.length - 10);
      decodeSlotChange(bytes, slot);
    }),
    fuzzRuns(2000),
  );
  console.info(`CCID messages: ${inputs} inputs`);
});

test("a command can be told from its bytes", () => {
  const byte = fc.nat(255);
  const command = fc.record({
    type: byte,
    slot: byte,
    sequence: byte,
    specific: fc.tuple(byte, byte, byte),
    data: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(fc.property(command, (given) => {
    const bytes = encodeCommand(given);
    const [type, a, b, c, d, slot, sequence, ...specific] = bytes.subarray(0, 10);
    expect({ type, slot, sequence, specific, data: bytes.slice(10) }).toEqual(given);
    expect(a! + b! * 256 + c! * 65_536 + d! * 16_777_216).toBe(given.data.length);
  }));
});
