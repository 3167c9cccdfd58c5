// @ts-check
/**
 * Which way imports may point (docs/architecture.md): a table of what each package may reach, and the
 * rules that hold for all of them. Works on texts handed in, so that a test can hand in bad ones.
 *
 * @module
 */
import { builtinModules } from "node:module";
import { posix } from "node:path";
import { parseSync, Visitor } from "rolldown/utils";

/**
 * @typedef {{ name: string, exports: Record<string, unknown>, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string> }} Manifest
 * @typedef {{ node: boolean | RegExp, ours: readonly RegExp[], packages?: readonly RegExp[] }} Reach
 * @typedef {{ from: string, to: string, typeOnly: boolean }} Import
 */

const CORE = /^@otpsmith\/core(\/|$)/;

/**
 * What the sources of a package may import: Node's own modules (in some of its files, where `node` is a
 * pattern), packages of this repository, and (where `packages` narrows it) only some of the packages that its manifest names.
 *
 * The simulator sees no driver and no command codec: it and the drivers are pinned to the same golden
 * bytes separately, and shared code would let a mistake cancel itself out.
 *
 * @type {Readonly<Record<string, Reach>>}
 */
export const REACH = {
  core: { node: false, ours: [], packages: [/^otpauth$/, /^@noble\//] },
  formats: { node: false, ours: [CORE], packages: [/^@noble\//, /^saxes$/] },
  qr: { node: false, ours: [], packages: [] },
  scan: { node: /\/scan\/(?!decode\/)/, ours: [CORE, /^@otpsmith\/qr$/] },
  simulator: {
    node: true,
    ours: [/^@otpsmith\/core\/(bytes|secret|errors|time|link|crypto)$/],
  },
  "transport-pcsc": { node: true, ours: [CORE] },
  "transport-pn532": { node: true, ours: [CORE] },
  "transport-usb": { node: true, ours: [CORE] },
  conformance: { node: /\/conformance\/child\//, ours: [CORE], packages: [] },
  cli: { node: true, ours: [/^@otpsmith\//] },
};

/** What the page of the station may import, besides its own files; of the command, types alone. */
const PAGE = /^(preact(\/hooks)?|@otpsmith\/(core\/errors|formats|scan\/decode))$/;
const PAGE_TYPES = /^@otpsmith\/cli\/station_api$/;

/**
 * Checks the sources of the page: they run in browsers.
 *
 * @param {ReadonlyMap<string, string>} sources text by path, such as `apps/station/main.tsx`
 * @returns {string[]}
 */
export function checkPageImports(sources) {
  return [...sources].flatMap(([file, source]) =>
    importsOf(file, source).filter(({ specifier, typeOnly }) =>
      !specifier.startsWith(".") && !PAGE.test(specifier) &&
      !(typeOnly && PAGE_TYPES.test(specifier))
    ).map(({ specifier }) => `${file}: imports "${specifier}", which the page may not use`)
  );
}

const BUILTINS = new Set(builtinModules);

/** @param {string} specifier */
function isBuiltin(specifier) {
  return specifier.startsWith("node:") || BUILTINS.has(specifier.split("/")[0] ?? "");
}

/** @param {string} file */
function isTest(file) {
  return /_test\.ts$|\/testdata\//.test(file);
}

/** The name that a manifest gives to a dependency: `@a/b` of `@a/b/c`. @param {string} specifier */
function packageOf(specifier) {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/**
 * Every module that a source names, however it names it.
 *
 * @param {string} file
 * @param {string} source
 * @returns {{ specifier: string, typeOnly: boolean }[]}
 */
export function importsOf(file, source) {
  const { module, program } = parseSync(file, source);
  const found = module.staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
  }));
  for (const { moduleRequest, isType } of module.staticExports.flatMap((e) => e.entries)) {
    if (moduleRequest) found.push({ specifier: moduleRequest.value, typeOnly: isType });
  }
  new Visitor({
    ImportExpression({ source }) {
      if (source.type !== "Literal") return;
      found.push({ specifier: String(source.value), typeOnly: false });
    },
    TSImportType({ source }) {
      found.push({ specifier: String(source.value), typeOnly: true });
    },
  }).visit(program);
  return found;
}

/**
 * Checks the sources of all packages. Returns one sentence for each import that points the wrong way.
 *
 * @param {ReadonlyMap<string, string>} sources text by path, such as `packages/core/mod.ts`
 * @param {ReadonlyMap<string, Manifest>} manifests by folder name, such as `core`
 * @returns {string[]}
 */
export function checkImports(sources, manifests) {
  /** @type {string[]} */
  const findings = [];
  /** @type {Import[]} */
  const inside = [];
  for (const [file, source] of sources) {
    for (const { specifier, typeOnly } of importsOf(file, source)) {
      const relative = specifier.startsWith(".");
      const problem = relative
        ? relativeProblem(file, specifier)
        : packageProblem(file, specifier, manifests);
      if (problem) findings.push(`${file}: imports "${specifier}", ${problem}`);
      if (relative && !isTest(file) && (!typeOnly || file.startsWith("packages/core/"))) {
        inside.push({ from: file, to: posix.join(posix.dirname(file), specifier), typeOnly });
      }
    }
  }
  return [...findings, ...folderCycles(inside)];
}

/**
 * @param {string} file
 * @param {string} specifier
 * @returns {string | undefined}
 */
function relativeProblem(file, specifier) {
  const target = posix.join(posix.dirname(file), specifier);
  const [, home = ""] = file.match(/^(packages\/[^/]+\/)/) ?? [];
  if (!target.startsWith(home) && (target.startsWith("packages/") || !isTest(file))) {
    return "which is outside of its package: import packages by their names";
  }
  if (!/\.(ts|mjs|cjs|js|json)$/.test(specifier)) return "which lacks its file extension";
  const folder = posix.dirname(target);
  const hidden = posix.basename(target).startsWith("_");
  if (hidden && !file.startsWith(`${folder}/`) && !isTest(file)) {
    return `which is private to ${folder}`;
  }
  const [, driver] = target.match(/^packages\/core\/drivers\/([^/]+)\//) ?? [];
  const [, ownDriver] = file.match(/^packages\/core\/drivers\/([^/]+)\//) ?? [];
  if (isTest(file)) return undefined;
  if (driver && driver !== ownDriver) return "which is a driver: only those who use it name it";
  if (ownDriver && !driver && !/^packages\/core\/([a-z_]+\/)?mod\.ts$/.test(target)) {
    return "but a driver uses the public entry points (mod.ts) of core alone";
  }
  return undefined;
}

/**
 * @param {string} file
 * @param {string} specifier
 * @param {ReadonlyMap<string, Manifest>} manifests
 * @returns {string | undefined}
 */
function packageProblem(file, specifier, manifests) {
  const [, folder = ""] = file.match(/^packages\/([^/]+)\//) ?? [];
  const reach = REACH[folder];
  const manifest = manifests.get(folder);
  if (!reach || !manifest) return `but the table in tools/check_imports.mjs has no "${folder}"`;
  const name = packageOf(specifier);
  const other = [...manifests.values()].find((m) => m.name === name);
  if (other && !(`.${specifier.slice(name.length)}` in other.exports)) {
    return `which ${name} does not export`;
  }
  if (isTest(file)) return undefined;
  if (isBuiltin(specifier)) {
    const allowed = reach.node instanceof RegExp ? reach.node.test(file) : reach.node;
    return allowed ? undefined : `but ${folder} runs in browsers too: no modules of Node`;
  }
  const declared = { ...manifest.dependencies, ...manifest.optionalDependencies };
  if (!(name in declared) && !(name in (manifest.peerDependencies ?? {}))) {
    return `which packages/${folder}/package.json does not name`;
  }
  const allowed = other ? reach.ours : reach.packages;
  if (allowed && !allowed.some((pattern) => pattern.test(other ? specifier : name))) {
    return `which ${folder} may not use (see REACH in tools/check_imports.mjs)`;
  }
  return undefined;
}

/** The folder of a file; a file at the top of its package stands alone. @param {string} file */
function unitOf(file) {
  return file.split("/").length === 3 ? file : posix.dirname(file);
}

/**
 * Folders of a package that import each other in a circle cannot be moved or understood alone.
 * In core types count too, since its folders are published as entry points of their own.
 *
 * @param {readonly Import[]} imports
 * @returns {string[]}
 */
function folderCycles(imports) {
  /** @type {Map<string, Map<string, Import>>} */
  const edges = new Map();
  for (const found of imports) {
    const [from, to] = [unitOf(found.from), unitOf(found.to)];
    if (from === to) continue;
    const targets = edges.get(from) ?? new Map();
    if (!targets.has(to)) targets.set(to, found);
    edges.set(from, targets);
  }
  /** @type {Map<string, string>} */
  const cycles = new Map();
  for (const start of edges.keys()) {
    const path = shortestCycle(start, edges);
    if (!path) continue;
    const members = path.map((step) => unitOf(step.from)).sort().join(" ");
    const steps = path.map(({ from, to, typeOnly }) =>
      `  ${from} -> ${to}${typeOnly ? " (type)" : ""}`
    );
    if (!cycles.has(members)) {
      cycles.set(members, `Folders import each other in a circle:\n${steps.join("\n")}`);
    }
  }
  return [...cycles.values()];
}

/**
 * @param {string} start
 * @param {ReadonlyMap<string, ReadonlyMap<string, Import>>} edges
 * @returns {Import[] | undefined}
 */
function shortestCycle(start, edges) {
  /** @type {Import[][]} */
  let paths = [...(edges.get(start)?.values() ?? [])].map((step) => [step]);
  const seen = new Set();
  while (paths.length > 0) {
    /** @type {Import[][]} */
    const longer = [];
    for (const path of paths) {
      const folder = unitOf(path.at(-1)?.to ?? "");
      if (folder === start) return path;
      if (seen.has(folder)) continue;
      seen.add(folder);
      for (const step of edges.get(folder)?.values() ?? []) longer.push([...path, step]);
    }
    paths = longer;
  }
  return undefined;
}
