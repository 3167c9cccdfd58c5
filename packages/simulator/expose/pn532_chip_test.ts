import { describe, expect, test } from "vitest";
import { concatBytes, decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { VirtualCard } from "../card.ts";
import { VirtualPn532 } from "./pn532_chip.ts";

const WAKE = "55 55 00 00 00";
const SAM = "00 00 FF 03 FD D4 14 01 17 00";
const FIRMWARE = "00 00 FF 02 FE D4 02 2A 00";
const LOOK = "00 00 FF 04 FC D4 4A 01 00 E1 00";
const ONE_TRY = "00 00 FF 06 FA D4 32 05 FF 01 01 F4 00";
const FIELD_OFF = "00 00 FF 04 FC D4 32 01 00 F9 00";
const SELECT = "00 00 FF 07 F9 D4 40 01 00 A4 04 00 43 00";
const ACK = "0000FF00FF00";
const FOUND = "0000FF11EFD54B0101000420040801020305788070023900";
const NONE = "0000FF03FDD54B00E000";

class Card implements VirtualCard {
  readonly atr = decodeHex("3B 80 80 01 01");
  readonly seen: string[] = [];
  #present = true;
  readonly #listeners = new Set<(present: boolean) => void>();

  get present(): boolean {
    return this.#present;
  }

  set present(present: boolean) {
    this.#present = present;
    for (const listener of this.#listeners) listener(present);
  }

  power(event: string): void {
    this.seen.push(event);
  }

  process(command: Uint8Array): Promise<Uint8Array> {
    this.seen.push(encodeHex(command));
    return Promise.resolve(Uint8Array.of(0x90, 0x00));
  }

  onPresence(listener: (present: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

function setUp() {
  const card = new Card();
  let said: Uint8Array[] = [];
  const chip = new VirtualPn532({ card, write: (bytes) => said.push(bytes), unplug: () => {} });
  const ask = async (...frames: string[]): Promise<string> => {
    said = [];
    for (const frame of frames) chip.receive(decodeHex(frame));
    await new Promise((resolve) => setImmediate(resolve));
    return encodeHex(concatBytes(said));
  };
  return { card, chip, ask };
}

describe("after power-on", () => {
  test("it is deaf until it is woken, and then to all but SAMConfiguration", async () => {
    const { ask } = setUp();
    expect(await ask(SAM)).toBe("");
    expect(await ask(WAKE, FIRMWARE)).toBe("");
    expect(await ask(SAM)).toBe(`${ACK}0000FF02FED5151600`);
    expect(await ask(FIRMWARE)).toBe(`${ACK}0000FF06FAD50332010607E800`);
  });

  test("a command that it does not know is a syntax error", async () => {
    const { ask } = setUp();
    await ask(WAKE, SAM);
    expect(await ask("00 00 FF 02 FE D4 FE 2E 00")).toBe(`${ACK}0000FF01FF7F8100`);
  });
});

describe("a card in the field", () => {
  test("is found, asked, and loses its power with the field", async () => {
    const { ask, card } = setUp();
    await ask(WAKE, SAM);
    expect(await ask(LOOK)).toBe(ACK + FOUND);
    expect(await ask(SELECT)).toBe(`${ACK}0000FF05FBD5410090005A00`);
    await ask(FIELD_OFF);
    expect(card.seen).toEqual(["on", "00A40400", "off"]);
    expect(await ask(SELECT)).toBe(`${ACK}0000FF03FDD54127C300`); // no target: wrong context
  });

  test("is looked for until it comes, unless told otherwise; an ACK of the host stops that", async () => {
    const { ask, card } = setUp();
    card.present = false;
    await ask(WAKE, SAM);
    expect(await ask(LOOK)).toBe(ACK);
    await ask(ACK);
    card.present = true;
    expect(await ask()).toBe(""); // stopped
    card.present = false;
    await ask(ONE_TRY);
    expect(await ask(LOOK)).toBe(ACK + NONE);
  });

  test("that was gone for a moment answers no more until it is looked for again", async () => {
    const { ask, card } = setUp();
    await ask(WAKE, SAM, LOOK);
    card.present = false;
    card.present = true;
    expect(await ask(SELECT)).toBe(`${ACK}0000FF03FDD54101E900`);
    expect(await ask(LOOK)).toBe(ACK + FOUND);
    expect(await ask(SELECT)).toContain("9000");
  });
});

test("a NACK brings the last answer again, without doing anything again", async () => {
  const { ask, card, chip } = setUp();
  await ask(WAKE, SAM, LOOK);
  chip.strike({ kind: "checksum", on: 0x40 });
  const answer = "0000FF05FBD5410090005A00";
  expect(await ask(SELECT)).toBe(ACK + answer.replace("5A00", "5B00"));
  expect(await ask("00 00 FF FF 00 00")).toBe(answer);
  expect(card.seen).toEqual(["on", "00A40400"]);
});
