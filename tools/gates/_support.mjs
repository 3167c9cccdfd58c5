// @ts-check
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A gate that found something wrong; the message is all that a person needs to see. */
export class GateFailure extends Error {}

const QUIET = {
  NO_COLOR: "1",
  DENO_NO_UPDATE_CHECK: "1",
  TURBO_TELEMETRY_DISABLED: "1",
  npm_config_update_notifier: "false",
};

/**
 * Runs a program to its end and returns what it printed. Programs of node_modules go by their name.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 * @returns {Promise<{ code: number, stdout: string, output: string }>}
 */
export function run(program, args, options = {}) {
  const { cwd = root, env = {} } = options;
  return new Promise((resolve, reject) => {
    const path = `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`;
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...QUIET, ...env, PATH: path },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, output] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => output += text);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}

/**
 * Like {@linkcode run}, but an exit code other than 0 fails the gate with what the program printed.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 * @returns {Promise<string>} what it printed to standard output
 */
export async function must(program, args, options) {
  const { code, stdout, output } = await run(program, args, options);
  if (code !== 0) {
    const command = `${program} ${args.join(" ")}`;
    throw new GateFailure(`${command.slice(0, 120)}: exit code ${code}\n${output.trim()}`);
  }
  return stdout;
}

/** Fails the gate when there are findings, one a line. @param {readonly string[]} findings */
export function expectNone(findings) {
  if (findings.length > 0) throw new GateFailure(findings.join("\n"));
}

/** @param {string} path from the top of the repository */
export function readText(path) {
  return readFileSync(join(root, path), "utf8");
}

/**
 * @typedef {{ name: string, version: string, license: string, type: string, private?: boolean,
 *   engines: Record<string, string>, sideEffects: boolean, files: string[],
 *   exports: Record<string, Record<string, string> | string>, bin?: Record<string, string>,
 *   scripts?: Record<string, string>, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string>,
 *   devDependencies?: Record<string, string> }} Manifest
 */

/** Files that are tracked or will be, from the top of the repository. @param {readonly string[]} under */
export async function listFiles(...under) {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const listed = (await must("git", [...args, "--", ...under])).split("\0");
  const deleted = new Set((await must("git", ["ls-files", "-z", "--deleted"])).split("\0"));
  return listed.filter((path) => path !== "" && !deleted.has(path));
}

/** The manifests of all packages, by folder name. @returns {Promise<Map<string, Manifest>>} */
export async function readManifests() {
  const paths = await listFiles("packages/*/package.json");
  return new Map(paths.map((path) => [path.split("/")[1] ?? "", JSON.parse(readText(path))]));
}
