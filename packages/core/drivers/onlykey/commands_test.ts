import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { onlykey as golden } from "../../../../tests/golden/onlykey.ts";
import { decodeHex, encodeHex } from "../../bytes/mod.ts";
import { type MessageCommandDefinition, ReportSession } from "../../command/mod.ts";
import { createReportLink } from "../../link/mod.ts";
import { Secret } from "../../secret/mod.ts";
import { readLabels, setTime, writeCodeType, writeLabel, writeSeed } from "./commands.ts";
import { onlykeyFraming, reportOf } from "./framing.ts";

const sent = <A>(command: MessageCommandDefinition<A, unknown>, args: A): string =>
  encodeHex(reportOf(command.encode(args)));

test("golden reports", () => {
  expect(sent(setTime, golden.time)).toBe(golden.setTime);
  expect(sent(writeCodeType, 1)).toBe(golden.codeType);
  const seed = Secret.take(decodeHex(golden.seed));
  expect(sent(writeSeed, { slot: 1, seed })).toBe(golden.seedOfSlot1);
  expect(sent(setTime, 0x123)).toMatch(/^FFFFFFFFE4012300/);
  const long = Secret.take(new Uint8Array(58).fill(1));
  expect(() => sent(writeSeed, { slot: 1, seed: long })).toThrow(RangeError);
});

describe("answers", () => {
  const bytes = (text: string): Uint8Array => {
    const report = new Uint8Array(64);
    report.set(new TextEncoder().encode(text).subarray(0, 64));
    return report;
  };
  const ask = <R>(
    command: MessageCommandDefinition<never, R>,
    args: unknown,
    answers: readonly Uint8Array[],
  ): Promise<R> => {
    const queue = [...answers];
    const link = createReportLink({
      label: "test",
      reportBytes: 64,
      send: () => Promise.resolve(),
      receive: () => queue.length > 0 ? Promise.resolve(queue.shift()!) : new Promise(() => {}),
      release: () => Promise.resolve(),
    });
    return new ReportSession(link)
      .send(command, args as never, { framing: onlykeyFraming, timeoutMs: 100 });
  };

  test("labels, from 10 on as decimal digits in hexadecimal", async () => {
    const reports = Array.from({ length: 12 }, (_, i) => {
      const slot = i + 1;
      return bytes(
        `${String.fromCharCode(slot >= 10 ? slot + 6 : slot)}|${slot === 3 ? "Acme " : ""}`,
      );
    });
    const labels = await ask(readLabels, undefined, reports);
    expect([...labels.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(labels.get(3)).toBe("Acme");
    expect(labels.get(4)).toBe("");
  });

  test.each([
    ["INITIALIZED", "token/bad-key"],
    ["ERROR DEVICE LOCKED", "token/bad-key"],
    ["UNINITIALIZED", "token/refused"],
    ["Error No PIN set, You must set a PIN first", "token/refused"],
    ["Error not in config mode, hold button 6 down for 5 sec", "token/refused"],
    ["Error something else", "token/refused"],
    ["Something else", "token/garbled"],
    ["", "token/garbled"],
  ])("%s", async (text, code) => {
    const label = new TextEncoder().encode("a");
    await expect(ask(writeLabel, { slot: 1, label }, [bytes(text)])).rejects.toMatchObject({
      code,
    });
  });

  test("any bytes are a value or a project error", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 64, maxLength: 64 }), { minLength: 12, maxLength: 12 }),
        async (reports) => {
          const end = await ask(readLabels, undefined, reports)
            .then(() => "value", (error: { code: string }) => error.code);
          expect(typeof end).toBe("string");
        },
      ),
      { numRuns: 50 },
    );
  });
});
