#!/usr/bin/env node
// @ts-check
/**
 * Puts the modules of the command, and those that most commands need, into few files: to open 400 files one
 * after the other takes longer than all that a burn has to do. They are CommonJS, as the loader of ES modules takes
 * 20 ms. What a command rarely needs, and what has native parts or files of its own, stays where it is.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const packages = fileURLToPath(new URL("../packages/", import.meta.url));
const dist = join(packages, "cli/dist");
const out = join(dist, "bundle");
const { version } = JSON.parse(readFileSync(join(packages, "cli/package.json"), "utf8"));

/** What goes into the bundle besides the command itself. */
const INSIDE = [
  ...["core", "formats", "scan", "qr", "transport-pcsc"].map((name) => `@otpsmith/${name}`),
  ...["commander", "otpauth", "qr", "@noble/hashes", "@noble/ciphers"],
];

/** Needed by few commands, and with files of its own. */
const OUTSIDE = ["@otpsmith/scan/capture"];

/** What runs when a token is written, the commonest of all jobs. */
const BURN = ["cli/dist/main.js", "cli/dist/commands/burn.js", "transport-pcsc/dist/mod.js"]
  .map((path) => join(packages, path));

/** @param {string} id */
function isExternal(id) {
  if (OUTSIDE.includes(id)) return true;
  if (/^[./\0]/.test(id)) return false;
  const [name = ""] = id.match(/^(?:@[^/]+\/)?[^/]+/) ?? [];
  return !INSIDE.includes(name);
}

/** The module with the function that {@linkcode keepPlaces} uses. */
const HOME_OF = "\0home-of";

/**
 * The main module of a package. Node's own search reads the package's exports, for 3 ms the first time; it is asked
 * where packages are not in folders.
 */
const homeOf = `
  import { realpathSync } from "node:fs";
  import { join } from "node:path";
  export function homeOf(name) {
    for (const folder of require.resolve.paths?.(name) ?? []) {
      try {
        return join(realpathSync(join(folder, name)), "dist/mod.js");
      } catch {}
    }
    return require.resolve(name);
  }`;

/**
 * A module that looks for files beside itself, or for what its own package depends on, still looks there:
 * other package managers than npm give the command nothing that it does not depend on itself.
 *
 * @type {import("rolldown").Plugin}
 */
const keepPlaces = {
  name: "keep-places",
  resolveId: (id) => id === HOME_OF ? id : undefined,
  load: (id) => id === HOME_OF ? homeOf : undefined,
  transform(code, id) {
    if (!id.startsWith(packages)) return undefined;
    const [home = "", , ...rest] = relative(packages, id).split(sep);
    const place = rest.join("/");
    if (home === "cli") {
      if (place === "own_version.js") return `export const ownVersion = () => "${version}";`;
      const path = `require("node:path").join(__dirname, ${JSON.stringify(`../${place}`)})`;
      return code.replaceAll("import.meta.url", hrefOf(path));
    }
    const own = `homeOf("@otpsmith/${home}")`;
    const placed = code
      .replaceAll("createRequire(import.meta.url)", `createRequire(${own})`)
      .replaceAll("import.meta.url", hrefOf(own))
      .replaceAll(
        /\bimport\("([^".@][^"]*)"\)/g,
        (all, name) =>
          name.startsWith("node:") || INSIDE.includes(name) ? all : importFrom(own, name),
      );
    if (placed === code) return undefined;
    if (code.includes("import.meta.url") && dirname(place) !== ".") {
      throw new Error(`${id} looks for files beside itself: it cannot go into the bundle`);
    }
    if (/\b(?:const|let) require\b/.test(code)) throw new Error(`${id} hides \`require\``);
    return `import { homeOf } from "${HOME_OF}";\n${placed}`;
  },
};

/** What `import.meta.url` is for a file. @param {string} path */
function hrefOf(path) {
  return `require("node:url").pathToFileURL(${path}).href`;
}

/**
 * Imports what another package depends on.
 *
 * @param {string} own
 * @param {string} name
 */
function importFrom(own, name) {
  return `import(${hrefOf(`require("node:module").createRequire(${own}).resolve("${name}")`)})`;
}

