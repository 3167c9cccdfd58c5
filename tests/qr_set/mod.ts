/**
 * QR codes as people have them on their screens: a set of pictures that is made anew from a seed, so that
 * nothing has to be stored, and that tells what is to be read in each picture.
 *
 * The same category, seed and number give the same pixels in each run, whichever else were made before.
 *
 * @module
 */
import { blurred, mirrored, perspective, photo, rotated } from "./camera.ts";
import { covered, dots, logo, round } from "./damage.ts";
import type { Drawn, ShownCode } from "./picture.ts";
import { Random } from "./random.ts";
import { bare, dark, exported, many, nothing, screenshot, stretched, terminal } from "./screens.ts";
import { coloured, faint, gamma, jpeg } from "./tones.ts";

export { Canvas, type Colour, greyOf, type Point } from "./canvas.ts";
export { cover } from "./damage.ts";
export { desk } from "./desk.ts";
export type { ShownCode } from "./picture.ts";
export { Random } from "./random.ts";
export { type Corners, draw, encode, type Level, LEVELS, type Symbol } from "./symbol.ts";
export { googleExport, otpauth } from "./texts.ts";

/** What decoders are made better with. */
export const TUNING_SEED = "tuning";
/** What they are judged by. Nobody looks at its pictures while working on a decoder. */
export const JUDGING_SEED = "judging";

/** A picture of the set. */
export interface Picture {
  readonly category: string;
  readonly seed: string;
  readonly index: number;
  readonly width: number;
  readonly height: number;
  /** RGBA, opaque, rows from top to bottom. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  /** What is to be read in it; texts are different from each other. */
  readonly codes: readonly ShownCode[];
  /** What was done to it, in numbers: pixels a module, the share covered in percent, and so on. */
  readonly facts: Readonly<Record<string, number | string>>;
}

/** A kind of pictures. */
export interface Category {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** How many pictures a seed gives. */
  readonly count: number;
  readonly make: (random: Random, index: number) => Drawn | Promise<Drawn>;
}

const list = (
  rows: readonly (readonly [name: string, title: string, count: number, make: Category["make"]])[],
): readonly Category[] => rows.map(([name, title, count, make]) => ({ name, title, count, make }));

/** All kinds of pictures. */
export const categories: readonly Category[] = list([
  ["pixel_1", "screenshot, 1 px a module", 20, screenshot(1)],
  ["pixel_1_25", "screenshot, 1.25 px a module", 40, screenshot(1.25)],
  ["pixel_1_5", "screenshot, 1.5 px a module", 20, screenshot(1.5)],
  ["pixel_2_8", "screenshot, 2 to 8 px a module", 70, screenshot(2, 3, 4, 5, 6, 7, 8)],
  ["bare", "bare code, quiet zone 0 to 4", 50, bare],
  ["dark", "dark mode", 42, dark],
  ["many", "2 to 16 codes on a 1080p screen", 10, many],
  ["export", "Google export, versions 5 to 23", 30, exported],
  ["terminal", "terminal half blocks", 60, terminal],
  ["stretched", "stretched by 0.5 to 1.7", 26, stretched],
  ["jpeg", "JPEG of quality 10 to 90", 63, jpeg],
  ["gamma", "gamma 0.2 to 4", 32, gamma],
  ["contrast_32_64", "contrast of 32 to 64 levels", 25, faint(32, 40, 48, 56, 64)],
  ["contrast_6_16", "contrast of 6 to 16 levels", 36, faint(6, 8, 10, 12, 14, 16)],
  ["coloured", "colour on colour", 40, coloured],
  ["logo", "logo of 3 to 20 %", 64, logo],
  ["cover_centre", "covered 2 to 25 %: centre", 56, covered("centre")],
  ["cover_corner", "covered 2 to 25 %: corner", 56, covered("corner")],
  ["cover_edge", "covered 2 to 25 %: edge", 56, covered("edge")],
  ["cover_finder", "covered 2 to 25 %: an eye", 56, covered("finder")],
  ["round", "round eyes, gradient, dark", 32, round],
  ["dots", "dots and gaps", 32, dots],
  ["rotated", "turned by any angle", 64, rotated],
  ["perspective", "seen from aside", 48, perspective],
  ["photo", "like a photo of a screen", 64, photo],
  ["blur", "blur of 0.3 to 0.5 modules", 33, blurred(0.3, 0.4, 0.5)],
  ["blur_0_7", "blur of 0.7 modules", 16, blurred(0.7)],
  ["blur_1", "blur of 0.9 to 1.1 modules", 15, blurred(0.9, 1, 1.1)],
  ["mirrored", "in a mirror", 25, mirrored],
  ["nothing", "no code at all", 24, nothing],
]);

/** Makes one picture. @throws If there is no such category. */
export async function picture(category: string, seed: string, index: number): Promise<Picture> {
  const found = categories.find(({ name }) => name === category);
  if (!found) throw new Error(`There is no category ${category}.`);
  const { canvas, codes, facts } = await found.make(new Random(category, seed, index), index);
  const { width, height, data } = canvas;
  return { category, seed, index, width, height, data, codes, facts };
}

/**
 * Makes the pictures of a category one after the other.
 *
 * @param count how many; as many as the category has if left out. May be more, for longer runs.
 */
export async function* pictures(
  category: string,
  seed: string = TUNING_SEED,
  count?: number,
): AsyncGenerator<Picture, void, void> {
  const all = count ?? categories.find(({ name }) => name === category)?.count ?? 1;
  for (let index = 0; index < all; index++) yield await picture(category, seed, index);
}
