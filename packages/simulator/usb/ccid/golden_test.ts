import { expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { goldenCcid } from "../../../../tests/golden/ccid.ts";
import { encodeClass, exchangeLevel } from "./class_descriptor.ts";
import { decodeCommand, encodeAnswer, encodeSlotChange, messageLength } from "./messages.ts";
import { CCID_PROFILES, type CcidProfileName } from "./profiles.ts";
import { decodeT1, encodeT1 } from "./t1_block.ts";

test.each(goldenCcid.commands)("command: $name", ({ name: _, bytes, ...fields }) => {
  const message = decodeHex(bytes);
  expect(messageLength(message)).toBe(message.length);
  const { type, slot, sequence, specific, data } = decodeCommand(message);
  expect({
    type,
    slot,
    sequence,
    specific: encodeHex(Uint8Array.from(specific)),
    data: encodeHex(data),
  }).toEqual(fields);
});

test.each(goldenCcid.answers)("answer: $name", ({ bytes, data, slot, sequence, ...fields }) => {
  const answer = { ...fields, data: decodeHex(data) };
  expect(encodeHex(encodeAnswer(answer, { slot, sequence }))).toBe(bytes);
});

test.each(goldenCcid.slotChanges)("slot change: $name", ({ slots, bytes }) => {
  expect(encodeHex(encodeSlotChange(slots))).toBe(bytes);
});

test.each(goldenCcid.descriptors)("descriptor of $reader", ({ reader, bytes, ...fields }) => {
  const shape = CCID_PROFILES[reader as CcidProfileName].interfaces[0]!.class;
  expect(encodeHex(encodeClass(shape))).toBe(bytes);
  expect({ slots: 1, ...shape }).toMatchObject(fields);
});

test.each(goldenCcid.t1)("T=1: $name", ({ nad, pcb, data, check, bytes }) => {
  const block = { nad, pcb, data: decodeHex(data) };
  expect(encodeHex(encodeT1(block, check))).toBe(bytes);
  expect(decodeT1(decodeHex(bytes), check)).toEqual(block);
  const damaged = decodeHex(bytes);
  damaged[damaged.length - 1]! ^= 1;
  expect(decodeT1(damaged, check)).toBe("damaged");
});

test("levels of exchange", () => {
  const levels = [0x00000, 0x10030, 0x20040, 0x404ba].map(exchangeLevel);
  expect(levels).toEqual(["character", "tpdu", "short-apdu", "extended-apdu"]);
});
