// @ts-check
/** Gate over the text of every tracked file: nothing of one machine, no promise left open. */
import { dirname } from "node:path";
import { expectNone, listFiles, must, readText, root } from "./_support.mjs";

const BINARY = /\.(png|jpe?g|gif|webp|bmp|ico|bin|wasm|tgz|pdf)$/i;
const SOURCE = /^(packages|tools|tests|bench|examples)\/.*\.(ts|mjs|cjs|c|h)$/;
const LONGEST_SOURCE = 400;

/** @typedef {{ name: string, find: RegExp, only?: RegExp }} Pattern */

/** @type {Pattern[]} */
const PATTERNS = [
  // Written so that the patterns do not find themselves.
  { name: "a path of one machine", find: /(?<![\w.$}*)-])\/(?:work|farm|root|home\/[a-z]\w*)\// },
  { name: "a private key", find: /-----BEGIN [A-Z ]*PRIVATE KEY/ },
  { name: "an access token", find: /\b(?:npm_[A-Za-z0-9]{36}|gh[pousr]_[A-Za-z0-9]{36})\b/ },
  { name: "work put off", find: /\b(?:TO[D]O|FIX[M]E|X[X]X)\b/, only: SOURCE },
];

/** Tracked files name no machine, hold no credential, leave nothing to do, and stay readable. */
export async function texts() {
  const patterns = [...PATTERNS, ...await machinePatterns()];
  const findings = [];
  for (const path of await listFiles()) {
    if (BINARY.test(path)) continue;
    const lines = readText(path).split("\n");
    if (SOURCE.test(path) && !path.endsWith("_test.ts") && lines.length > LONGEST_SOURCE) {
      findings.push(`${path}: ${lines.length} lines; split it, ${LONGEST_SOURCE} are the most`);
    }
    findings.push(...findIn(path, lines, { patterns }));
  }
  findings.push(...lockFindings(readText("package-lock.json")));
  expectNone(findings);
}

/**
 * @param {string} path
 * @param {readonly string[]} lines
 * @param {{ patterns?: readonly Pattern[] }} [options]
 */
export function findIn(path, lines, { patterns = PATTERNS } = {}) {
  return lines.flatMap((line, index) =>
    patterns.filter(({ find, only }) => (!only || only.test(path)) && find.test(line))
      .map(({ name }) => `${path}:${index + 1}: holds ${name}`)
  );
}

/** What this very machine must not leave behind: where the repository lies, and its package registry. */
async function machinePatterns() {
  const registry = (await must("npm", ["config", "get", "registry"])).trim();
  const patterns = [{ name: "the path of this repository", find: literal(dirname(`${root}x`)) }];
  if (!registry.includes("registry.npmjs.org")) {
    patterns.push({
      name: "the host of a package registry",
      find: literal(new URL(registry).host),
    });
  }
  // A repository at the top of the disk has a path too short to tell anything.
  return patterns.filter(({ find }) => find.source.length > 12);
}

/** @param {string} text */
function literal(text) {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}

/**
 * The lock names no address: whoever installs uses the registry of their own machine.
 *
 * @param {string} lock
 */
export function lockFindings(lock) {
  const { packages } = JSON.parse(lock);
  return Object.entries(packages).filter(([, { resolved }]) => /^https?:/.test(resolved ?? ""))
    .map(([name, { resolved }]) => `package-lock.json: ${name} is resolved to ${resolved}`);
}
