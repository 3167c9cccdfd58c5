#!/usr/bin/env node
// @ts-check
/**
 * Completes package-lock.json with the optional packages of other platforms that a lock file made on this
 * machine leaves out, as happens when its registry does not serve them (npm/cli#4828 tells of the same
 * from another cause). Without them `npm ci` refuses the lock, and installs on other platforms lack
 * their binaries. To be run after `npm install` has changed the lock; the gate `manifests` says when.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {{ version: string, dev?: boolean, optionalDependencies?: Record<string, string> }} Locked
 */

const OS = /\b(android|darwin|freebsd|linux|openharmony|win32|windows)/;
const CPU = /\b(arm64|arm|ia32|x64|64|ppc64|riscv64|s390x|wasm32)\b/;

/**
 * Optional packages that a locked package names and the lock does not hold.
 *
 * @param {Record<string, Locked>} packages
 * @returns {{ path: string, name: string, version: string, dev: boolean }[]}
 */
export function missingOptional(packages) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) =>
        !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages)
      ).map(([name, version]) => ({ path: `node_modules/${name}`, name, version, dev }))
  );
}

/** @param {string} folder */
function completeLock(folder) {
  const file = join(folder, "package-lock.json");
  const lock = JSON.parse(readFileSync(file, "utf8"));
  for (const { path, name, version, dev } of missingOptional(lock.packages)) {
    const [, os = ""] = name.match(OS) ?? [];
    const [, cpu = ""] = name.match(CPU) ?? [];
    if (!os || !cpu || !/^\d/.test(version)) {
      console.error(`Cannot tell which platform ${name} ${version} is for: add it by hand`);
      process.exitCode = 1;
      continue;
    }
    lock.packages[path] = {
      version,
      cpu: [cpu === "64" ? "x64" : cpu],
      ...(dev ? { dev } : {}),
      optional: true,
      os: [os === "windows" ? "win32" : os],
    };
    console.log(`Added ${name} ${version}`);
  }
  const { "": top, ...others } = lock.packages;
  const sorted = Object.entries(others).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = { "": top, ...Object.fromEntries(sorted) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}

if (process.argv[1] === import.meta.filename) {
  for (const folder of ["..", "runtimes"]) completeLock(join(import.meta.dirname, folder));
}
