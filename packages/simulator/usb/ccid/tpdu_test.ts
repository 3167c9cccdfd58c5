import { describe, expect, test } from "vitest";
import { concatBytes, decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { echoCard } from "../../expose/testdata/echo_card.ts";
import { T0Card } from "./_t0_card.ts";
import { T1Card } from "./_t1_card.ts";
import { protocolsOf } from "./atr.ts";
import { decodeT1, encodeT1, type T1Block } from "./t1_block.ts";

const LONG = Uint8Array.from({ length: 100 }, (_, i) => i);

function t1(extensions = 0) {
  const card = echoCard();
  const speaker = new T1Card(card, { extensions });
  /** Sends one block, gives back "pcb data". */
  const say = async (pcb: number, data: Uint8Array = new Uint8Array()): Promise<string> => {
    const answer = await speaker.exchange(encodeT1({ nad: 0, pcb, data }, "lrc"));
    const block = decodeT1(answer, "lrc") as T1Block;
    return `${encodeHex(Uint8Array.of(block.pcb))} ${encodeHex(block.data)}`.trim();
  };
  return { card, speaker, say };
}

describe("T=1", () => {
  test("commands alternate their numbers, and so do answers", async () => {
    const { say } = t1();
    expect(await say(0x00, decodeHex("00A4040000"))).toBe("00 01A50501019000");
    expect(await say(0x40, decodeHex("00A4040000"))).toBe("40 01A50501019000");
    expect(await say(0x40, decodeHex("00A4040000"))).toBe("82"); // out of turn: 0 is awaited
  });

  test("both sides chain", async () => {
    const { card, say } = t1();
    const heard = card.asked();
    expect(await say(0x20, LONG.subarray(0, 32))).toBe("90");
    expect(await say(0x60, LONG.subarray(32, 64))).toBe("80");
    expect(await say(0x20, LONG.subarray(64, 96))).toBe("90");
    const parts = [await say(0x40, LONG.subarray(96))];
    expect(await heard).toEqual(LONG);
    for (const pcb of [0x90, 0x80, 0x90]) parts.push(await say(pcb));
    expect(parts.map((part) => part.slice(0, 2))).toEqual(["20", "60", "20", "40"]);
    const answer = parts.map((part) => part.slice(3)).join("");
    expect(answer).toBe(encodeHex(concatBytes([LONG.map((byte) => byte + 1), decodeHex("9000")])));
  });

  test("a part is sent again when it is asked for, and after a damaged block", async () => {
    const { speaker, say } = t1();
    await say(0xc1, Uint8Array.of(20));
    const first = await say(0x00, LONG.subarray(0, 30));
    expect(await say(0x81)).toBe(first);
    const damaged = encodeT1({ nad: 0, pcb: 0x90, data: new Uint8Array() }, "lrc");
    damaged[3]! ^= 1;
    expect(encodeHex(await speaker.exchange(damaged))).toMatch(/^009100/);
    expect(await say(0x90)).toMatch(/^40 1516/);
  });

  test("supervision: IFS, resynchronisation, waiting time", async () => {
    const { say } = t1(2);
    expect(await say(0xc1, Uint8Array.of(0xfe))).toBe("E1 FE");
    expect(await say(0xc1, Uint8Array.of(0))).toBe("82");
    expect(await say(0x00, decodeHex("00A4040000"))).toBe("C3 01");
    expect(await say(0x81)).toBe("C3 01"); // what it said was lost
    expect(await say(0xe3, Uint8Array.of(1))).toBe("C3 01");
    expect(await say(0xe3, Uint8Array.of(1))).toBe("00 01A50501019000");
    expect(await say(0xc0)).toBe("E0");
    expect(await say(0x00, decodeHex("00A4040000"))).toBe("C3 01");
  });

  test("a block that is longer than the card takes", async () => {
    expect(await t1().say(0x00, LONG)).toBe("82");
  });
});

describe("T=0", () => {
  const say = async (speaker: T0Card, hex: string): Promise<string> =>
    encodeHex(await speaker.exchange(decodeHex(hex)));

  test("the length that is wanted", async () => {
    const speaker = new T0Card(echoCard());
    expect(await say(speaker, "00A4040000")).toBe("01A50501019000");
    expect(await say(speaker, "00A4040006")).toBe("6C05");
    expect(await say(speaker, "00A4040005")).toBe("01A50501069000");
  });

  test("what a command with data gives is fetched, in pieces if need be", async () => {
    const speaker = new T0Card(echoCard());
    expect(await say(speaker, "00A40400020102")).toBe("6107");
    expect(await say(speaker, "00C0000009")).toBe("6C07");
    expect(await say(speaker, "00C0000003")).toBe("01A5056104");
    expect(await say(speaker, "00C0000004")).toBe("010302039000");
    expect(await say(speaker, "00A4040005")).toBe("01A50501069000");
  });

  test("a command that is not as long as it says", async () => {
    const speaker = new T0Card(echoCard());
    for (const hex of ["00A40400", "00A404000201", "00A4040002010203"]) {
      expect(await say(speaker, hex)).toBe("6700");
    }
  });
});

test.each([
  ["3B80800101", [0, 1], 32, false],
  ["3B00", [0], 32, false],
  ["3BDA18FF81B1FE751F030031C573C001400090000C", [1], 254, false], // an OpenPGP card
  ["3B80C0", [0], 32, false], // cut off
  ["3B808071FE0001F1", [0, 1], 254, true],
])("protocols of %s", (atr, offered, ifsc, crc) => {
  expect(protocolsOf(decodeHex(atr))).toEqual({ offered, ifsc, crc });
});
