import { LEVELS, RULE } from "../codec/mod.ts";
import { decodeCandidate } from "../decode_candidate.ts";
import { candidateOf, type Square } from "../grid/mod.ts";
import type { QrContent } from "../qr_code.ts";
import { otpauth, randomFrom, type Symbol, symbolOf } from "./symbols.ts";

/** What became of covered codes. */
export interface Counts {
  read: number;
  refused: number;
  wrong: number;
}

const random = randomFrom(20261125);
const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));

/** Texts of the length that set-up codes have, at all levels. */
const codes = Array.from({ length: 240 }, (_, i) => {
  const text = otpauth(random, whole(40, 150));
  return { text, symbol: symbolOf(text, { level: LEVELS[i % 4]! }) };
});

/** Values that a cover gives to modules: of one colour, of neither, of both, or what looks like any code. */
const LOOKS: readonly (() => () => number)[] = [
  () => () => 0,
  () => () => 1,
  () => {
    const value = random();
    return () => value;
  },
  () => () => random(),
  () => () => random() < 0.5 ? 0 : 1,
  () => {
    const other = codes[whole(0, codes.length - 1)]!.symbol.dark;
    let i = whole(0, other.length - 1);
    return () => other[i++ % other.length]!;
  },
];

/** The levels of the modules of a symbol with one to three covers, of 2 to 45 % of it in all. */
function covered({ size, dark }: Symbol): Float32Array {
  const level = Float32Array.from(dark);
  const pieces = [1, 1, 1, 2, 3][whole(0, 4)]!;
  const share = 0.02 + 0.43 * random() ** 1.5;
  for (let piece = 0; piece < pieces; piece++) {
    const area = share * size * size / pieces, shape = 0.6 + random();
    const width = Math.min(size, Math.max(1, Math.round(Math.sqrt(area) * shape)));
    const height = Math.min(size, Math.max(1, Math.round(Math.sqrt(area) / shape)));
    const left = whole(0, size - width), top = whole(0, size - height);
    const value = LOOKS[whole(0, LOOKS.length - 1)]!();
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) level[y * size + x] = value();
    }
  }
  return level;
}

/** Covers codes at random and reads them, from their modules on. Each call goes on where the last one ended. */
export function readCoveredCodes(
  count: number,
  { rule = RULE, accept }: { rule?: typeof RULE; accept?: (content: QrContent) => boolean } = {},
): Counts {
  const counts = { read: 0, refused: 0, wrong: 0 };
  for (let i = 0; i < count; i++) {
    const { text, symbol } = codes[i % codes.length]!;
    const { size } = symbol;
    const square: Square = {
      size,
      left: 0,
      top: 0,
      unitX: 1,
      unitY: 1,
      isInverted: false,
      dark: 0,
      light: 255,
      finders: [],
    };
    const sample = { size, level: covered(symbol), spread: new Float32Array(size * size) };
    const code = decodeCandidate(candidateOf(square, sample), { rule, ...accept && { accept } });
    if (!code) counts.refused++;
    else counts[code.text === text ? "read" : "wrong"]++;
  }
  return counts;
}
