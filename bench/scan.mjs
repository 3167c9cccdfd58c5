// @ts-check
import { mkdirSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";
import { turn } from "./_contest.mjs";
import { agreed, folderPictures } from "./_scan_folder.mjs";
import { jsqr, native, own, product, qr, zxingWasm } from "./_scan_readers.mjs";
import { aims, Score } from "./_scan_score.mjs";
import { screens } from "./_scan_screens.mjs";

export const question =
  "QR codes read, against the libraries there are, on the same pictures in turn";

/** @typedef {import("./_scan_readers.mjs").Read} Read */
/** @typedef {import("./_scan_readers.mjs").Pixels} Pixels */

const PRODUCT = "otpsmith";
const OWN = "@otpsmith/qr";
/** Readers by name, and whose children they are: those of one family make the same mistakes. */
const FAMILIES = {
  "jsqr": "jsqr",
  "qr": "qr",
  "zxing-wasm": "zxing",
  "zxing-wasm+denoise": "zxing",
  "zbar": "zbar",
  "zxing 1.4": "zxing",
};
const LIBRARIES = Object.keys(FAMILIES);

/**
 * @param {import("../tools/bench.mjs").BenchOptions} options
 * @returns {Promise<import("../tools/bench.mjs").Measured>}
 */
export async function measure(options) {
  register("../packages/transport-pcsc/testdata/_strip_types.mjs", import.meta.url);
  const set = await import("../tests/qr_set/mod.ts");
  const [zbar, zxing, ours] = [await native("zbar"), await native("zxing"), await product()];
  /** @type {Record<string, Read>} */
  const readers = {
    [PRODUCT]: ours.read,
    [OWN]: await own(),
    "jsqr": await jsqr(),
    "qr": await qr(),
    "zxing-wasm": await zxingWasm(),
    "zxing-wasm+denoise": await zxingWasm({ tryDenoise: true }),
    "zbar": zbar.read,
    "zxing 1.4": zxing.read,
  };
  try {
    if (options.set !== undefined) return await ofFolder(options.set, readers, set);
    const score = new Score(Object.keys(readers));
    const titles = new Map(set.categories.map(({ name, title }) => [name, title]));
    const seed = options.seed ?? set.JUDGING_SEED;
    await warmUp(readers, set);
    const kinds = options.kinds?.split(",");
    for (const { name, title, count } of set.categories) {
      if (kinds && !kinds.includes(name)) continue;
      progress(title);
      const some = options.quick ? 1 : count;
      for await (const picture of set.pictures(name, seed, some)) {
        const sights = await look(
          readers,
          { ...picture, grey: set.greyOf(picture) },
          picture.index,
        );
        score.add(picture, sights);
        await keepFailure(options.failures, picture, sights[PRODUCT]);
      }
    }
    progress("whole screens");
    const times = kinds && !kinds.includes("screens") ? [] : await screens(readers, set, options);
    if (score.codes.length === 0) return { rows: times, text: "" };
    return {
      rows: [
        ...aims(score, { product: PRODUCT, own: OWN, libraries: LIBRARIES, titles }),
        ...times,
      ],
      text: `Seed "${seed}"\n${score.table(titles)}`,
    };
  } finally {
    progress("");
    await Promise.all([zbar.end(), zxing.end(), ours.end()]);
  }
}

/** Says what is under way, where a person watches. @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Lets every reader look at a picture, each time in another order. @param {Record<string, Read>} readers @param {Pixels} pixels @param {number} round */
async function look(readers, pixels, round) {
  /** @type {Record<string, import("./_scan_readers.mjs").Sight>} */
  const sights = {};
  for (const [name, read] of turn(Object.entries(readers), round)) {
    sights[name] = await read(pixels);
  }
  return sights;
}

/** V8 compiles what runs often; everybody is measured after that. @param {Record<string, Read>} readers @param {typeof import("../tests/qr_set/mod.ts")} set */
async function warmUp(readers, { pictures, greyOf }) {
  for (const category of ["pixel_2_8", "rotated", "nothing"]) {
    for await (const picture of pictures(category, "warm up", 3)) {
      await look(readers, { ...picture, grey: greyOf(picture) }, picture.index);
    }
  }
}

/** @param {string} folder @param {Record<string, Read>} readers @param {typeof import("../tests/qr_set/mod.ts")} set */
async function ofFolder(folder, readers, { greyOf }) {
  const score = new Score(Object.keys(readers));
  let round = 0;
  for await (const picture of folderPictures(folder)) {
    const sights = await look(readers, { ...picture, grey: greyOf(picture) }, round++);
    score.add({ ...picture, codes: picture.codes ?? agreed(sights, FAMILIES) }, sights);
  }
  if (round === 0) throw new Error(`There is no picture in ${folder}`);
  return { rows: [], text: score.table() };
}

/**
 * Writes pictures that were not read as they should be, for whoever wants to know why.
 *
 * @param {string | undefined} folder
 * @param {import("../tests/qr_set/mod.ts").Picture} picture
 * @param {import("./_scan_readers.mjs").Sight | undefined} sight
 */
async function keepFailure(folder, { category, seed, index, width, height, data, codes }, sight) {
  if (folder === undefined) return;
  const texts = new Set(sight?.texts);
  if (codes.length === texts.size && codes.every(({ text }) => texts.has(text))) return;
  mkdirSync(folder, { recursive: true });
  const { default: sharp } = await import("sharp");
  const file = join(folder, `${category}_${seed}_${index}.png`);
  await sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha().png().toFile(file);
}
