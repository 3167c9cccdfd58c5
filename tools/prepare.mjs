// @ts-check
/**
 * Installing and building, for scripts that run on a fresh clone: nothing here needs a package.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Runs a tool of ours to its end. Its output is shown only when it fails.
 *
 * @param {string} title what a person reads meanwhile
 * @param {readonly [string, ...string[]]} command
 * @param {string} root
 */
function run(title, [file, ...args], root) {
  const from = performance.now();
  process.stdout.write(`${title} … `);
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status === 0) return void console.log(`${((performance.now() - from) / 1000).toFixed(0)} s`);
  console.log("failed");
  console.error(`${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`);
  process.exit(1);
}

/**
 * Installs exactly what the lock file says, unless that is there already.
 *
 * @param {string} root
 * @param {string} title what a person reads meanwhile
 */
export function install(root, title = "Installing packages") {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
    process.exit(1);
  }
  if (!isInstalled(root)) {
    run(title, ["npm", "ci", "--no-audit", "--no-fund"], root);
  }
}

/**
 * Whether everything in the lock file is there in the same version. Optional packages may be missing:
 * they are for other machines, or could not be compiled on this one.
 *
 * @param {string} root
 */
function isInstalled(root) {
  try {
    const [wanted, present] = ["package-lock.json", "node_modules/.package-lock.json"].map((path) =>
      JSON.parse(readFileSync(`${root}/${path}`, "utf8")).packages
    );
    return Object.entries(wanted).every(([path, { version, optional }]) =>
      !path.startsWith("node_modules/") || present[path]?.version === version ||
      (optional && !present[path])
    );
  } catch {
    return false; // no node_modules, or one that npm did not finish
  }
}

/**
 * Builds all packages that have changed.
 *
 * @param {string} root
 */
export function build(root) {
  run("Building", [process.execPath, "tools/build.mjs"], root);
}
