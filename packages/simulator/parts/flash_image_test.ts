import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { FormatError } from "@otpsmith/core/errors";
import { Secret } from "@otpsmith/core/secret";
import { seedHex } from "../testdata/host.ts";
import type { FlashImage, OtpSettings } from "./flash.ts";
import { decodeFlashImage, encodeFlashImage } from "./flash_image.ts";

const byte = fc.nat({ max: 255 });
const settings: fc.Arbitrary<OtpSettings> = fc.record({
  seed: fc.option(
    fc.uint8Array({ minLength: 1, maxLength: 63 }).map((seed) => Secret.copyOf(seed)),
  ),
  algorithm: byte,
  period: byte,
  displayOff: byte,
});
const images: fc.Arbitrary<FlashImage> = fc.record({
  model: fc.constantFrom("token2-single:C302-i", "token2-single:unknown"),
  serial: fc.stringMatching(/^\d{14}$/),
  restricted: fc.boolean(),
  clock: fc.record({
    seconds: fc.nat({ max: 0xffff_ffff }),
    setAt: fc.integer({ min: 0, max: 4e12 }),
    ppm: fc.integer({ min: -500, max: 500 }),
  }),
  stored: settings,
  active: settings,
  powerCycles: fc.nat(),
  wrongAnswers: fc.nat(),
  locked: fc.boolean(),
}).chain((image) =>
  fc.option(fc.uint8Array({ maxLength: 200 }), { nil: undefined }).map((cells) =>
    cells === undefined ? image : { ...image, cells: Secret.copyOf(cells) }
  )
);

/** The image with its seeds in the open, for comparing. */
function open(image: FlashImage): unknown {
  const bare = (s: OtpSettings): unknown => ({ ...s, seed: seedHex(s) });
  const cells = image.cells?.use((bytes) => [...bytes]);
  return { ...image, stored: bare(image.stored), active: bare(image.active), cells };
}

test("what is written is read back", () => {
  fc.assert(fc.property(images, (image) => {
    expect(open(decodeFlashImage(encodeFlashImage(image), "f"))).toEqual(open(image));
  }));
});

const SEED = "DEADBEEF00112233445566778899AABBCCDDEEFF";
const GOOD = encodeFlashImage({
  model: "token2-single:C302-i",
  serial: "86596320000001",
  restricted: false,
  clock: { seconds: 1, setAt: 2, ppm: 0 },
  stored: {
    seed: Secret.copyOf(Uint8Array.from(Buffer.from(SEED, "hex"))),
    algorithm: 1,
    period: 30,
    displayOff: 1,
  },
  active: { seed: null, algorithm: 1, period: 30, displayOff: 1 },
  powerCycles: 0,
  wrongAnswers: 0,
  locked: false,
});

function refusal(text: string): FormatError {
  try {
    decodeFlashImage(text, "desk.json");
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

describe("a damaged file", () => {
  test("gives one error that names the file and the next step, and nothing of its content", () => {
    const damaged = [
      "",
      "null",
      "[]",
      "not json DEADBEEF",
      GOOD.slice(0, 300),
      GOOD.replace(SEED, `${SEED}0`),
      GOOD.replace(`"${SEED}"`, `"${SEED}`),
      GOOD.replace(SEED, SEED.toLowerCase()),
      GOOD.replace(SEED, ""),
      GOOD.replace("86596320000001", "8659632"),
      GOOD.replace('"period": 30', '"period": 256'),
      GOOD.replace('"locked"', `"${SEED}": 1, "locked"`),
      GOOD.replace('"serial"', '"cereal"'),
    ];
    for (const text of damaged) {
      const error = refusal(text);
      expect(error.code).toBe("format/state");
      expect(error.message).toMatch(/^Cannot read token state "desk\.json": the file is damaged/);
      expect(error.next).toMatch(/^Name another file, or delete/);
      const said = `${error.message}${error.next}${error.stack}${JSON.stringify(error)}`;
      expect(said).not.toMatch(/DEADBEEF/i);
      expect(error.cause).toBeUndefined();
    }
  });

  test("of another version says so", () => {
    const error = refusal(GOOD.replace('"schemaVersion": 1', '"schemaVersion": 2'));
    expect(error.message).toContain("another version of otpsmith wrote it");
  });

  test("of any content: an image or that error", () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.tuple(fc.nat({ max: GOOD.length - 1 }), fc.string({ maxLength: 3 })).map(([at, s]) =>
        GOOD.slice(0, at) + s + GOOD.slice(at + 1)
      ),
    );
    fc.assert(
      fc.property(anything, (text) => {
        try {
          decodeFlashImage(text, "f");
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test("an image that is printed by accident does not show its seed", () => {
  const image = decodeFlashImage(GOOD, "f");
  expect(JSON.stringify(image)).not.toContain("DEAD");
  expect(JSON.stringify(image)).toContain("[secret 20 bytes]");
});
