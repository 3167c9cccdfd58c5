import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../bytes/mod.ts";
import { LinkError, markProjectError } from "../errors/mod.ts";
import { type ApduLink, createApduLink } from "../link/mod.ts";
import { exchangeApdu, MAX_RESPONSE_BYTES, MAX_RESPONSE_PARTS } from "./get_response.ts";

function linkOf(answer: (sent: string, index: number) => string | Error): {
  link: ApduLink;
  sent: string[];
} {
  const sent: string[] = [];
  const link = createApduLink({
    label: "test",
    medium: "simulated",
    limits: { command: 261, response: 258 },
    exchange: (command) => {
      sent.push(encodeHex(command));
      const reply = answer(sent.at(-1)!, sent.length - 1);
      return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(decodeHex(reply));
    },
    release: () => Promise.resolve(),
  });
  return { link, sent };
}

/** A link that hands on the very arrays it is given, and everything that comes back. */
function bareLink(transceive: ApduLink["transceive"]): ApduLink {
  return {
    kind: "apdu",
    medium: "simulated",
    limits: { command: 261, response: 65_538 },
    closed: new AbortController().signal,
    transceive,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const command = decodeHex("80410000020211");

describe("answers that come in parts", () => {
  test("61xx is fetched until it ends, with the length that was announced", async () => {
    const { link, sent } = linkOf((_, index) => ["01026102", "03046101", "059000"][index]!);
    const { data, status } = await exchangeApdu(link, command, { command: "test" });
    expect(encodeHex(data)).toBe("0102030405");
    expect(status).toBe(0x9000);
    expect(sent).toEqual(["80410000020211", "00C0000002", "00C0000001"]);
  });

  test("whoever traces is told each exchange, and where its data stands in the whole answer", async () => {
    const { link } = linkOf((_, index) => ["6C05", "01026102", "03046101", "059000"][index]!);
    const seen: unknown[] = [];
    await exchangeApdu(link, command, {
      command: "test",
      onExchange: (sent, answer, { offset }) =>
        seen.push([encodeHex(sent), encodeHex(answer), offset]),
    });
    expect(seen).toEqual([
      ["80410000020211", "6C05", 0],
      ["8041000002021105", "01026102", 0],
      ["00C0000002", "03046101", 2],
      ["00C0000001", "059000", 4],
    ]);
  });

  test("the status word of the last part is the answer's", async () => {
    const { link } = linkOf((_, index) => ["016101", "6A80"][index]!);
    expect((await exchangeApdu(link, command, { command: "test" })).status).toBe(0x6a80);
  });

  test("a family's own instruction fetches the rest, too", async () => {
    const { link, sent } = linkOf((_, index) => ["0161FF", "029000"][index]!);
    const { data } = await exchangeApdu(link, command, { command: "test", more: 0xa5 });
    expect(encodeHex(data)).toBe("0102");
    expect(sent[1]).toBe("00A5000000");
  });

  test("an answer that was announced and does not come is none", async () => {
    const { link } = linkOf((_, index) => ["61FF", "9000"][index]!);
    await expect(exchangeApdu(link, command, { command: "test" })).rejects.toMatchObject({
      code: "token/garbled",
      message: "Cannot test: the answer that was announced does not come",
    });
  });

  test.each([["9000"], ["61FF", "6A80"]])(
    "an empty answer that nobody has announced, or that says no, is one: %s %s",
    async (...answers) => {
      const { link } = linkOf((_, index) => answers[index]!);
      const { data, status } = await exchangeApdu(link, command, { command: "test" });
      expect([data.length, status]).toEqual([0, parseInt(answers.at(-1)!, 16)]);
    },
  );

  test("6Cxx repeats the same command with the length that is wanted", async () => {
    const { link, sent } = linkOf((_, index) => ["6C05", "01020304059000"][index]!);
    expect((await exchangeApdu(link, command, { command: "test" })).data.length).toBe(5);
    expect(sent[1]).toBe("8041000002021105");
  });

  test("6Cxx for a command without data replaces its last byte", async () => {
    const { link, sent } = linkOf((_, index) => ["6C02", "01029000"][index]!);
    await exchangeApdu(link, decodeHex("8041000000"), { command: "test" });
    expect(sent[1]).toBe("8041000002");
  });

  test("6Cxx twice is an answer, not a loop", async () => {
    const { link, sent } = linkOf(() => "6C05");
    expect((await exchangeApdu(link, command, { command: "test" })).status).toBe(0x6c05);
    expect(sent.length).toBe(2);
  });

  test("an answer that never ends is given up", async () => {
    const { link, sent } = linkOf(() => "AA6101");
    await expect(exchangeApdu(link, command, { command: "test" })).rejects.toMatchObject({
      code: "token/garbled",
      message: "Cannot test: the answer does not end",
    });
    expect(sent.length).toBe(MAX_RESPONSE_PARTS);
  });

  describe("long ones", () => {
    const PART = 65_536;
    const PARTS = MAX_RESPONSE_BYTES / PART;
    const part = new Uint8Array(PART + 2);
    part.set([0x61, 0x00], PART);

    test("of as many bytes as are taken come whole", async () => {
      let sent = 0;
      const link = bareLink(() => Promise.resolve(++sent > PARTS ? decodeHex("9000") : part));
      const { data, status } = await exchangeApdu(link, command, { command: "test" });
      expect([data.length, status]).toEqual([MAX_RESPONSE_BYTES, 0x9000]);
    });

    test("of more are given up, however few the parts", async () => {
      let sent = 0;
      const link = bareLink(() => Promise.resolve(++sent > 2 * PARTS ? decodeHex("9000") : part));
      await expect(exchangeApdu(link, command, { command: "test" })).rejects.toMatchObject({
        message: "Cannot test: the answer does not end",
      });
      expect(sent).toBe(PARTS + 1);
    });
  });

  test("a part without a status word is garbled, and the message has the command's name", async () => {
    const answers = ["016101", "02"];
    const link = bareLink(() => Promise.resolve(decodeHex(answers.shift()!)));
    await expect(exchangeApdu(link, command, { command: "test" })).rejects.toMatchObject({
      code: "token/garbled",
      message: "Cannot test: the answer has 1 bytes and no status word",
    });
  });

  test("the repeated command is overwritten after it was sent, and the caller's is not", async () => {
    const kept: Uint8Array[] = [];
    const sent: string[] = [];
    const own = command.slice();
    const link = bareLink((bytes) => {
      kept.push(bytes);
      sent.push(encodeHex(bytes));
      return kept.length > 1 ? Promise.reject(new Error("no")) : Promise.resolve(decodeHex("6C05"));
    });
    await expect(exchangeApdu(link, own, { command: "test" })).rejects.toThrow("no");
    expect(sent).toEqual(["80410000020211", "8041000002021105"]);
    expect(kept.map(encodeHex)).toEqual(["80410000020211", "0000000000000000"]);
  });

  test("a part that could not be asked for leaves delivery unknown: the command was seen", async () => {
    const { link } = linkOf((_, index) =>
      index === 0 ? "016101" : new LinkError("busy", "Cannot send: busy", {
        delivery: "not-sent",
        next: "Close the other program.",
      })
    );
    await expect(exchangeApdu(link, command, { command: "test" })).rejects.toMatchObject({
      reason: "busy",
      delivery: "unknown",
      next: "Close the other program.",
    });
  });

  test("also where the link's errors are those of another copy of this package", async () => {
    const thrown = Object.assign(new Error("Cannot send: busy"), {
      ...{ code: "link/busy", reason: "busy", delivery: "not-sent", next: undefined },
    });
    markProjectError(thrown);
    const answers = [Promise.resolve(decodeHex("016101")), Promise.reject(thrown)];
    const link = bareLink(() => answers.shift()!);
    await expect(exchangeApdu(link, command, { command: "test" })).rejects.toMatchObject({
      reason: "busy",
      delivery: "unknown",
    });
  });

  test("what else a link throws is passed on as it is", async () => {
    const thrown = Object.assign(new TypeError("no link of ours"), { delivery: "not-sent" });
    const answers = [Promise.resolve(decodeHex("016101")), Promise.reject(thrown)];
    const link = bareLink(() => answers.shift()!);
    await expect(exchangeApdu(link, command, { command: "test" })).rejects.toBe(thrown);
  });

  test("a part that was answered unusably is passed on as it is", async () => {
    const thrown = new LinkError("busy", "Cannot send: busy", { delivery: "answered" });
    const { link } = linkOf((_, index) => index === 0 ? "016101" : thrown);
    await expect(exchangeApdu(link, command, { command: "test" })).rejects.toBe(thrown);
  });
});
