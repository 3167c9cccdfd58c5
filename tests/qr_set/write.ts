/**
 * Writes pictures of the set as PNG files, to look at them.
 *
 *     npx deno run -A tests/qr_set/write.ts FOLDER [--seed SEED] [CATEGORY...]
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { categories, pictures, TUNING_SEED } from "./mod.ts";

const { values, positionals: [folder, ...wanted] } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string", default: TUNING_SEED } },
});
if (folder === undefined) {
  console.error("Which folder? Usage: write.ts FOLDER [--seed SEED] [CATEGORY...]");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
for (const { name } of categories) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for await (const { index, width, height, data, codes, facts } of pictures(name, values.seed)) {
    const file = join(folder, `${name}_${String(index).padStart(2, "0")}`);
    await sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha().png().toFile(
      `${file}.png`,
    );
    writeFileSync(`${file}.json`, JSON.stringify({ facts, codes }, undefined, 2));
  }
  console.log(name);
}
