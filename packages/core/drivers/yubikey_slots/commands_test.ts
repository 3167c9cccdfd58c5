import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { yubikeySlots as golden } from "../../../../tests/golden/yubikey_slots.ts";
import { encodeCommand } from "../../apdu/mod.ts";
import { Cursor, decodeHex, encodeHex } from "../../bytes/mod.ts";
import type { ApduCommandDefinition, MessageCommandDefinition } from "../../command/mod.ts";
import { FeatureSession } from "../../command/mod.ts";
import { createFeatureLink } from "../../link/mod.ts";
import { Secret } from "../../secret/mod.ts";
import { systemTime } from "../../time/mod.ts";
import { crc16, CRC_RESIDUE } from "./_crc.ts";
import { askSlot, readSlotSerial, reportCommands, selectSlots, writeSlot } from "./commands.ts";
import { frameOf, reportsOf, slotFraming } from "./hid_framing.ts";
import { challengeOf, emptyRecord, slotRecord } from "./record.ts";
import { outcomeOfWrite, readStatusBytes } from "./status.ts";

const seed = (): Secret => Secret.take(decodeHex(golden.seed));
const record = (): Uint8Array => slotRecord(seed(), { kind: "challenge-response" });
const sent = <A>(command: ApduCommandDefinition<A, unknown>, args: A): string =>
  encodeHex(encodeCommand(command.encode(args)));
const reports = <A>(command: MessageCommandDefinition<A, unknown>, args: A): string[] =>
  reportsOf(frameOf(command.encode(args))).map(encodeHex);

describe("golden bytes", () => {
  test("a slot that answers challenges", () => {
    expect(sent(writeSlot, { slot: 2, record: record() })).toBe(golden.write.apdu);
    expect(reports(reportCommands.write, { slot: 2, record: record() })).toEqual(
      golden.write.reports,
    );
    expect(reports(reportCommands.write, { slot: 2, record: emptyRecord() }))
      .toEqual(golden.empty.reports);
  });

  test("a challenge", () => {
    const { step, apdu, answer, checked } = golden.challenge;
    const challenge = challengeOf(step);
    expect(sent(askSlot, { slot: 2, challenge })).toBe(apdu);
    expect(reports(reportCommands.ask, { slot: 2, challenge })).toEqual(golden.challenge.reports);
    expect(encodeHex(askSlot.decode(new Cursor(decodeHex(answer))))).toBe(answer);
    expect(crc16(decodeHex(checked))).toBe(CRC_RESIDUE);
  });

  test("select, serial number", () => {
    expect(sent(selectSlots, undefined)).toBe("00A4040007A0000005272001");
    expect(sent(readSlotSerial, undefined)).toBe("0001100000");
    expect(reports(reportCommands.serial, undefined)).toEqual(golden.serial.reports);
  });

  test.each(golden.hotp)("HOTP, $digits digits from $counter", ({ digits, counter, uid, tail }) => {
    const bytes = slotRecord(seed(), { kind: "hotp", digits, counter });
    expect(encodeHex(bytes.subarray(16, 22))).toBe(uid);
    expect(encodeHex(bytes.subarray(44, 52))).toBe(tail);
  });
});

test("access codes: the one there is, and the one to be", () => {
  const code = (byte: number): Secret => Secret.take(new Uint8Array(6).fill(byte));
  const bytes = slotRecord(seed(), {
    kind: "challenge-response",
    codes: { current: code(1), next: code(2) },
  });
  expect(encodeHex(bytes.subarray(38, 44))).toBe("020202020202");
  expect(encodeHex(bytes.subarray(52))).toBe("010101010101");
  expect(crc16(bytes.subarray(0, 52))).toBe(CRC_RESIDUE);
  expect(encodeHex(emptyRecord(code(1)))).toBe("00".repeat(52) + "010101010101");
});

