import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pinPlus as golden } from "../../../../tests/golden/token2_pinplus.ts";
import { concatBytes, decodeHex, encodeHex } from "../../bytes/mod.ts";
import { ReportSession } from "../../command/mod.ts";
import { CtaphidChannel, ctaphidPackets } from "../../ctaphid/mod.ts";
import { createReportLink, type ReportLink } from "../../link/mod.ts";
import { systemTime } from "../../time/mod.ts";
import {
  FrameReader,
  framesOf,
  framingOver,
  overCtaphid,
  overFeatures,
  overReports,
  readPublicKey,
  readSerial,
  reportPort,
  writeEntry,
} from "./mod.ts";
import { findWay } from "./hid_probe.ts";

const options = { command: "read serial number", time: systemTime };
const OK = Uint8Array.of(0x90, 0x00);
const SERIAL = concatBytes([
  Uint8Array.of(0xd1, 14),
  new TextEncoder().encode(golden.ctaphid.serialText),
  OK,
]);
const { channel } = golden.ctaphid;

interface Scripted {
  readonly link: ReportLink;
  readonly sent: string[];
}

/** An interface that answers each report with what it is told to. */
function scripted(
  answer: (report: Uint8Array) => readonly Uint8Array[],
  feature?: (report: Uint8Array) => readonly Uint8Array[],
): Scripted {
  const sent: string[] = [];
  const queue: Uint8Array[] = [];
  const features: Uint8Array[] = [];
  const link = createReportLink({
    label: "test",
    reportBytes: 64,
    send: (report) => {
      sent.push(encodeHex(report));
      queue.push(...answer(report.slice()));
      return Promise.resolve();
    },
    receive: async (signal) => {
      while (queue.length === 0) {
        if (signal.aborted) throw signal.reason;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return queue.shift()!;
    },
    set: (report) => {
      sent.push(`feature ${encodeHex(report)}`);
      if (!feature) return Promise.reject(new Error("stall"));
      features.push(...feature(report.slice()));
      return Promise.resolve();
    },
    get: () => {
      const next = features.shift();
      return next ? Promise.resolve(next) : Promise.reject(new Error("stall"));
    },
    release: () => Promise.resolve(),
  });
  return { link, sent };
}

/** What every FIDO key does: INIT gives a channel, a message on it is answered, the rest passed over. */
function fido(message?: (data: Uint8Array) => Uint8Array) {
  return (report: Uint8Array): readonly Uint8Array[] => {
    if (report[4] === 0x86) {
      const given = Uint8Array.of(...report.subarray(7, 15), 1, 2, 3, 4, 2, 1, 0, 0, 4);
      return ctaphidPackets(given, { channel: 0xffffffff, command: 0x86 });
    }
    if (report[0] !== 1 || report[4] !== 0xc1) return [];
    const data = report.subarray(7, 7 + report[6]!);
    return message
      ? ctaphidPackets(message(data), { channel, command: 0xc1 })
      : ctaphidPackets(Uint8Array.of(0x01), { channel, command: 0xbf });
  };
}

describe("frames", () => {
  test("are the golden ones", () => {
    expect(framesOf(decodeHex(golden.publicKey)).map(encodeHex)).toEqual(golden.frames.publicKey);
    expect(framesOf(decodeHex(golden.write)).map(encodeHex)).toEqual(golden.frames.write);
  });

  test("give back what was put into them", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      const reader = new FrameReader();
      for (const frame of framesOf(bytes)) reader.take(frame);
      expect(reader.answer).toEqual(bytes);
    }));
  });

  test("others' reports and signs of work are no part, one in the wrong place is an error", () => {
    const [first, second] = framesOf(new Uint8Array(70).fill(5)) as [Uint8Array, Uint8Array];
    const reader = new FrameReader();
    expect(reader.take(Uint8Array.of(0xff, 0xff))).toBe("stray");
    expect(reader.take(Uint8Array.of(0x21, 0xc0, 0))).toBe("busy");
    expect(reader.take(first)).toBe("part");
    expect(() => reader.take(first)).toThrow(RangeError);
    expect(reader.take(second)).toBe("last");
    expect(reader.answer).toHaveLength(70);
    expect(() => new FrameReader().take(Uint8Array.of(0x21, 0, 62))).toThrow(RangeError);
  });

  test("what is sent is overwritten, the token's signs of work are told", async () => {
    const { link, sent } = scripted((report) =>
      report[1]! & 0x20
        ? []
        : [Uint8Array.of(0x21, 0xc0), Uint8Array.of(0x21, 0xc0), ...framesOf(OK)]
    );
    let told = 0;
    const port = reportPort(
      new ReportSession(link),
      (onTouch) => framingOver(overReports, onTouch),
    );
    const blob = decodeHex(golden.write).slice(5);
    await port.send(writeEntry, { blob }, { onTouch: () => told++ });
    expect(sent).toEqual(golden.frames.write);
    expect(told).toBe(2);
    expect(blob.every((byte) => byte === 0)).toBe(true);
  });

  test("an answer that goes on is fetched, a refusal has its status", async () => {
    const key = decodeHex(golden.device.public);
    const answers = [
      concatBytes([key.subarray(0, 40), Uint8Array.of(0x61, 24)]),
      concatBytes([key.subarray(40), OK]),
      Uint8Array.of(0x6a, 0x81),
      Uint8Array.of(0x90),
    ];
    const { link, sent } = scripted(() => framesOf(answers.shift()!));
    const port = reportPort(
      new ReportSession(link),
      (onTouch) => framingOver(overReports, onTouch),
    );
    expect(await port.send(readPublicKey, undefined)).toEqual(key);
    expect(sent[1]).toMatch(/^21000500C0000018/);
    await expect(port.send(readPublicKey, undefined)).rejects.toMatchObject({ status: 0x6a81 });
    await expect(port.send(readPublicKey, undefined)).rejects.toMatchObject({
      code: "token/garbled",
    });
  });
});

