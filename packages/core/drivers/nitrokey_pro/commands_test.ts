import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nitrokeyPro as golden } from "../../../../tests/golden/nitrokey_pro.ts";
import { Cursor, decodeHex, encodeHex } from "../../bytes/mod.ts";
import { FeatureSession, type MessageCommandDefinition } from "../../command/mod.ts";
import { createFeatureLink } from "../../link/mod.ts";
import { Secret } from "../../secret/mod.ts";
import { crc32 } from "./_crc.ts";
import {
  authenticate,
  readCode,
  readSlotName,
  readStatus,
  sendOtpData,
  setTime,
  writeSlot,
} from "./commands.ts";
import { nitrokeyFraming, reportOf } from "./framing.ts";

const temporary = decodeHex(golden.temporary);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sent = <A>(command: MessageCommandDefinition<A, unknown>, args: A): string =>
  encodeHex(reportOf(command.encode(args)));

test("golden reports", () => {
  const pin = Secret.take(bytes(golden.pin));
  expect(sent(readStatus, undefined)).toBe(golden.status);
  expect(sent(authenticate, { pin, temporary })).toBe(golden.authenticate);
  expect(sent(sendOtpData, { temporary, kind: "N", part: 0, data: bytes("RFC test") }))
    .toBe(golden.name);
  expect(sent(sendOtpData, { temporary, kind: "S", part: 0, data: decodeHex(golden.seed) }))
    .toBe(golden.seedPart);
  expect(sent(writeSlot, { temporary, slot: 0x20, interval: 30, digits: 8 })).toBe(
    golden.writeSlot,
  );
  expect(sent(setTime, golden.time)).toBe(golden.setTime);
  expect(sent(readCode, { slot: 0x20, interval: 30 })).toBe(golden.readCode);
});

test("answers", () => {
  const cursor = (hex: string): Cursor => new Cursor(decodeHex(hex));
  expect(readStatus.decode(cursor("0F00785634120000000000"))).toEqual({
    version: [0, 15],
    serial: "12345678",
  });
  expect(readSlotName.decode(cursor("5246430000000000000000000000000000"))).toBe("RFC");
  expect(readCode.decode(cursor("1F000000" + "01"))).toBe("00000031");
  expect(() => readCode.decode(cursor("FFFFFFFF00"))).toThrow(RangeError);
  expect(() => readCode.decode(cursor("FFFF"))).toThrow(RangeError);
});

describe("the framing", () => {
  /** A device that gives these answers; each is a part of a report, which is then sealed. */
  const ask = (answers: (index: number, crc: Uint8Array) => Uint8Array, timeoutMs = 80) => {
    let index = 0;
    let crc: Uint8Array = new Uint8Array(4);
    const link = createFeatureLink({
      label: "test",
      reportBytes: 64,
      set: (report) => Promise.resolve(void (crc = report.slice(60))),
      get: () => Promise.resolve(answers(index++, crc)),
      release: () => Promise.resolve(),
    });
    return new FeatureSession(link).send(readSlotName, 0x20, {
      framing: nitrokeyFraming,
      timeoutMs,
    });
  };
  const answer = (device: number, crc: Uint8Array, rest: readonly number[]): Uint8Array => {
    const report = new Uint8Array(64);
    report.set([device, 0x02, ...crc, ...rest]);
    new DataView(report.buffer).setUint32(60, crc32(report.subarray(0, 60)), true);
    return report;
  };

  test("looks again until the answer is there, whole, and to this command", async () => {
    const name = await ask((index, crc) => {
      const right = answer(0, crc, [0, 0x41, 0x42]);
      const damaged = right.with(20, 1);
      return [
        answer(1, crc, []),
        answer(0, crc.map((byte) => byte ^ 1), [0, 0x58]),
        damaged,
        right,
      ][
        Math.min(index, 3)
      ]!;
    }, 5000);
    expect(name).toBe("AB");
  });

  test.each([
    ["an empty slot", (_: number, crc: Uint8Array) => answer(0, crc, [3]), "token/refused"],
    ["a wrong PIN", (_: number, crc: Uint8Array) => answer(0, crc, [4]), "token/bad-key"],
    [
      "an unknown command",
      (_: number, crc: Uint8Array) => answer(0, crc, [9]),
      "token/unsupported",
    ],
    ["an unknown status", (_: number, crc: Uint8Array) => answer(0, crc, [77]), "token/garbled"],
    ["busy for ever", (_: number, crc: Uint8Array) => answer(1, crc, []), "link/timeout"],
    ["a short report", () => new Uint8Array(8), "token/garbled"],
  ])("%s", async (_, answers, code) => {
    await expect(ask(answers)).rejects.toMatchObject({ code });
  });

  test("any reports end in a name or a project error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 64, maxLength: 64 }), async (report) => {
        const end = await ask(() => report, 1).catch((error: { code: string }) => error.code);
        expect(typeof end).toBe("string");
      }),
      { numRuns: 20 },
    );
  });
});
