// @ts-check
/** Gate over package.json files and what must keep in step with them. */
import { missingOptional } from "../complete_lock.mjs";
import { expectNone, listFiles, readManifests, readText } from "./_support.mjs";

/** @typedef {import("./_support.mjs").Manifest} Manifest */

/** What every package states in the same words. */
const SAME = {
  license: "Apache-2.0",
  type: "module",
  engines: { node: ">=20.19" },
  sideEffects: false,
};

/**
 * Manifests agree with each other: licence, engines, versions of each other and of third parties,
 * references of TypeScript, entry points known to Deno.
 */
export async function manifests() {
  const all = await readManifests();
  const findings = [...all].flatMap(([folder, manifest]) =>
    [
      ...sharedFields(manifest),
      ...entryPoints(manifest),
      ...ownVersions(manifest, all),
      ...references(folder, manifest, all),
    ].map((finding) => `packages/${folder}/package.json: ${finding}`)
  );
  expectNone([
    ...findings,
    ...thirdParties(all),
    ...lockSteps(all),
    ...denoImports(all),
    ...await changesets(all),
  ]);
}

/** @param {Manifest} manifest */
function sharedFields(manifest) {
  const findings = Object.entries(SAME)
    .filter(([field, value]) =>
      JSON.stringify(manifest[/** @type {keyof typeof SAME} */ (field)]) !== JSON.stringify(value)
    ).map(([field, value]) => `"${field}" is not ${JSON.stringify(value)}`);
  if (!/^\d+\.\d+\.\d+/.test(manifest.version)) findings.push(`"version" is not a version`);
  if (manifest.private) findings.push(`"private" would keep it from being published`);
  if (manifest.scripts?.["build"] !== "tsc -b") findings.push(`"scripts.build" is not "tsc -b"`);
  for (const script of ["preinstall", "install", "postinstall"]) {
    if (manifest.scripts?.[script]) findings.push(`"${script}" runs code where it is installed`);
  }
  return findings;
}

/** Each entry point names the source, its types and its JavaScript. @param {Manifest} manifest */
function entryPoints({ exports }) {
  return Object.entries(exports).flatMap(([entry, target]) => {
    if (typeof target === "string") return [];
    const source = target["@otpsmith/source"] ?? "";
    const stem = source.replace(/^\.\//, "./dist/").replace(/\.ts$/, "");
    const wanted = { "@otpsmith/source": source, types: `${stem}.d.ts`, default: `${stem}.js` };
    return JSON.stringify(target) === JSON.stringify(wanted) && source.endsWith("mod.ts")
      ? []
      : [`"exports" of "${entry}" is not a source mod.ts, its types and its JavaScript`];
  });
}

/**
 * Packages of this repository name each other in the version that stands here: changesets raise both.
 *
 * @param {Manifest} manifest
 * @param {ReadonlyMap<string, Manifest>} all
 */
function ownVersions({ dependencies, optionalDependencies, peerDependencies }, all) {
  const wanted = Object.entries({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  return [...all.values()].flatMap(({ name, version }) =>
    wanted.filter(([other, range]) => other === name && range.replace(/^[\^~]/, "") !== version)
      .map(([, range]) => `wants ${name} ${range}, but here it is ${version}`)
  );
}

/**
 * `references` in tsconfig.json is the list of dependencies, or builds run in the wrong order.
 *
 * @param {string} folder
 * @param {Manifest} manifest
 * @param {ReadonlyMap<string, Manifest>} all
 */
function references(folder, { dependencies, optionalDependencies }, all) {
  const config = JSON.parse(readText(`packages/${folder}/tsconfig.json`));
  const named = (config.references ?? []).map((/** @type {{ path: string }} */ { path }) =>
    path.replace("../", "")
  );
  const needed = { ...dependencies, ...optionalDependencies };
  const wanted = [...all].filter(([, { name }]) => name in needed).map(([other]) => other);
  return named.sort().join() === wanted.sort().join()
    ? []
    : [`depends on ${wanted.join(", ")}, but tsconfig.json references ${named.join(", ")}`];
}

/** The same third-party package in the same range everywhere. @param {ReadonlyMap<string, Manifest>} all */
function thirdParties(all) {
  /** @type {Map<string, Set<string>>} */
  const ranges = new Map();
  for (const manifest of [JSON.parse(readText("package.json")), ...all.values()]) {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    for (
      const [name, range] of Object.entries({
        ...dependencies,
        ...devDependencies,
        ...optionalDependencies,
      })
    ) {
      ranges.set(name, (ranges.get(name) ?? new Set()).add(String(range)));
    }
  }
  return [...ranges].filter(([, set]) => set.size > 1)
    .map(([name, set]) => `${name} is wanted in several ranges: ${[...set].join(" and ")}`);
}

/**
 * The lock file says what the manifests say, and holds what `npm ci` needs on every platform.
 *
 * @param {ReadonlyMap<string, Manifest>} all
 */
function lockSteps(all) {
  const { packages } = JSON.parse(readText("package-lock.json"));
  /** @type {(keyof Manifest)[]} */
  const fields = ["version", "dependencies", "devDependencies", "optionalDependencies"];
  const sorted = (/** @type {unknown} */ value) =>
    JSON.stringify(value && typeof value === "object" ? Object.entries(value).sort() : value);
  const stale = [...all].flatMap(([folder, manifest]) =>
    fields.filter((field) =>
      sorted(manifest[field]) !== sorted(packages[`packages/${folder}`]?.[field])
    ).map((field) => `package-lock.json: "${field}" of packages/${folder} is stale: npm install`)
  );
  const missing = missingOptional(packages).map(({ name }) =>
    `package-lock.json: ${name} is missing: node tools/complete_lock.mjs`
  );
  return [...stale, ...missing];
}

/** deno.json knows every entry point, so that examples resolve. @param {ReadonlyMap<string, Manifest>} all */
function denoImports(all) {
  const known = JSON.parse(readText("deno.json")).imports;
  /** @type {Record<string, string>} */
  const wanted = {};
  for (const [folder, { name, exports }] of all) {
    for (const [entry, target] of Object.entries(exports)) {
      if (typeof target === "string") continue;
      const source = target["@otpsmith/source"]?.slice(1);
      wanted[`${name}${entry.slice(1)}`] = `./packages/${folder}${source}`;
    }
  }
  return [...new Set([...Object.keys(known), ...Object.keys(wanted)])]
    .filter((name) => known[name] !== wanted[name])
    .map((name) => `deno.json: "${name}" is ${known[name]}, the package exports ${wanted[name]}`);
}

/** Changesets speak of packages that exist. @param {ReadonlyMap<string, Manifest>} all */
async function changesets(all) {
  const names = new Set([...all.values()].map(({ name }) => name));
  const files = (await listFiles(".changeset/*.md")).filter((path) => !path.endsWith("README.md"));
  return files.flatMap((path) => {
    const head = readText(path).split(/^---$/m)[1] ?? "";
    const named = [...head.matchAll(/^"?([^":\s]+)"?:\s*(patch|minor|major)$/gm)].map(([, n]) => n);
    if (named.length === 0) return [`${path}: names no package`];
    return named.filter((name) => !names.has(name ?? "")).map((name) =>
      `${path}: names ${name}, which does not exist`
    );
  });
}
