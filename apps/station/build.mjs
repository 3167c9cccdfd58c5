// @ts-check
/**
 * Builds the page into packages/cli/dist/page, from where `otpsmith station` serves it and where it is part of
 * the published package. Everything the page needs is in that folder: no request goes to another host.
 *
 * @module
 */
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { rolldown } from "rolldown";

const here = import.meta.dirname;
const out = join(here, "../../packages/cli/dist/page");
const { resolve } = createRequire(join(here, "../../packages/scan/package.json"));

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

for (
  const [input, name] of [["main.tsx", "page.js"], ["scan/decode_worker.ts", "decode_worker.js"]]
) {
  const bundle = await rolldown({
    input: join(here, input),
    platform: "browser",
    resolve: { conditionNames: ["@otpsmith/source", "browser", "import", "default"] },
    transform: { target: "es2022" },
    treeshake: true,
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  await bundle.write({
    file: join(out, name),
    format: "esm",
    codeSplitting: false,
    minify: true,
    comments: { legal: false },
  });
  await bundle.close();
}
for (const name of ["index.html", "page.css", "icon.svg"]) {
  await copyFile(join(here, name), join(out, name));
}
await copyFile(
  resolve("zxing-wasm/reader/zxing_reader.wasm"),
  join(out, "zxing_reader.wasm"),
);
await writeFile(join(out, "LICENSES.txt"), await licences(["preact", "zxing-wasm"]));

/** The licences of what is bundled. @param {readonly string[]} names */
async function licences(names) {
  const texts = await Promise.all(names.map(async (name) => {
    const home = join(here, "../../node_modules", name);
    return `${name}\n\n${await readFile(join(home, "LICENSE"), "utf8")}`;
  }));
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
