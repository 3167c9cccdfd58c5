import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../bytes/mod.ts";
import { defineCommand } from "./define_command.ts";
import { LinkError } from "../errors/mod.ts";
import { createApduLink } from "../link/mod.ts";
import { ManualTime } from "../time/mod.ts";
import type { TraceEvent } from "../trace/mod.ts";
import { ApduSession } from "./apdu_session.ts";

const write = defineCommand({
  name: "write things",
  effect: "writes-seed",
  repeatable: true,
  encode: (data: Uint8Array) => ({ cla: 0x84, ins: 0xc5, p1: 1, p2: 0, data }),
  decode: (data) => data.u8(),
  refusals: { 0x6983: { kind: "bad-key", says: "the key is wrong", next: "Stop here." } },
  secrets: [{ in: "command", from: 1, to: 3 }, { in: "answer", from: 0 }],
});

function sessionThatAnswers(...answers: (string | Error)[]): {
  session: ApduSession;
  events: TraceEvent[];
  sent: Uint8Array[];
} {
  const events: TraceEvent[] = [];
  const sent: Uint8Array[] = [];
  const link = createApduLink({
    label: "test",
    medium: "simulated",
    limits: { command: 261, response: 258 },
    exchange: (command) => {
      const answer = answers[Math.min(sent.length, answers.length - 1)]!;
      sent.push(command.slice());
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(decodeHex(answer));
    },
    release: () => Promise.resolve(),
  });
  const time = new ManualTime(5);
  return {
    session: new ApduSession(link, { trace: (event) => events.push(event), time }),
    events,
    sent,
  };
}

describe("sending declared commands", () => {
  test("gives what the command decodes, and traces without the secret bytes", async () => {
    const { session, events } = sessionThatAnswers("2A9000");
    const data = Uint8Array.of(0x11, 0x22, 0x33, 0x44);
    expect(await session.send(write, data)).toBe(0x2a);
    expect(events).toEqual([
      {
        at: 5,
        command: "write things",
        effect: "writes-seed",
        what: "sent",
        text: "84C501000411 [secret 2 bytes] 44",
      },
      {
        at: 5,
        command: "write things",
        effect: "writes-seed",
        what: "answer",
        text: "[secret 1 bytes] 9000",
      },
    ]);
  });

  test("counts secret bytes of an answer over all of its parts, where a reader shows them", async () => {
    const read = defineCommand({
      ...write,
      decode: (data) => encodeHex(data.take(data.left)),
      secrets: [{ in: "answer", from: 2, to: 7 }],
    });
    const { session, events } = sessionThatAnswers("0001026103", "0304056103", "0607089000");
    expect(await session.send(read, new Uint8Array())).toBe("000102030405060708");
    expect(events.filter(({ what }) => what === "answer").map(({ text }) => text)).toEqual([
      "0001 [secret 1 bytes] 6103",
      "[secret 3 bytes] 6103",
      "[secret 1 bytes] 07089000",
    ]);
  });

  test("overwrites what held secret bytes", async () => {
    const { session, sent } = sessionThatAnswers("2A9000");
    const data = Uint8Array.of(1, 2, 3);
    await session.send(write, data);
    expect(encodeHex(sent[0]!)).toBe("84C5010003010203");
    expect([...data]).toEqual([0, 0, 0]);
  });

  test("a documented refusal has its meaning and its next step", async () => {
    const { session, events } = sessionThatAnswers("6983");
    await expect(session.send(write, Uint8Array.of(1))).rejects.toMatchObject({
      code: "token/bad-key",
      status: 0x6983,
      command: "write things",
      message: "Cannot write things: the key is wrong (status 6983 (authentication refused))",
      next: "Stop here.",
    });
    expect(events.at(-1)).toMatchObject({ what: "failed", text: "token/bad-key" });
  });

  test.each(["1234", "6F00", "9001"])(
    "status %s is garbled: what the token did is not known",
    async (sw) => {
      const { session } = sessionThatAnswers(sw);
      await expect(session.send(write, Uint8Array.of(1))).rejects.toMatchObject({
        code: "token/garbled",
      });
    },
  );

  test("an answer that is too short is garbled", async () => {
    const { session } = sessionThatAnswers("9000");
    await expect(session.send(write, Uint8Array.of(1))).rejects.toMatchObject({
      code: "token/garbled",
      status: 0x9000,
    });
  });

  test("a link that fails is passed on, and traced by its code alone", async () => {
    const lost = new LinkError("lost", "Cannot send: gone", { delivery: "unknown" });
    const { session, events } = sessionThatAnswers(lost);
    await expect(session.send(write, Uint8Array.of(1))).rejects.toBe(lost);
    expect(events).toEqual([{
      at: 5,
      command: "write things",
      effect: "writes-seed",
      what: "failed",
      text: "link/lost",
    }]);
  });
});
