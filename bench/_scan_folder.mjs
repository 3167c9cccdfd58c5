// @ts-check
/**
 * Pictures of a folder, for sets that may be measured with but not given on. The kinds are its folders. What
 * is to be read stands beside a picture: NAME.txt with the text, or NAME.json as `tests/qr_set/write.ts` writes
 * it. Without either, a text counts that two readers of different making agree on.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** @typedef {{ category: string, name: string, width: number, height: number, data: Uint8ClampedArray<ArrayBuffer>, codes: { text: string, level: string }[] | undefined, facts: {} }} FolderPicture */

/** @param {string} folder @returns {AsyncGenerator<FolderPicture>} */
export async function* folderPictures(folder) {
  const { default: sharp } = await import("sharp");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(png|jpe?g|webp|gif)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const file of files) {
    const { data, info: { width, height } } = await sharp(file).rotate().flatten({
      background: "white",
    })
      .toColourspace("srgb").ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    yield {
      category: relative(folder, join(file, "..")).replaceAll("\\", "/") || ".",
      name: relative(folder, file),
      width,
      height,
      data: new Uint8ClampedArray(data),
      codes: truths(file.replace(/\.\w+$/, "")),
      facts: {},
    };
  }
}

/** @param {string} stem */
function truths(stem) {
  if (existsSync(`${stem}.json`)) {
    /** @type {{ codes: { text: string, level: string }[] }} */
    const { codes } = JSON.parse(readFileSync(`${stem}.json`, "utf8"));
    return codes;
  }
  if (existsSync(`${stem}.txt`)) {
    return [{ text: readFileSync(`${stem}.txt`, "utf8").trimEnd(), level: "" }];
  }
  return undefined;
}

/**
 * What a picture shows according to those who read it: texts that two families agree on.
 *
 * @param {Readonly<Record<string, { readonly texts: readonly string[] }>>} sights
 * @param {Readonly<Record<string, string>>} families by reader
 */
export function agreed(sights, families) {
  /** @type {Map<string, Set<string>>} */
  const by = new Map();
  for (const [reader, { texts }] of Object.entries(sights)) {
    const family = families[reader];
    if (family === undefined) continue; // it is the one that is judged
    for (const text of texts) by.set(text, (by.get(text) ?? new Set()).add(family));
  }
  return [...by].filter(([, names]) => names.size > 1).map(([text]) => ({ text, level: "" }));
}
