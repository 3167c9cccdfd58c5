// A chip, or what passes for one, that says strange things. It is spoken to through a fake line.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import { Chip } from "./_chip.ts";
import { Line } from "./_line.ts";
import { encodeFrame } from "./frame.ts";
import { Pn532Error } from "./pn532_error.ts";
import { FakeSerial, type Script } from "./testdata/fake_serial.ts";

const ACK = "0000FF00FF00";
const TARGET = { target: { number: 1, ats: Uint8Array.of(1) }, longest: 1_000 };
const COMMAND = Uint8Array.of(0, 0xb0, 0, 0);
const frame = (...bytes: number[]): string => encodeHex(encodeFrame(Uint8Array.from(bytes)));
const EXCHANGE = frame(0xd4, 0x40, 1, ...COMMAND);
const GO_ON = frame(0xd4, 0x40, 1);

async function chipOn(script: Script) {
  const serial = new FakeSerial(script);
  const time = new ManualTime(0);
  const line = new Line(await serial.open({}), time);
  return { serial, time, line, chip: new Chip(line, time) };
}

async function state(call: Promise<unknown>): Promise<string> {
  const error = await call.then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(Pn532Error);
  return (error as Pn532Error).message;
}

async function meaning(call: Promise<unknown>): Promise<unknown> {
  const error = await call.then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(Pn532Error);
  return (error as Pn532Error).meaning;
}

describe("answers in parts", () => {
  test("are put together, each part asked for by an exchange without data", async () => {
    const { chip, serial } = await chipOn([
      [EXCHANGE, ACK, frame(0xd5, 0x41, 0x40, 1, 2)],
      [GO_ON, ACK, frame(0xd5, 0x41, 0x00, 0x90, 0x00)],
    ]);
    expect(await chip.exchange(COMMAND, TARGET)).toEqual(Uint8Array.of(1, 2, 0x90, 0));
    expect(serial.written).toHaveLength(2);
  });

  test.each([
    ["without end", frame(0xd5, 0x41, 0x40, ...new Uint8Array(200))],
    ["without content", frame(0xd5, 0x41, 0x40)],
  ])("that go on %s are given up", async (_, part) => {
    const { chip, serial } = await chipOn([[EXCHANGE, ACK, part], [GO_ON, ACK, part]]);
    expect(await state(chip.exchange(COMMAND, TARGET))).toBe("the token's answer does not end");
    expect(serial.written.length).toBeLessThan(10);
  });

  test("that fail half-way are an error, not half an answer", async () => {
    const { chip } = await chipOn([
      [EXCHANGE, ACK, frame(0xd5, 0x41, 0x40, 0x90, 0x00)],
      [GO_ON, ACK, frame(0xd5, 0x41, 0x01)],
    ]);
    expect(await state(chip.exchange(COMMAND, TARGET))).toBe("the token does not answer any more");
  });

  // What the chip itself refuses was not sent; but the token has carried the command out by then.
  test.each([
    ["the chip does not know of a token any more", [ACK, frame(0xd5, 0x41, 0x27)]],
    ["the chip does not take the command", [ACK, "0000FF01FF7F8100"]],
    ["what is said arrives damaged", ["0000FFFF0000"]],
  ])("of which the rest cannot be fetched never say that nothing was sent: %s", async (_, said) => {
    const { chip } = await chipOn([
      [EXCHANGE, ACK, frame(0xd5, 0x41, 0x40, 1, 2)],
      [GO_ON, ...said],
    ]);
    expect(await meaning(chip.exchange(COMMAND, TARGET))).toMatchObject({ delivery: "unknown" });
  });
});

describe("commands in parts", () => {
  const long = new Uint8Array(300).fill(7);
  const part = (more: number, bytes: Uint8Array): string => frame(0xd4, 0x40, more | 1, ...bytes);
  const [first, last] = [part(0x40, long.subarray(0, 262)), part(0, long.subarray(262))];
  const REFUSED = frame(0xd5, 0x41, 0x27);

  test("are sent in order, each after the one before was taken", async () => {
    const { chip, serial } = await chipOn([
      [first, ACK, frame(0xd5, 0x41, 0)],
      [last, ACK, frame(0xd5, 0x41, 0, 0x90, 0)],
    ]);
    expect(await chip.exchange(long, TARGET)).toEqual(Uint8Array.of(0x90, 0));
    expect(serial.written).toEqual([first, last]);
  });

  test("of which the chip refuses the first were not sent, and of which it refuses the second may have been", async () => {
    const none = await chipOn([[first, ACK, REFUSED]]);
    expect(await meaning(none.chip.exchange(long, TARGET))).toMatchObject({ delivery: "not-sent" });
    const half = await chipOn([[first, ACK, frame(0xd5, 0x41, 0)], [last, ACK, REFUSED]]);
    expect(await meaning(half.chip.exchange(long, TARGET))).toMatchObject({ delivery: "unknown" });
  });
});

