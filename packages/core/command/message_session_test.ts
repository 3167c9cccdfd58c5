import { describe, expect, test } from "vitest";
import { LinkError, TokenError } from "../errors/mod.ts";
import {
  createApduLink,
  createFeatureLink,
  createReportLink,
  type FeatureLink,
  type ReportLink,
} from "../link/mod.ts";
import { ManualTime } from "../time/mod.ts";
import type { TraceEvent } from "../trace/mod.ts";
import {
  ApduSession,
  defineMessageCommand,
  FeatureSession,
  type Framing,
  openSession,
  ReportSession,
} from "./mod.ts";

const write = defineMessageCommand({
  name: "write things",
  effect: "writes-seed",
  repeatable: true,
  encode: (data: Uint8Array) => data,
  decode: (data) => data.u8(),
  refusals: { 5: { kind: "locked", says: "it is locked", next: "Stop here." } },
  secrets: [{ in: "command", from: 1, to: 3 }, { in: "answer", from: 1 }],
});

/** Sends each byte in a report of its own and reads one report. */
const byteByByte: Framing<ReportLink> = {
  exchange: async (link, message, { signal, timeoutMs }) => {
    for (const byte of message) await link.send(Uint8Array.of(byte), { signal, timeoutMs });
    const [refusal, ...data] = await link.receive({ signal, timeoutMs });
    return { data: Uint8Array.from(data), refusal: refusal || undefined };
  },
};

function begin(answer: Uint8Array, sends: (n: number) => Error | undefined = () => undefined) {
  const events: TraceEvent[] = [];
  const sent: number[][] = [];
  const link = createReportLink({
    label: "test",
    reportBytes: 2,
    send: (report) => {
      const error = sends(sent.length);
      if (error) return Promise.reject(error);
      sent.push([...report]);
      return Promise.resolve();
    },
    receive: () => Promise.resolve(answer),
    release: () => Promise.resolve(),
  });
  const time = new ManualTime(5);
  const session = new ReportSession(link, { trace: (event) => events.push(event), time });
  return { session, events, sent, time };
}

const framing = byteByByte;

describe("sending declared messages", () => {
  test("gives what the command decodes, and traces without the secret bytes", async () => {
    const { session, events, sent } = begin(Uint8Array.of(0, 0x2a, 0xdd));
    const message = Uint8Array.of(0x11, 0x22, 0x33, 0x44);
    expect(await session.send(write, message, { framing })).toBe(0x2a);
    expect(sent).toEqual([[0x11, 0], [0x22, 0], [0x33, 0], [0x44, 0]]);
    const common = { at: 5, command: "write things", effect: "writes-seed" };
    expect(events).toEqual([
      { ...common, what: "sent", text: "11 [secret 2 bytes] 44" },
      { ...common, what: "answer", text: "2A [secret 1 bytes]" },
    ]);
    expect([...message]).toEqual([0, 0, 0, 0]);
  });

  test("a documented refusal has its meaning and its next step", async () => {
    const { session, events } = begin(Uint8Array.of(5));
    await expect(session.send(write, Uint8Array.of(1), { framing })).rejects.toMatchObject({
      code: "token/locked",
      status: 5,
      command: "write things",
      message: "Cannot write things: it is locked (status 05)",
      next: "Stop here.",
    });
    expect(events.map(({ what, text }) => [what, text])).toEqual([
      ["sent", "01"],
      ["answer", "05"],
      ["failed", "token/locked"],
    ]);
  });

  test("a refusal that is not documented is garbled, and so is an answer that is too short", async () => {
    const unknown = begin(Uint8Array.of(9));
    await expect(unknown.session.send(write, Uint8Array.of(1), { framing })).rejects.toMatchObject({
      code: "token/garbled",
      status: 9,
    });
    const short = begin(Uint8Array.of(0));
    await expect(short.session.send(write, Uint8Array.of(1), { framing })).rejects.toMatchObject({
      code: "token/garbled",
      status: undefined,
    });
  });

  test("what the framing throws is passed on, and the message is overwritten", async () => {
    const { session, events } = begin(Uint8Array.of(0, 1));
    const touch = new TokenError("wants-touch", "Cannot write: touch it", { command: "write" });
    const message = Uint8Array.of(1, 2);
    const refusing: Framing<ReportLink> = { exchange: () => Promise.reject(touch) };
    await expect(session.send(write, message, { framing: refusing })).rejects.toBe(touch);
    expect([...message]).toEqual([0, 0]);
    expect(events.at(-1)).toMatchObject({ what: "failed", text: "token/wants-touch" });
  });

  test("the framing is told the command, its deadline, its signal and the clock", async () => {
    const { session, time } = begin(Uint8Array.of(0, 1));
    const { signal } = new AbortController();
    const told: unknown[] = [];
    const listening: Framing<ReportLink> = {
      exchange: (link, _, options) => {
        told.push(options);
        expect(link).toMatchObject({ kind: "report", reportBytes: 2, closed: session.link.closed });
        return Promise.resolve({ data: Uint8Array.of(1) });
      },
    };
    await session.send(write, Uint8Array.of(1), { framing: listening, signal, timeoutMs: 7 });
    expect(told).toEqual([{ command: "write things", time, signal, timeoutMs: 7 }]);
  });
});

