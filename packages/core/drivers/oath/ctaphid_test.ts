import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nitrokeySecrets as golden } from "../../../../tests/golden/nitrokey_secrets.ts";
import { decodeHex, encodeHex } from "../../bytes/mod.ts";
import { ReportSession } from "../../command/mod.ts";
import { createReportLink } from "../../link/mod.ts";
import { Secret } from "../../secret/mod.ts";
import { listCredentials } from "./commands.ts";
import { ctaphidPackets } from "../../ctaphid/mod.ts";
import { ctaphidFraming } from "./ctaphid.ts";
import { verifyPin } from "./pin.ts";
import { asMessage, reportPort } from "./port.ts";

/** A device that answers INIT with the golden channel, and the rest as it is told. */
function device(answers: readonly (string | Uint8Array)[]) {
  const sent: string[] = [];
  const queue: Uint8Array[] = [];
  const rest = [...answers];
  const link = createReportLink({
    label: "test",
    reportBytes: 64,
    send: (report) => {
      sent.push(encodeHex(report));
      if (report[4] === 0x86) {
        const nonce = report.slice(7, 15);
        const stray = Uint8Array.of(...nonce.map((byte) => byte ^ 1), 9, 9, 9, 9, 2, 4, 13, 0, 4);
        const own = Uint8Array.of(...nonce, 1, 2, 3, 4, 2, 4, 13, 0, 4);
        for (const data of [stray, own]) {
          queue.push(...ctaphidPackets(data, { channel: 0xffffffff, command: 0x86 }));
        }
      } else {
        const next = rest.shift();
        if (next !== undefined) queue.push(typeof next === "string" ? decodeHex(next) : next);
      }
      return Promise.resolve();
    },
    receive: () => {
      const next = queue.shift() ??
        (typeof rest[0] === "object" ? rest.shift() as Uint8Array : undefined);
      return next ? Promise.resolve(next) : new Promise(() => {});
    },
    release: () => Promise.resolve(),
  });
  return { port: reportPort(new ReportSession(link), ctaphidFraming()), sent };
}

test("the golden list, on a channel of our own", async () => {
  const { port, sent } = device([golden.emptyList, golden.emptyList]);
  expect(await port.send(listCredentials, undefined)).toEqual([]);
  expect(sent[0]).toMatch(/^FFFFFFFF860008/);
  expect(sent[1]).toBe(golden.list);
  await port.send(listCredentials, undefined);
  expect(sent[2]).toBe(golden.list); // the channel is kept
});

test("long messages are cut, and put together again", () => {
  const data = Uint8Array.from({ length: 200 }, (_, i) => i);
  const packets = ctaphidPackets(data, { channel: golden.channel, command: 0xf0 }).map(encodeHex);
  expect(packets.map((packet) => packet.slice(8, 10))).toEqual(["F0", "00", "01", "02"]);
  const body = packets.map((packet, i) => packet.slice(i === 0 ? 14 : 10)).join("");
  expect(body.slice(0, 400)).toBe(encodeHex(data));
});

test("a message has no Le, no length without data, and its secrets stand behind five bytes", () => {
  const pin = Secret.take(new TextEncoder().encode("123456"));
  const message = asMessage(verifyPin);
  expect(encodeHex(message.encode({ pin }))).toBe("00B20000088006313233343536");
  expect(message.secrets).toEqual([{ in: "command", from: 5 }]);
  expect(encodeHex(asMessage(listCredentials).encode())).toBe("00A10000");
});

describe("answers", () => {
  const first = (length: number, data: string): string =>
    `01020304F0${length.toString(16).padStart(4, "0")}${data}`.padEnd(128, "0").toUpperCase();

  test("that go on are fetched", async () => {
    const { port, sent } = device([first(7, "61FF7203214142".slice(0, 14)), first(4, "90007200")]);
    await expect(port.send(listCredentials, undefined)).rejects.toMatchObject({
      code: "token/garbled",
    });
    expect(sent[2]).toMatch(/^01020304F0000400A50000/);
  });

  test.each([
    ["too short for a status word", first(1, "90"), "token/garbled"],
    ["a refusal", first(2, "6982"), "token/bad-key"],
    ["an unknown command", "01020304BF000101".padEnd(128, "0"), "token/unsupported"],
    ["a busy channel", "01020304BF000106".padEnd(128, "0"), "token/garbled"],
    ["another command", "01020304810000".padEnd(128, "0"), "token/garbled"],
    ["longer than can be", "01020304F0FFFF".padEnd(128, "0"), "token/garbled"],
    ["a part without a beginning", "0102030400".padEnd(128, "0"), "token/garbled"],
  ])("%s", async (_, answer, code) => {
    const { port } = device([answer]);
    await expect(port.send(listCredentials, undefined)).rejects.toMatchObject({ code });
  });

  test("of others, or none, end with the time", async () => {
    const { port } = device(["05060708F000029000".padEnd(128, "0")]);
    await expect(port.send(listCredentials, undefined, { timeoutMs: 40 })).rejects.toMatchObject({
      code: "link/timeout",
    });
  });

  test("of any bytes are a value or a project error", async () => {
    const packet = fc.tuple(
      fc.constantFrom(0xf0, 0xbb, 0xbf, 0, 1),
      fc.integer({ min: 0, max: 300 }),
      fc.uint8Array({ minLength: 57, maxLength: 57 }),
    ).map(([kind, length, data]) =>
      Uint8Array.of(1, 2, 3, 4, kind, length >> 8, length & 0xff, ...data)
    );
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { minLength: 1, maxLength: 8 }), async (packets) => {
        const { port } = device(packets);
        const end = await port.send(listCredentials, undefined, { timeoutMs: 20 })
          .catch((error: { code: string }) => error.code);
        expect(Array.isArray(end) || typeof end === "string").toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
