import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import { golden } from "../../../../tests/golden/mod.ts";
import { memoryFlash } from "../../parts/flash.ts";
import { authenticate, encrypt, say, secured } from "../../testdata/host.ts";
import { createVirtualToken, type Personality } from "../../virtual_token.ts";
import { MOLTO2_FACTORY_KEY as KEY } from "./core.ts";
import { readMolto2Memory } from "./memory.ts";

const WRONG = new Uint8Array(16);

function setUp(personality: Personality = {}, model = "Molto2v2") {
  const storage = memoryFlash();
  const time = new ManualTime(golden.time * 1000);
  const token = createVirtualToken({
    model: `token2-molto2:${model}`,
    storage,
    time,
    personality,
    serial: "826658711763730",
  });
  const ask = (hex: string): Promise<string> => say(token.card, hex);
  const memory = () => readMolto2Memory(storage.read()!);
  return { token, time, ask, memory, unlock: () => authenticate(token.card, KEY) };
}

/** Everything that a promise of this process waits for has happened. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function seed(text: string, slot = "00"): string {
  const padded = new Uint8Array(32);
  padded.set(new TextEncoder().encode(text));
  padded[text.length] = 0x80;
  return secured(`C501${slot}`, encodeHex(encrypt(padded, KEY)), KEY);
}

test("tells serial number and clock in the shape that was seen on hardware", async () => {
  const { ask } = setUp();
  const answer = await ask("8041000000");
  expect(answer).toMatch(/^9536020F383236363538373131373633373330110465 ?53F100/);
  expect(answer.length).toBe(2 * (2 + 54 + 2));
});

test("tells a profile to anybody, refuses Le, and knows how many it has", async () => {
  const { ask, unlock } = setUp();
  const empty = `951F701D00${"00".repeat(16)}${"00".repeat(8)}011E06009000`;
  expect(await ask("804100630170")).toBe(empty);
  expect(await ask("80410063017000")).toBe("6FFB");
  expect(await ask("804100640170")).toBe("6A86");
  expect(await setUp({}, "Molto2").ask("804100320170")).toBe("6A86");
  await unlock();
  await ask(seed("12345678901234567890", "63"));
  expect(await ask("804100630170")).toMatch(/^951F701D20.*011E06019000$/);
});

describe("without authentication", () => {
  test("nothing is written, and a wrong MAC is no better", async () => {
    const { ask, unlock, memory } = setUp();
    expect(await ask(seed("1234"))).toBe("6983");
    expect(await ask("80E6000000")).toBe("6983");
    expect(await ask("80D80C0200")).toBe("6983");
    await unlock();
    expect(await ask(seed("1234").replace(/.$/, (last) => (last === "0" ? "1" : "0")))).toBe(
      "6983",
    );
    expect(memory().slots[0]!.seed).toBeNull();
  });

  test("a challenge counts once, and asking for one ends the session", async () => {
    const { ask, unlock } = setUp();
    expect(await unlock()).toBe("9000");
    await ask("804B080000");
    expect(await ask(seed("1234"))).toBe("6983");
    expect(await ask(`80CE000010${"00".repeat(16)}`)).toBe("63C7");
    expect(await ask(`80CE000010${"00".repeat(16)}`)).toBe("6A80");
  });
});

describe("wrong keys", () => {
  test("count down, are forgiven by a right one, and lock for good at last", async () => {
    const { token, unlock } = setUp();
    const wrong = (): Promise<string> => authenticate(token.card, WRONG);
    expect([await wrong(), await wrong(), await unlock(), await wrong()])
      .toEqual(["63C7", "63C6", "9000", "63C7"]);
    for (let left = 6; left >= 0; left--) expect(await wrong()).toBe(`63C${left}`);
    expect(await wrong()).toBe("6983");
    expect(await unlock()).toBe("6983");
  });

  test("are counted as the maker's document has it, where asked for", async () => {
    const { token } = setUp({ molto2: { plainCounter: true } });
    expect(await authenticate(token.card, WRONG)).toBe("6307");
  });
});

describe("what cannot be", () => {
  test.each([
    ["no such instruction", "8099000000", "6D00"],
    ["no such class", "0041000000", "6E00"],
    ["a header alone is a command, three bytes are none", "804100", "6700"],
    ["data cut off", "80CE00001000", "6700"],
  ])("%s", async (_, command, answer) => {
    expect(await setUp().ask(command)).toBe(answer);
  });

  test.each([
    ["seed of no whole block", "C50100", "00"],
    ["seed without padding", "C50100", encodeHex(encrypt(new Uint8Array(16).fill(1), KEY))],
    ["empty title", "D50000", encodeHex(encrypt(decodeHex(`80${"00".repeat(15)}`), KEY))],
    ["title of 13 bytes", "D50000", encodeHex(encrypt(decodeHex(`${"41".repeat(13)}800000`), KEY))],
    ["settings of seven digits", "D40100", "81141F01010F046553F10086090A01010B01070D011E"],
    ["settings cut off", "D40100", "81141F0101"],
    ["key of another shape", "D70000", encodeHex(encrypt(new Uint8Array(32).fill(1), KEY))],
  ])("%s", async (_, header, body) => {
    const { ask, unlock, memory } = setUp();
    const before = memory();
    await unlock();
    expect(await ask(secured(header, body, KEY))).toBe("6A80");
    expect(memory()).toEqual(before);
  });

  test("profiles beyond the last", async () => {
    const { ask, unlock } = setUp({}, "Molto2");
    await unlock();
    const title = encodeHex(encrypt(decodeHex(`4180${"00".repeat(14)}`), KEY));
    expect(await ask(seed("1234", "32"))).toBe("6A86");
    expect(await ask(secured("D50032", title, KEY))).toBe("6A86");
    expect(await ask(secured("D40132", "81060F046553F100", KEY))).toBe("6A86");
    expect(await ask("80E6003200")).toBe("6A86");
  });
});

test("erasing keeps the title, and says when there is nothing", async () => {
  const { ask, unlock, memory } = setUp();
  await unlock();
  const title = encodeHex(encrypt(decodeHex(`4180${"00".repeat(14)}`), KEY));
  await ask(seed("1234"));
  expect(await ask(secured("D50000", title, KEY))).toBe("9000");
  expect(await ask("80E6000000")).toBe("9000");
  expect(await ask("80E6000000")).toBe("6A83");
  expect(memory().slots[0]).toMatchObject({ seed: null, title: Uint8Array.of(0x41) });
});

test("quirks: erased by anybody, no second seed, no lock", async () => {
  const { ask, unlock } = setUp({
    molto2: { erasesForAnybody: true, wantsErase: true, noLock: true },
  });
  expect(await ask("80E6000000")).toBe("6A83");
  await unlock();
  expect([await ask(seed("1234")), await ask(seed("5678"))]).toEqual(["9000", "6985"]);
  expect(await ask("80D80C0200")).toBe("6D00");
});

test("a lock hides the codes; they come back as they were", async () => {
  const { ask, unlock, token } = setUp();
  await unlock();
  await ask(seed("12345678901234567890"));
  const shown = token.display(0);
  expect(shown).toMatchObject({ code: "921300", secondsLeft: 10 }); // the vectors' notes, other library
  expect(await ask("80D80C0200")).toBe("9000");
  expect(token.display(0)).toMatchObject({ code: null, text: "LOCKED" });
  expect(await ask("80D80C020101")).toBe("9000");
  expect(token.display(0)).toEqual(shown);
  expect(token.display()).toEqual(shown);
  expect(token.display(1).text).toBe("------");
});

test("each profile has a time of its own", async () => {
  const { ask, unlock, token, time } = setUp();
  await unlock();
  await ask(seed("12345678901234567890", "00"));
  await ask(seed("12345678901234567890", "01"));
  expect(await ask(secured("D40101", "81060F046553F100", KEY))).toBe("9000");
  time.advance(3_600_000);
  const late = token.display(1).code;
  await ask(secured("D40101", "81060F046553F100", KEY));
  expect(token.display(1).code).toBe("921300");
  expect(token.display(0).code).toBe(late);
});

describe("▲", () => {
  test("pressed: everything is as it left the factory", async () => {
    const { ask, unlock, memory } = setUp();
    await unlock();
    await ask(seed("1234"));
    expect(await ask("8056000000")).toBe("9060");
    expect(memory().slots.every(({ seed }) => seed === null)).toBe(true);
    expect(await ask(seed("1234"))).toBe("6983"); // the session is over
  });

  test.each([
    ["never pressed", { never: true }],
    ["pressed late", { afterMs: 31_000 }],
  ])("%s: nothing happens", async (_, presser) => {
    const { ask, unlock, memory, time } = setUp({ presser });
    await unlock();
    await ask(seed("1234"));
    expect(await ask("8056000000")).toBe("9060");
    time.advance(31_000);
    await settled();
    expect(memory().slots[0]!.seed).not.toBeNull();
  });

  test("a question that lost its power is not answered", async () => {
    const { ask, unlock, memory, token } = setUp({ presser: { byHand: true } });
    await unlock();
    await ask(seed("1234"));
    await ask("8056000000");
    expect(token.hands.button.blinking).toBe(true);
    token.card.power("reset");
    token.hands.press();
    await settled();
    expect(memory().slots[0]!.seed).not.toBeNull();
  });
});

test("a write that loses power half-way leaves the slot empty", async () => {
  const { token, ask, unlock, memory } = setUp();
  await unlock();
  await ask(seed("1234"));
  token.faults.schedule({ kind: "torn-write", steps: 1 });
  await expect(ask(seed("5678"))).rejects.toThrow("lost power");
  expect(memory().slots[0]!.seed).toBeNull();
});
