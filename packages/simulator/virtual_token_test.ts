import { execFileSync } from "node:child_process";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { FormatError } from "@otpsmith/core/errors";
import { Secret } from "@otpsmith/core/secret";
import { ManualTime } from "@otpsmith/core/time";
import { memoryFlash } from "./parts/flash.ts";
import { authenticate, configCommand, say, seedCommand } from "./testdata/host.ts";
import { createVirtualToken, type VirtualTokenOptions } from "./virtual_token.ts";

const NOW = 1_700_000_000;
const OLD = decodeHex("0102030405060708090A0B0C0D0E0F1011121314");
const NEW = decodeHex("3132333435363738393031323334353637383930");

function make(options: VirtualTokenOptions = {}) {
  const time = new ManualTime(NOW * 1000);
  const storage = memoryFlash();
  return { ...createVirtualToken({ time, storage, ...options }), time, storage };
}

function code(seed: Uint8Array, at: number, hash = "SHA1", period = 30): string {
  const args = [`--totp=${hash}`, `--time-step-size=${period}s`, `--now=@${at}`, "-"];
  return execFileSync("oathtool", args, { input: encodeHex(seed), encoding: "utf8" }).trim();
}

async function tokenClock(card: ReturnType<typeof make>["card"]): Promise<number> {
  const answer = await say(card, "80410000020211");
  return parseInt(answer.slice(-12, -4), 16);
}

test("a new seed is shown only after switching off and on, and so is a new configuration", async () => {
  const { card, hands, display, time } = make({ seed: Secret.copyOf(OLD) });
  expect(display()).toEqual({ code: code(OLD, NOW), text: code(OLD, NOW), secondsLeft: 10 });
  await authenticate(card);
  await say(card, configCommand({ seconds: NOW, algorithm: 2, period: 60 }));
  await say(card, seedCommand(NEW));
  expect(display().code).toBe(code(OLD, NOW));
  card.power("off"); // the reader's power is not the token's
  card.power("on");
  hands.takeAway();
  hands.place();
  expect(display().code).toBe(code(OLD, NOW));
  hands.switchOff();
  expect(display()).toEqual({ code: null, text: "", secondsLeft: 0 });
  hands.switchOn();
  expect(display().code).toBe(code(NEW, NOW, "SHA256", 60));
  time.advance(100_000);
  expect(display().code).toBe(code(NEW, NOW + 100, "SHA256", 60));
});

test("a restricted token that only had its clock set shows dashes from the next time on", async () => {
  const { card, hands, display } = make({
    model: "token2-single:C301-i",
    seed: Secret.copyOf(OLD),
  });
  await authenticate(card);
  await say(card, configCommand({ seconds: NOW }));
  expect(display().code).toBe(code(OLD, NOW));
  hands.powerCycle();
  expect(display().text).toBe("------");
});

test("restricted or not can be said against the model", async () => {
  const { card, storage } = make({ restricted: true, seed: Secret.copyOf(OLD) });
  await authenticate(card);
  await say(card, configCommand({ seconds: NOW }));
  expect(storage.read()?.stored.seed).toBeNull();
});

test("the clock is as wrong as it was made, drifts, and can be set", async () => {
  const { card, time } = make({ clockOffsetSeconds: -90, ppm: 100 });
  expect(await tokenClock(card)).toBe(NOW - 90);
  time.advance(86_400_000);
  expect(await tokenClock(card)).toBe(NOW - 90 + 86_400 + 8);
  await authenticate(card);
  await say(card, configCommand({ seconds: NOW + 86_400 }));
  expect(await tokenClock(card)).toBe(NOW + 86_400);
  time.advance(86_400_000);
  expect(await tokenClock(card)).toBe(NOW + 2 * 86_400 + 8);
});

test("wakes up as it was left; what the factory said does not count any more", () => {
  const { storage, time, display } = make({ clockOffsetSeconds: 30, seed: Secret.copyOf(OLD) });
  const again = createVirtualToken({ storage, time, clockOffsetSeconds: 999, ppm: 5 });
  expect([again.model, again.serial]).toEqual(["token2-single:C302-i", "86596320000001"]);
  expect(again.display()).toEqual(display());
  expect(storage.read()?.clock.ppm).toBe(0);
});

test("a caller may wipe the seed it gave", () => {
  const seed = Secret.copyOf(OLD);
  const { display } = make({ seed });
  seed.wipe();
  expect(display().code).toBe(code(OLD, NOW));
});

describe("refuses with a next step", () => {
  const refusal = (options: VirtualTokenOptions): FormatError => {
    try {
      createVirtualToken(options);
    } catch (error) {
      if (error instanceof FormatError) return error;
    }
    throw new Error("no FormatError was thrown");
  };

  test("storage that holds another token", () => {
    const { storage } = make();
    expect(refusal({ storage, model: "token2-single:C301-i" })).toMatchObject({
      code: "format/state",
      message: 'Cannot use token state "memory": it holds a token2-single:C302-i',
    });
    expect(refusal({ storage, serial: "86596320000002" })).toMatchObject({
      message: 'Cannot use token state "memory": it holds the token 86596320000001',
      next: "Name another state file, or ask for the token that is in this one.",
    });
  });

  test("no such model", () => {
    expect(refusal({ model: "C9" }).code).toBe("format/token-spec");
  });
});

test("a sleepy token is gone after its display-off time, which a configuration changes", async () => {
  const { card, hands, time } = make({ personality: { sleepy: true } });
  await authenticate(card);
  await say(card, configCommand({ seconds: NOW, displayOff: 3 }));
  time.advance(29_000);
  expect(card.present).toBe(true);
  time.advance(1_000);
  expect(card.present).toBe(false);
  await expect(say(card, "8041000000")).rejects.toMatchObject({
    code: "link/lost",
    next: "Switch the token on and place it on the reader.",
  });
  hands.switchOn();
  time.advance(119_000);
  expect(card.present).toBe(true);
  time.advance(1_000);
  expect(card.present).toBe(false);
});

test("other tokens stay awake", () => {
  const { card, time } = make();
  time.advance(1e12);
  expect(card.present).toBe(true);
});

test("nothing of a token shows its seed when it is printed", async () => {
  const token = make({ seed: Secret.copyOf(NEW) });
  await authenticate(token.card);
  await say(token.card, seedCommand(NEW));
  const printed = inspect([token, token.storage.read()], { depth: 20, showHidden: true }) +
    JSON.stringify([token, token.storage.read()]);
  expect(printed).not.toMatch(/3132333435363738|12345678901234567890|49, 50, 51, 52/i);
});