/**
 * Node's own modules are loaded when they are first used: a command needs few of those that are named.
 *
 * @type {import("rolldown").Plugin}
 */
const lazyBuiltins = {
  name: "lazy-builtins",
  // A default import copies all its properties, and this one is a global anyway.
  transform: (code, id) =>
    id.startsWith(packages)
      ? code.replace(/^import process from "node:process";$/m, "")
      : undefined,
  renderChunk(code) {
    const loads = /^\t*(?:let|const) (node_\w+|childProcess) = require\("(node:[^"]+)"\);$/gm;
    let lazy = code;
    for (const [load, name = "", module = ""] of code.matchAll(loads)) {
      const uses = new RegExp(`(?<![.\\w$])${name}\\b(\\.?)`, "g");
      // Only where nothing but properties is used, besides the line itself.
      if ([...lazy.matchAll(uses)].filter(([, dot]) => dot === "").length > 1) continue;
      lazy = lazy.replace(load, "").replaceAll(uses, `(require("${module}")).`); // also after `new`
    }
    return lazy;
  },
};

/**
 * Imports what stays outside from a file that Node loads by itself: V8 does not know any more where code that was
 * kept comes from, and such code may import nothing.
 *
 * @type {import("rolldown").Plugin}
 */
const importElsewhere = {
  name: "import-elsewhere",
  renderChunk(code) {
    // A default import of an ES module would be the module, not its default: nothing but CommonJS has it so.
    const [whole] = code.match(/= require\("(?!node:)[^."][^"]*"\);\s*\w+ = [\w.]*__toESM\(/) ?? [];
    if (whole) throw new Error(`Cannot bundle a default import: ${whole}`);
    return code.replaceAll(/(?<![\w$.])import\(/g, `require("./import.cjs")(`);
  },
  generateBundle() {
    const source = "module.exports = (name) => import(name);\n";
    this.emitFile({ type: "asset", fileName: "import.cjs", source });
  },
};

/**
 * Characters beyond ASCII would double what the source takes in memory. And the launcher tells by the first line
 * whether compiled code that it has kept is of this source.
 *
 * @type {import("rolldown").Plugin}
 */
const finish = {
  name: "finish",
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type !== "chunk") continue;
      const escaped = (/** @type {string} */ unit) =>
        `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
      const code = file.code.replace(/[^\0-\x7f]/g, escaped);
      file.code = `//${createHash("sha256").update(code).digest("hex").slice(0, 32)}\n${code}`;
    }
  },
};

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

/** @type {import("rolldown").InputOptions} */
const input = {
  input: { main: join(dist, "main.js") },
  external: isExternal,
  plugins: [keepPlaces, lazyBuiltins, importElsewhere, finish],
  platform: "node",
  treeshake: { moduleSideEffects: false },
  preserveEntrySignatures: "allow-extension", // the other files import from the first
  // A command that others use, too, is loaded with them.
  checks: { ineffectiveDynamicImport: false },
};

/**
 * The modules that a burn needs at once, for one file: the files as they come by themselves are followed from
 * one to the next.
 */
async function modulesOfBurn() {
  const bundle = await rolldown(input);
  const { output } = await bundle.generate({ format: "cjs" });
  await bundle.close();
  const chunks = output.filter((file) => file.type === "chunk");
  const needed = new Set(
    chunks.filter(({ moduleIds }) => BURN.some((path) => moduleIds.includes(path))),
  );
  for (const { imports } of needed) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) needed.add(chunk);
  }
  return new Set([...needed].flatMap(({ moduleIds }) => moduleIds));
}

rmSync(out, { recursive: true, force: true });
const burn = await modulesOfBurn();
const bundle = await rolldown(input);
const { output } = await bundle.write({
  dir: out,
  format: "cjs",
  entryFileNames: "[name].cjs",
  chunkFileNames: "[name]-[hash].cjs",
  comments: false,
  // Names stay: they stand in the traces of errors.
  minify: { compress: true, mangle: { keepNames: { class: true, function: true } } },
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [{ name: "burn", test: (id) => burn.has(id) }],
  },
});
await bundle.close();
const modules = output.flatMap((file) => file.type === "chunk" ? file.moduleIds : []);
writeFileSync(join(out, "LICENSES.txt"), licences(modules));
