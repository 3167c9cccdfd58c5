#!/usr/bin/env node
// @ts-check
/**
 * How many lines with code it takes to write a transport: `node tools/transport_lines.mjs`. Blank lines,
 * comments and tests do not count. docs/adding-a-transport.md cites it.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { parseSync } from "rolldown/utils";

const root = join(import.meta.dirname, "..");

/** What is counted, and which files of a folder belong to it. */
const COUNTED = /** @type {const} */ ([
  ["the skeleton's transport", "examples/transport_skeleton", /^(mod|wire)\.ts$/],
  ["how it is tried", "examples/transport_skeleton", /^conformance\.ts$/],
  ["its device of software", "examples/transport_skeleton", /^toy_box\.ts$/],
  ["transport-pn532", "packages/transport-pn532", /(?<!_test)\.ts$/],
  ["of these the contract: pn532.ts", "packages/transport-pn532", /^pn532\.ts$/],
]);

/**
 * The number of lines on which something stands that is no comment.
 *
 * @param {string} file
 * @param {string} source
 */
export function linesWithCode(file, source) {
  let code = source;
  for (const { start, end } of parseSync(file, source).comments) {
    const blank = source.slice(start, end).replace(/[^\n]/g, " ");
    code = code.slice(0, start) + blank + code.slice(end);
  }
  return code.split("\n").filter((line) => line.trim() !== "").length;
}

/** Lines by what is counted. */
export function countTransports() {
  return new Map(COUNTED.map(([what, folder, files]) => {
    const lines = readdirSync(join(root, folder)).filter((name) => files.test(name))
      .map((name) => linesWithCode(name, readFileSync(join(root, folder, name), "utf8")));
    return [what, lines.reduce((sum, count) => sum + count, 0)];
  }));
}

if (argv[1] === import.meta.filename) {
  for (const [what, lines] of countTransports()) {
    console.log(`${String(lines).padStart(5)} ${what}`);
  }
}
