import { describe, expect, test } from "vitest";
import { decodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import { golden } from "../../../../tests/golden/mod.ts";
import { say, seedHex } from "../../testdata/host.ts";
import { type FlashImage, memoryFlash } from "../../parts/flash.ts";
import { clockSeconds } from "../../parts/clock.ts";
import { repeatingRandom } from "../../parts/random.ts";
import { createVirtualToken } from "../../virtual_token.ts";

const { token2single: vectors } = golden;

/** A token that has been asked for the vectors' challenge and has accepted the vectors' answer. */
async function authenticated(model = "token2-single:C302-i") {
  const storage = memoryFlash();
  const time = new ManualTime(1_600_000_000_000);
  const random = repeatingRandom(decodeHex(golden.challenge));
  const token = createVirtualToken({ model, storage, time, random });
  expect(await say(token.card, "804B08000100")).toBe(`${golden.challenge}9000`);
  expect(await say(token.card, vectors.answer)).toBe("9000");
  const image = (): FlashImage => storage.read()!;
  return { token, time, image };
}

describe("vectors that the maker's firmware accepted", () => {
  test.each(vectors.seed)("seed $seed", async ({ seed, apdu }) => {
    const { token, image } = await authenticated();
    expect(await say(token.card, apdu)).toBe("9000");
    expect(seedHex(image().stored)).toBe(seed);
  });

  test.each(vectors.rejectedMinimalPad)("minimal padding of $seed", async ({ seed, apdu, sw }) => {
    const { token, image } = await authenticated();
    expect(await say(token.card, vectors.seed[0]!.apdu)).toBe("9000");
    expect(await say(token.card, apdu)).toBe(sw);
    expect(seedHex(image().stored)).toBe(vectors.seed[0]!.seed);
    expect(seedHex(image().stored)).not.toBe(seed);
  });

  test.each(vectors.truncatedMinimalPad)("silent cut of $seed", async ({ apdu, sw, stored }) => {
    const { token, image } = await authenticated();
    expect(await say(token.card, apdu)).toBe(sw);
    expect(seedHex(image().stored)).toBe(stored);
  });

  test.each(vectors.config)("configuration $displayOff $alg $step $time", async (config) => {
    const { token, time, image } = await authenticated();
    expect(await say(token.card, config.apdu)).toBe("9000");
    expect(image().stored).toEqual({
      seed: null,
      algorithm: config.alg,
      period: config.step,
      displayOff: config.displayOff,
    });
    expect(clockSeconds(image().clock, time.now())).toBe(config.time ?? golden.time);
    time.advance(61_000);
    expect(clockSeconds(image().clock, time.now())).toBe((config.time ?? golden.time) + 61);
  });

  test("the open firmware's default token answers get info as measured", async () => {
    const time = new ManualTime(golden.time * 1000);
    const { card } = createVirtualToken({ model: "token2-single:OTPC-P2-i", time });
    const measured = "0000000E38363539363232303030303030310000" + "6553F1009000";
    expect(await say(card, "80410000020211")).toBe(measured);
    expect(await say(card, "8041000000")).toBe(measured);
  });
});