test("vendor command 41 has the golden packets, both ways", async () => {
  const answers = [golden.ctaphid.serialAnswer, golden.ctaphid.publicKeyAnswer];
  const { link, sent } = scripted((report) =>
    report[4] === 0x86 ? fido()(report) : report[4] === 0xc1 ? answers.shift()!.map(decodeHex) : []
  );
  const way = overCtaphid(await CtaphidChannel.open(link, options));
  const port = reportPort(new ReportSession(link), (onTouch) => framingOver(way, onTouch));
  expect(await port.send(readSerial, undefined)).toBe(golden.ctaphid.serialText);
  expect(await port.send(readPublicKey, undefined)).toEqual(decodeHex(golden.device.public));
  expect(sent.slice(1)).toEqual([...golden.ctaphid.serial, ...golden.ctaphid.publicKey]);
});

test("in the tunnel, a command that asks for ten bytes is followed by ten zeros", async () => {
  const { link, sent } = scripted(fido(() => Uint8Array.of(0, ...new Uint8Array(10), 0x90, 0)));
  const way = overCtaphid(await CtaphidChannel.open(link, options));
  expect(await way(decodeHex("80C502000A"), { ...options, link })).toHaveLength(12);
  expect(sent[1]).toMatch(/^01020304C1000F80C502000A0{20}/);
});

describe("how a key wants to be spoken to is found out", () => {
  const inFrames = (report: Uint8Array): readonly Uint8Array[] =>
    report[0] === 0x21 ? framesOf(SERIAL) : [];

  test("in frames: its answer comes before the channel that is asked for behind it", async () => {
    const { link, sent } = scripted((report) => [...inFrames(report), ...fido()(report)]);
    expect(await findWay(link, options)).toBe(overReports);
    expect(sent).toHaveLength(2);
    const port = reportPort(new ReportSession(link), () => framingOver(overReports));
    expect(await port.send(readSerial, undefined)).toBe(golden.ctaphid.serialText);
  });

  test("in frames, by a key that is slower with them than with a channel", async () => {
    const late: Uint8Array[] = [];
    const { link } = scripted((report) => {
      late.push(...inFrames(report));
      return [...(report[4] === 0xc1 ? late : []), ...fido()(report)];
    });
    expect(await findWay(link, options)).toBe(overReports);
  });

  test("through vendor command 41", async () => {
    const { link } = scripted(fido(() => SERIAL));
    const way = await findWay(link, options);
    expect(way).toBeTypeOf("function");
    expect([overReports, overFeatures]).not.toContain(way);
  });

  test.each([
    ["that does not know the command", undefined],
    ["that answers with an answer to reset", (): Uint8Array => decodeHex("3B80800101")],
  ])("in feature reports, by a key %s", async (_, message) => {
    const { link } = scripted(fido(message), () => framesOf(SERIAL));
    expect(await findWay(link, options)).toBe(overFeatures);
    const port = reportPort(new ReportSession(link), () => framingOver(overFeatures));
    expect(await port.send(readSerial, undefined)).toBe(golden.ctaphid.serialText);
  });

  test("in none, and nothing but the question for the serial number was sent", async () => {
    // The frame comes back as an error of a channel that nobody has, which looks like a frame.
    const { link, sent } = scripted((report) =>
      report[0] === 0x21
        ? [Uint8Array.of(...report.subarray(0, 4), 0xbf, 0, 1, 0x0b, ...new Uint8Array(56))]
        : fido()(report)
    );
    expect(await findWay(link, options)).toBeUndefined();
    const question = golden.serial;
    expect(sent.filter((report) => report.includes(question))).toHaveLength(3);
    expect(sent.filter((report) => !report.includes(question))).toHaveLength(1); // INIT
  });
});
