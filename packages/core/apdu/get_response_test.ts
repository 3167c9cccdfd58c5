import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../bytes/mod.ts";
import { LinkError } from "../errors/mod.ts";
import { type ApduLink, createApduLink } from "../link/mod.ts";
import { exchangeApdu, MAX_RESPONSE_PARTS } from "./get_response.ts";

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

const command = decodeHex("80410000020211");

describe("answers that come in parts", () => {
  test("61xx is fetched until it ends, with the length that was announced", async () => {
    const { link, sent } = linkOf((_, index) => ["01026102", "03046101", "059000"][index]!);
    const { data, status } = await exchangeApdu(link, command, { command: "test" });
    expect(encodeHex(data)).toBe("0102030405");
    expect(status).toBe(0x9000);
    expect(sent).toEqual(["80410000020211", "00C0000002", "00C0000001"]);
  });

  test("the status word of the last part is the answer's", async () => {
    const { link } = linkOf((_, index) => ["016101", "6A80"][index]!);
    expect((await exchangeApdu(link, command, { command: "test" })).status).toBe(0x6a80);
  });

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
    });
    expect(sent.length).toBe(MAX_RESPONSE_PARTS);
  });

  test("a part that could not be asked for leaves delivery unknown: the command was seen", async () => {
    const { link } = linkOf((_, index) =>
      index === 0 ? "016101" : new LinkError("busy", "Cannot send: busy", { delivery: "not-sent" })
    );
    await expect(exchangeApdu(link, command, { command: "test" })).rejects.toMatchObject({
      reason: "busy",
      delivery: "unknown",
    });
  });
});
