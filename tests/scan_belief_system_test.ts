import { QrDecoder } from "@otpsmith/scan";
import { afterAll, expect, test } from "vitest";
import { cover, desk, draw, encode, LEVELS, otpauth, Random } from "./qr_set/mod.ts";

// A wrong seed in a token is the worst that can happen: codes of which so much is covered that some cannot
// be read and others just so go through the whole search, and whatever it gives out has to be right.

const CODES = Number(process.env["OTPSMITH_FUZZ_RUNS"] ?? 1000);
const SEED = process.env["OTPSMITH_FUZZ_SEED"] === "random" ? `${Date.now()}` : "belief";

const decoder = new QrDecoder();
afterAll(() => decoder.close());

test(`${CODES} codes under random covers: none is read as another text`, async () => {
  const counts = { read: 0, refused: 0, wrong: 0 };
  for (let index = 0; index < CODES; index++) {
    const { text, width, height, data } = coveredCode(index);
    const { codes } = await decoder.search([{ width, height, data }]);
    const texts = codes.map(({ bytes }) => new TextDecoder().decode(bytes));
    if (texts.some((one) => one !== text)) {
      counts.wrong++;
      console.error(
        `Code ${index} of seed ${SEED} is wrong: npx vitest run ${import.meta.filename}`,
      );
    } else if (texts.length === 0) counts.refused++;
    else counts.read++;
  }
  console.log(
    `${CODES} covered codes: ${counts.read} read, ${counts.refused} refused, ${counts.wrong} wrong`,
  );
  expect(counts.wrong).toBe(0);
  // It would be no test if all of them were easy, or nothing were read.
  expect(counts.read).toBeGreaterThan(CODES / 5);
  expect(counts.refused).toBeGreaterThan(CODES / 20);
}, 600 * Math.max(CODES, 1000));

/** A small code, with one to three things over it that together hide up to two fifths of it. */
function coveredCode(index: number) {
  const random = new Random("belief", SEED, index);
  const symbol = encode(otpauth(random), random.pick(LEVELS), random);
  const width = random.whole(2, 3);
  const side = symbol.size * width, quiet = 4 * width;
  const canvas = desk(side + 2 * quiet, side + 2 * quiet, random);
  draw(canvas, symbol, { x: quiet, y: quiet, width });
  const covers = random.whole(1, 3);
  for (let i = 0; i < covers; i++) {
    const share = random.real(0.02, 0.4 / covers), shape = random.real(0.5, 2);
    const box = {
      width: Math.round(side * Math.sqrt(share) * shape),
      height: Math.round(side * Math.sqrt(share) / shape),
    };
    const x = random.whole(quiet - (box.width >> 1), quiet + side - (box.width >> 1));
    const y = random.whole(quiet - (box.height >> 1), quiet + side - (box.height >> 1));
    cover(canvas, { x, y, ...box }, random);
  }
  return { text: symbol.text, width: canvas.width, height: canvas.height, data: canvas.data };
}
