import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import { ManualTime } from "@otpsmith/core/time";
import { expect, test } from "vitest";
import { protectimus as golden } from "../../../../tests/golden/protectimus.ts";
import { memoryFlash } from "../../parts/flash.ts";
import { createVirtualToken, type VirtualToken } from "../../virtual_token.ts";

const SEED = new TextEncoder().encode("12345678901234567890");
const time = new ManualTime(golden.time * 1000);

function slim(model = "SLIM-NFC"): VirtualToken {
  return createVirtualToken({
    model: `protectimus-slim:${model}`,
    seed: Secret.copyOf(SEED),
    clockOffsetSeconds: -86_400,
    storage: memoryFlash(),
    time,
  });
}

const say = async ({ card }: VirtualToken, frame: string): Promise<string> =>
  encodeHex(await card.process(decodeHex(frame)));

test("golden frames are taken: a clock, nothing of the seed, and the code of that clock", async () => {
  const token = slim();
  const before = token.display().code;
  expect(await say(token, golden.readInfo)).toBe(golden.info);
  expect(await say(token, golden.setClock30)).toBe("AA021212");
  const { code } = token.display();
  expect(code).not.toBe(before);
  const digits = Uint8Array.from(code!, Number);
  const sum = digits.reduce((all, digit) => all ^ digit, 0x42);
  const shown = encodeHex(Uint8Array.of(0xaa, 8, 0x42, ...digits, sum));
  expect(await say(token, golden.readCode)).toBe(shown);

  expect(await say(token, golden.setClock60)).toBe("AA021212"); // the time step goes with it
  expect((await say(token, golden.readInfo)).slice(20, 22)).toBe("10");
  expect(token.display().secondsLeft).toBe(60 - golden.time % 60);
});

test.each([
  ["a wrong checksum", "8603420043", "AA021515"],
  ["a wrong length", "8604420042", "AA021515"],
  ["a command that there is not", "86021111", "AA021515"],
  ["a time step that there is not", "860A1200001F0360AA2A14FA", "AA021515"],
  ["more seconds than its time step has", "860A1200001E0360AA2A1EF1", "AA021515"],
  ["an APDU", "00A4040007A0000005272101", "6E00"],
])("%s changes nothing", async (_, frame, answer) => {
  const token = slim();
  const before = token.display().code;
  expect(await say(token, frame)).toBe(answer);
  expect(token.display().code).toBe(before);
});

test("a later one takes no clock", async () => {
  const token = slim("later");
  expect(await say(token, golden.setClock30)).toBe("AA021515");
  expect(await say(token, golden.readInfo)).toMatch(/^AA0B10007111/);
});
