import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import { golden } from "../../../../tests/golden/mod.ts";
import { memoryFlash } from "../../parts/flash.ts";
import { repeatingRandom } from "../../parts/random.ts";
import { say } from "../../testdata/host.ts";
import { createVirtualToken } from "../../virtual_token.ts";
import { type Molto2Slot, readMolto2Memory } from "./memory.ts";

const { molto2: vectors } = golden;

/** A token that has accepted the vectors' answer to the vectors' challenge. */
async function authenticated() {
  const storage = memoryFlash();
  const time = new ManualTime(1_600_000_000_000);
  const random = repeatingRandom(decodeHex(golden.challenge));
  const token = createVirtualToken({ model: "token2-molto2:Molto2v2", storage, time, random });
  expect(await say(token.card, "804B080000")).toBe(`${golden.challenge}9000`);
  expect(await say(token.card, vectors.answer)).toBe("9000");
  const slot = (number: number): Molto2Slot => readMolto2Memory(storage.read()!).slots[number]!;
  const key = (): string => encodeHex(readMolto2Memory(storage.read()!).key);
  return { token, time, slot, key };
}

const hex = (slot: Molto2Slot): string | null => slot.seed && slot.seed.use(encodeHex);

describe("vectors that the maker's tool produces", () => {
  test.each(vectors.seed)("seed $seed in profile $profile", async ({ profile, seed, apdu }) => {
    const { token, slot } = await authenticated();
    expect(await say(token.card, apdu)).toBe("9000");
    expect(hex(slot(profile!))).toBe(seed);
  });

  test.each(vectors.clear)("$zeros zeros clear profile $profile", async ({ profile, apdu }) => {
    const { token, slot } = await authenticated();
    const other = vectors.seed.find((one) => one.profile === profile)!;
    expect(await say(token.card, other.apdu)).toBe("9000");
    expect(await say(token.card, apdu)).toBe("9000");
    expect(slot(profile).seed).toBeNull();
  });

  test.each(vectors.title)("title $title", async ({ profile, title, apdu }) => {
    const { token, slot } = await authenticated();
    expect(await say(token.card, apdu)).toBe("9000");
    expect(new TextDecoder().decode(slot(profile).title)).toBe(title);
  });

  test.each(vectors.config)("settings $apdu", async (config) => {
    const { token, slot } = await authenticated();
    expect(await say(token.card, config.apdu)).toBe("9000");
    expect(slot(config.profile!)).toMatchObject({
      displayOff: config.displayOff,
      algorithm: config.alg,
      digits: config.digits,
      step: config.step,
      rtcSeconds: 1_600_000_000,
      toldSeconds: golden.time,
    });
  });

  test.each(vectors.sync)("clock of profile $profile", async ({ profile, time, apdu }) => {
    const { token, slot } = await authenticated();
    expect(await say(token.card, apdu)).toBe("9000");
    expect(slot(profile)).toMatchObject({ toldSeconds: time, algorithm: 1, step: 30, digits: 6 });
  });

  test.each(vectors.setKey)("customer key $newAscii", async ({ newSm4, apdu }) => {
    const { token, key } = await authenticated();
    expect(await say(token.card, apdu)).toBe("9060");
    expect(key()).toBe(newSm4);
  });
});
