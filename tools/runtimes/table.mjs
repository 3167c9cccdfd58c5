// @ts-check
/**
 * The table of runtimes: on the terminal and in the README.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {import("./judge.mjs").Verdict} Verdict */

const README = join(import.meta.dirname, "../../README.md");
const SECTION = /(?<=<!-- runtimes:begin -->\n\n)[^]*?(?=\n<!-- runtimes:end -->)/;

/**
 * A Markdown table, laid out as the formatter wants it, and what is not run, with the reasons.
 *
 * @param {readonly ({ name: string, version: string, packages: readonly string[] } & Verdict)[]} rows
 */
export function tableOf(rows) {
  const cells = [
    ["runtime", "version", "packages", "passed", "failed", "not run"],
    ...rows.map(({ name, version, packages, passed, failures, notRun }) => [
      name,
      version || "does not start",
      packages.join(", "),
      String(passed),
      String(failures.length),
      String(notRun.reduce((sum, { count }) => sum + count, 0)),
    ]),
  ];
  const widths = cells[0]?.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0))) ??
    [];
  const lines = cells.map((row) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const reasons = rows.flatMap(({ name, notRun }) =>
    notRun.map(({ count, why }) => `- ${name} does not run ${count} of them: ${why}`)
  );
  return `${[lines[0], rule, ...lines.slice(1), "", ...reasons].join("\n")}\n`;
}

/**
 * Whether the README shows this, whatever the numbers: they change with every test that is written, but
 * a runtime, a failure or a reason is news.
 *
 * @param {string} table
 */
export function isInReadme(table) {
  const [shown = ""] = readFileSync(README, "utf8").match(SECTION) ?? [];
  return essence(shown) === essence(table);
}

/** @param {string} table */
function essence(table) {
  return table.replace(/\b[1-9][\d.]*\b/g, "n").replace(/[ -]+/g, " ");
}

/** @param {string} table */
export function writeToReadme(table) {
  const text = readFileSync(README, "utf8");
  writeFileSync(README, text.replace(SECTION, () => table));
}
