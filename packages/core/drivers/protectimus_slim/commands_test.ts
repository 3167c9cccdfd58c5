import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { protectimus as golden } from "../../../../tests/golden/protectimus.ts";
import { decodeHex, encodeHex } from "../../bytes/mod.ts";
import { FrameSession, type MessageCommandDefinition } from "../../command/mod.ts";
import { isProjectError } from "../../errors/mod.ts";
import { createApduLink } from "../../link/mod.ts";
import type { TraceEvent } from "../../trace/mod.ts";
import { readCode, readInfo, setClock } from "./commands.ts";
import { protectimusFrame, protectimusFraming } from "./framing.ts";

const sent = <A>(command: MessageCommandDefinition<A, unknown>, args: A): string =>
  encodeHex(protectimusFrame(command.encode(args)));

test("golden frames", () => {
  expect(sent(readCode, undefined)).toBe(golden.readCode);
  expect(sent(readInfo, undefined)).toBe(golden.readInfo);
  expect(sent(setClock, { seconds: golden.time, period: 30 })).toBe(golden.setClock30);
  expect(sent(setClock, { seconds: golden.time, period: 60 })).toBe(golden.setClock60);
});

describe("answers", () => {
  const events: TraceEvent[] = [];
  const ask = <R>(
    command: MessageCommandDefinition<void, R>,
    answer: Uint8Array,
  ): Promise<R> => {
    const link = createApduLink({
      label: "test",
      medium: "simulated",
      limits: { command: 261, response: 258 },
      exchange: () => Promise.resolve(answer.slice()),
      release: () => Promise.resolve(),
    });
    events.length = 0;
    const session = new FrameSession(link, { trace: (event) => void events.push(event) });
    return session.send(command, undefined, { framing: protectimusFraming });
  };

  test("golden ones are read; the code stands in no trace", async () => {
    expect(await ask(readCode, decodeHex(golden.code))).toBe("123456");
    expect(events.map(({ text }) => text)).toEqual(["4200", "[secret 6 bytes]"]);
    const info = { hardware: "70", firmware: "10", hasClock: true, period: 30 };
    expect(await ask(readInfo, decodeHex(golden.info))).toEqual(info);
    const minute = decodeHex(golden.info);
    minute[10] = 0x10;
    minute[12]! ^= 0x10;
    expect(await ask(readInfo, minute)).toEqual({ ...info, period: 60 });
  });

  test.each([
    ["a wrong checksum", "AA084201020304050644"],
    ["another command's", golden.info],
    ["a wrong length", "AA094201020304050645"],
    ["bytes behind it", `${golden.code}9000`],
    ["a status word", "6E00"],
    ["another first byte", "AB084201020304050645"],
    ["no digits in it", "AA08420A020304050E45"],
    ["five digits", "AA0742010203040543"],
  ])("one with %s is garbled", async (_, answer) => {
    await expect(ask(readCode, decodeHex(answer))).rejects.toMatchObject({ code: "token/garbled" });
  });

  test("whatever is answered, it is read or refused", async () => {
    await fc.assert(fc.asyncProperty(
      fc.uint8Array({ minLength: 2, maxLength: 40 }),
      fc.boolean(),
      async (bytes, framed) => {
        const body = Uint8Array.of(0x10, ...bytes);
        const frame = framed
          ? Uint8Array.of(0xaa, body.length + 1, ...body, body.reduce((sum, byte) => sum ^ byte, 0))
          : bytes;
        await ask(readInfo, frame).catch((error: unknown) => {
          if (!isProjectError(error)) throw error;
        });
      },
    ));
  });
});
