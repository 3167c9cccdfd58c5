// @ts-check
/**
 * One answer of a bench.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} unit of both measurements
 * @property {number} measured median over the rounds
 * @property {number} peer the peer's median
 * @property {number} ratio median of the ratios within a round
 * @property {readonly [number, number]} quartiles of these ratios
 * @property {number} rounds
 * @property {number | undefined} aim the largest ratio that is wanted; without one it is for information
 */

/**
 * Whether the aim was reached, in the word that the table shows.
 *
 * @param {Pick<Row, "ratio" | "aim">} row
 * @returns {"PASS" | "MISS" | ""}
 */
export function verdict({ ratio, aim }) {
  if (aim === undefined) return "";
  return ratio <= aim ? "PASS" : "MISS";
}

/** The rows as a table for people. @param {readonly Row[]} rows */
export function table(rows) {
  const lines = rows.map((row) => [
    row.name,
    `${number(row.measured)} ${row.unit}`,
    number(row.peer),
    row.ratio.toFixed(2),
    row.rounds > 1 ? row.quartiles.map((ratio) => ratio.toFixed(2)).join(" to ") : "",
    row.aim === undefined ? "" : `<= ${row.aim}`,
    verdict(row),
  ]);
  const all = [["", "measured", "peer", "ratio", "quartiles", "aim", ""], ...lines];
  const width = (/** @type {number} */ column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0));
  const padded = all.map((line) => line.map((cell, column) => cell.padEnd(width(column))));
  return padded.map((line) => `  ${line.join("  ")}`.trimEnd()).join("\n");
}

/** Three digits that count. @param {number} value */
function number(value) {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
