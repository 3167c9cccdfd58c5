#!/usr/bin/env node
// @ts-check
/**
 * Puts the modules of the command, and those that most commands need, into few files: to open 400 files one
 * after the other takes longer than all that a burn has to do. What a command rarely needs, and what has
 * native parts or files of its own, stays where it is.
 *
 * @module
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const packages = fileURLToPath(new URL("../packages/", import.meta.url));
const dist = join(packages, "cli/dist");
const out = join(dist, "bundle");

/** What goes into the bundle besides the command itself. */
const INSIDE = [
  ...["core", "formats", "scan", "qr", "transport-pcsc"].map((name) => `@otpsmith/${name}`),
  ...["commander", "otpauth", "@noble/hashes", "@noble/ciphers"],
];

/** Needed by few commands, and with files of its own. */
const OUTSIDE = ["@otpsmith/scan/capture"];

/** @param {string} id */
function isExternal(id) {
  if (OUTSIDE.includes(id)) return true;
  if (id.startsWith(".") || id.startsWith("/")) return false;
  const [name = ""] = id.match(/^(?:@[^/]+\/)?[^/]+/) ?? [];
  return !INSIDE.includes(name);
}

/**
 * A module that looks for files beside itself, or for what its own package depends on, still looks there:
 * other package managers than npm give the command nothing that it does not depend on itself.
 *
 * @type {import("rolldown").Plugin}
 */
const keepPlaces = {
  name: "keep-places",
  transform(code, id) {
    if (!id.startsWith(packages)) return undefined;
    const [home = "", , ...rest] = relative(packages, id).split(sep);
    const place = rest.join("/");
    if (home === "cli") {
      const url = `new URL(${JSON.stringify(`../${place}`)}, import.meta.url).href`;
      return code.replaceAll("import.meta.url", url);
    }
    const own = `import.meta.resolve("@otpsmith/${home}")`;
    if (code.includes("import.meta.url") && dirname(place) !== ".") {
      throw new Error(`${id} looks for files beside itself: it cannot go into the bundle`);
    }
    return code
      .replaceAll("import.meta.url", own)
      .replaceAll(
        /\bimport\("([^".@][^"]*)"\)/g,
        (all, name) =>
          name.startsWith("node:") || INSIDE.includes(name) ? all : importFrom(own, name),
      );
  },
};

/**
 * Imports what another package depends on.
 *
 * @param {string} own
 * @param {string} name
 */
function importFrom(own, name) {
  const require = `(await import("node:module")).createRequire(${own})`;
  return `import((await import("node:url")).pathToFileURL(${require}.resolve("${name}")).href)`;
}

/** The licences of what others have written and the bundle contains. @param {readonly string[]} modules */
function licences(modules) {
  const homes = new Set(
    modules.flatMap((id) => id.match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/)?.slice(0, 1) ?? []),
  );
  return [...homes].sort().map((home) => {
    const { name, version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    const file = ["LICENSE", "LICENSE.md"].map((one) => join(home, one)).find(existsSync);
    if (!file) throw new Error(`${name} has no licence file: it cannot go into the bundle`);
    return `${name} ${version}\n\n${readFileSync(file, "utf8").trim()}\n`;
  }).join(`\n${"-".repeat(72)}\n\n`);
}

rmSync(out, { recursive: true, force: true });
const bundle = await rolldown({
  input: { main: join(dist, "main.js") },
  external: isExternal,
  plugins: [keepPlaces],
  platform: "node",
  treeshake: { moduleSideEffects: false },
});
const { output } = await bundle.write({
  dir: out,
  format: "esm",
  chunkFileNames: "[name]-[hash].js",
  // What nearly all commands need goes into one file.
  codeSplitting: { groups: [{ name: "core", test: /packages\/core\/dist\/(?!drivers)/ }] },
});
await bundle.close();
const modules = output.flatMap((file) => file.type === "chunk" ? file.moduleIds : []);
writeFileSync(join(out, "LICENSES.txt"), licences(modules));