test("a chip that is given up is stopped, and takes the token's power before the line ends", async () => {
  const { chip, serial, line } = await chipOn([]);
  const call = state(chip.exchange(COMMAND, TARGET));
  await expect.poll(() => serial.written).toEqual([EXCHANGE]);
  await chip.giveUp();
  expect(serial.written).toEqual([EXCHANGE, ACK, frame(0xd4, 0x32, 0x01, 0x00)]);
  expect(await call).toBe("the PN532 does not answer");
  expect(line.ended.aborted).toBe(true);
});

describe("strange answers", () => {
  test("an answer to an earlier command is not taken for this one's", async () => {
    const stale = frame(0xd5, 0x41, 0x00, 0x6f, 0x00);
    const { chip } = await chipOn([[EXCHANGE, stale + ACK, frame(0xd5, 0x41, 0, 0x90, 0)]]);
    expect(await chip.exchange(COMMAND, TARGET)).toEqual(Uint8Array.of(0x90, 0));
  });

  test("an answer to another command is passed over", async () => {
    const other = frame(0xd5, 0x4b, 0x00);
    const { chip } = await chipOn([[EXCHANGE, ACK, other, frame(0xd5, 0x41, 0, 0x90, 0)]]);
    expect(await chip.exchange(COMMAND, TARGET)).toEqual(Uint8Array.of(0x90, 0));
  });

  test("the error frame: the chip does not take the command, nothing was sent", async () => {
    const { chip } = await chipOn([[EXCHANGE, ACK, "0000FF01FF7F8100"]]);
    const error = await chip.exchange(COMMAND, TARGET).catch((error: unknown) => error);
    expect((error as Pn532Error).meaning).toMatchObject({
      reason: "unsupported",
      delivery: "not-sent",
    });
  });

  test("no status byte at all is an error", async () => {
    const { chip } = await chipOn([[EXCHANGE, ACK, frame(0xd5, 0x41)]]);
    expect(await state(chip.exchange(COMMAND, TARGET))).toContain("PN532 status 3F");
  });

  test("an ATS whose length byte is 0 is no token, though a length counts itself", async () => {
    const look = frame(0xd4, 0x4a, 1, 0);
    const target = frame(0xd5, 0x4b, 1, 1, 0, 4, 0x20, 4, 1, 2, 3, 4, 0x00);
    const { chip } = await chipOn([[look, ACK, target]]);
    const error = await chip.findTarget(0).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Pn532Error);
  });

  test("whatever a search for tokens is answered with gives a token or a clear error", async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (answer) => {
      const look = frame(0xd4, 0x4a, 1, 0);
      const { chip, time } = await chipOn([[look, ACK, frame(0xd5, 0x4b, ...answer)]]);
      const call = chip.findTarget(0).then(
        ({ ats }) => expect(ats.length).toBe(ats[0]),
        (error: unknown) => expect(error).toBeInstanceOf(Pn532Error),
      );
      let settled = false;
      const over = call.finally(() => settled = true);
      over.catch(() => undefined); // told below, once
      for (let turns = 0; turns < 20 && !settled; turns++) {
        await new Promise((resolve) => setImmediate(resolve));
        time.advance(50);
      }
      expect(settled).toBe(true);
      await call;
    }));
  });
});

describe("damage", () => {
  const damaged = frame(0xd5, 0x41, 0, 0x90, 0).replace(/5A00$/, "5B00");

  test("three damaged answers in a row are enough", async () => {
    const NACK = "0000FFFF0000";
    const { chip, time, serial } = await chipOn([[EXCHANGE, ACK, damaged], [NACK, damaged]]);
    const call = state(chip.exchange(COMMAND, TARGET));
    for (let tries = 1; tries <= 3; tries++) {
      await expect.poll(() => serial.written.length).toBe(tries);
      await expect.poll(() => time.sleeping).toBe(1);
      time.advance(200);
    }
    expect(await call).toBe("what the PN532 says arrives damaged, again and again");
    expect(serial.written).toEqual([EXCHANGE, NACK, NACK]);
    expect(time.sleeping).toBe(0);
  });

  test("a whole answer behind a damaged one is taken; nothing is asked for again", async () => {
    const { chip, serial } = await chipOn([
      [EXCHANGE, ACK, damaged + frame(0xd5, 0x41, 0, 0x90, 0)],
    ]);
    expect(await chip.exchange(COMMAND, TARGET)).toEqual(Uint8Array.of(0x90, 0));
    expect(serial.written).toHaveLength(1);
  });
});
