// @ts-check
/**
 * Installing and building, for scripts that run on a fresh clone: nothing here needs a package.
 */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

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
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
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
 */
export function install(root) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
    process.exit(1);
  }
  const marker = `${root}/node_modules/.package-lock.json`;
  const lock = `${root}/package-lock.json`;
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs) return;
  run("Installing packages", ["npm", "ci", "--no-audit", "--no-fund"], root);
}

/**
 * Builds all packages that have changed.
 *
 * @param {string} root
 */
export function build(root) {
  run("Building", ["npx", "turbo", "run", "build", "--output-logs=errors-only"], root);
}