describe("where the bytes were", () => {
  const busy = new LinkError("busy", "Cannot send: busy", { delivery: "not-sent", next: "Wait." });

  test("not sent, as long as no report went out", async () => {
    const { session } = begin(Uint8Array.of(0, 1), () => busy);
    await expect(session.send(write, Uint8Array.of(1), { framing })).rejects.toBe(busy);
  });

  test("unknown, as soon as one may have", async () => {
    const { session, events } = begin(Uint8Array.of(0, 1), (n) => n === 1 ? busy : undefined);
    await expect(session.send(write, Uint8Array.of(1, 2), { framing })).rejects.toMatchObject({
      code: "link/busy",
      delivery: "unknown",
      message: busy.message,
      next: "Wait.",
      cause: busy,
    });
    expect(events.at(-1)).toMatchObject({ what: "failed", text: "link/busy" });
  });

  test("unknown, after a report of which that is not known", async () => {
    const doubtful = new LinkError("busy", "Cannot send", { delivery: "unknown" });
    const { session } = begin(Uint8Array.of(0, 1), (n) => n === 0 ? doubtful : undefined);
    const stubborn: Framing<ReportLink> = {
      exchange: async (link, message) => {
        await link.send(message).catch(() => undefined);
        throw busy;
      },
    };
    await expect(session.send(write, Uint8Array.of(1), { framing: stubborn })).rejects
      .toMatchObject({
        delivery: "unknown",
      });
  });
});

describe("feature reports", () => {
  test("are written and read through the same session", async () => {
    let kept = Uint8Array.of(0);
    let released = false;
    const link = createFeatureLink({
      label: "test",
      reportBytes: 2,
      set: (report) => Promise.resolve(void (kept = report.slice())),
      get: () => Promise.resolve(kept),
      release: () => Promise.resolve(void (released = true)),
    });
    const overFeatures: Framing<FeatureLink> = {
      exchange: async (features, message) => {
        await features.set(message);
        const data = await features.get();
        expect(features).toMatchObject({ kind: "feature", reportBytes: 2, closed: link.closed });
        await features[Symbol.asyncDispose]();
        return { data };
      },
    };
    const session = new FeatureSession(link);
    const answer = await session.send(write, Uint8Array.of(0x2a), { framing: overFeatures });
    expect(answer).toBe(0x2a);
    expect(released).toBe(true);
  });

  test("once written, a read that fails is unknown", async () => {
    const link = createFeatureLink({
      label: "test",
      reportBytes: 2,
      set: () => Promise.resolve(),
      get: () => Promise.reject(new LinkError("denied", "no", { delivery: "not-sent" })),
      release: () => Promise.resolve(),
    });
    const overFeatures: Framing<FeatureLink> = {
      exchange: async (features, message) => {
        await features.set(message);
        return { data: await features.get() };
      },
    };
    const session = new FeatureSession(link);
    await expect(session.send(write, Uint8Array.of(1), { framing: overFeatures })).rejects
      .toMatchObject({ code: "link/denied", delivery: "unknown" });
  });
});

test("each kind of link has its session", () => {
  const { session } = begin(Uint8Array.of(0));
  expect(openSession(session.link)).toBeInstanceOf(ReportSession);
  const common = { label: "test", release: () => Promise.resolve() };
  const feature = createFeatureLink({
    ...common,
    reportBytes: 2,
    set: () => Promise.resolve(),
    get: () => Promise.resolve(Uint8Array.of(1)),
  });
  expect(openSession(feature)).toBeInstanceOf(FeatureSession);
  const apdu = createApduLink({
    ...common,
    medium: "simulated",
    limits: { command: 261, response: 258 },
    exchange: () => Promise.resolve(Uint8Array.of(0x90, 0)),
  });
  expect(openSession(apdu)).toBeInstanceOf(ApduSession);
});