test("what has no place in a slot is refused by the encoder", () => {
  const long = Secret.take(new Uint8Array(21));
  expect(() => slotRecord(long, { kind: "challenge-response" })).toThrow(RangeError);
  for (const counter of [8, 0x100000, -16, 1.5]) {
    expect(() => slotRecord(seed(), { kind: "hotp", digits: 6, counter })).toThrow(RangeError);
  }
});

test("a challenge that ends in zero is filled up with ones", () => {
  expect(encodeHex(challengeOf(0x100)).slice(0, 20)).toBe("00000000000001000101");
  expect(encodeHex(challengeOf(0x1_0000_0001)).slice(0, 20)).toBe("00000001000000010000");
});

test("a write shows in the sequence", () => {
  const status = (hex: string) => readStatusBytes(new Cursor(decodeHex(hex)));
  expect(status("050403020300")).toEqual({ version: [5, 4, 3], sequence: 2, used: [true, true] });
  const outcome = (before: string, after: string, empties = false) =>
    outcomeOfWrite(status(before), status(after), { slot: 1, empties });
  expect(outcome("050403010200", "050403020300")).toBe("written");
  expect(outcome("050403FF0200", "050403000300")).toBe("written");
  expect(outcome("050403010300", "050403020200", true)).toBe("written");
  expect(outcome("050403070100", "050403000000", true)).toBe("written");
  expect(outcome("050403020300", "050403020300")).toBe("refused");
  // A sequence that moved is no refusal, and one that a garbled report tells is no success.
  expect(outcome("050403070100", "050403000000")).toBe("unclear");
  expect(outcome("050403010200", "050403020200")).toBe("unclear");
  expect(outcome("050403010200", "050403050300")).toBe("unclear");
  expect(outcome("050403020300", "050403020200")).toBe("unclear");
  expect(outcome("040403010200", "050403020300")).toBe("unclear");
  expect(() => status("000000000000")).toThrow(RangeError);
  expect(() => status("FAFBFCFDFCFF")).toThrow(RangeError);
  expect(() => status("0504030203")).toThrow(RangeError);
});

describe("hostile devices", () => {
  const ask = (answers: (index: number) => Uint8Array): Promise<unknown> => {
    let index = 0;
    const link = createFeatureLink({
      label: "hostile",
      reportBytes: 8,
      set: () => Promise.resolve(),
      get: () => Promise.resolve(answers(index++)),
      release: () => Promise.resolve(),
    });
    return new FeatureSession(link, { time: systemTime })
      .send(reportCommands.ask, { slot: 1, challenge: challengeOf(1) }, {
        framing: slotFraming(),
        timeoutMs: 60,
      });
  };
  const report = (flags: number): Uint8Array => Uint8Array.of(0, 5, 4, 3, 1, 3, 0, flags);

  test.each([
    ["busy for ever", () => report(0x80), "link/timeout"],
    ["waits for a touch for ever", (i: number) => report(i < 4 ? 0 : 0x20), "link/timeout"],
    [
      "parts without end",
      (i: number) => report(i < 4 ? 0 : 0x40 | ((i - 4) % 32)),
      "token/garbled",
    ],
    ["a part left out", (i: number) => report(i < 4 ? 0 : i === 4 ? 0x40 : 0x43), "token/garbled"],
    [
      "a wrong checksum",
      (i: number) => report(i < 4 ? 0 : i < 8 ? 0x40 | (i - 4) : 0x40),
      "token/garbled",
    ],
    ["short reports", () => Uint8Array.of(1, 2), "token/garbled"],
    ["no answer", () => report(0), "token/refused"],
  ])("%s", async (_, answers, code) => {
    await expect(ask(answers)).rejects.toMatchObject({ code });
  });

  test("any reports end in a value or a project error", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 30 }),
        async (list) => {
          const end = await ask((i) => list[i] ?? report(0)).catch((error: { code: string }) =>
            error.code
          );
          expect(end instanceof Uint8Array || typeof end === "string").toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
