// @ts-check
/**
 * Reads StrykerJS's report and holds the mutants that survived against survivors.json, where each has its
 * reason. The format is the mutation testing report schema, version 2.
 *
 * @module
 */

/** @typedef {{ line: number, column: number }} Place counted from 1 */
/**
 * @typedef {object} Mutant
 * @property {string} status
 * @property {string} replacement
 * @property {{ start: Place, end: Place }} location
 * @property {number} [testsCompleted]
 */
/** @typedef {{ files: Record<string, { source: string, mutants: Mutant[] }> }} Report */

/**
 * A mutant by what a reader of the source sees, so that it is found again when lines move.
 *
 * @typedef {object} Change
 * @property {string} file
 * @property {string} line the line that the change begins in
 * @property {string} from
 * @property {string} to
 */
/** @typedef {Change & { why: string }} Survivor */
/** @typedef {{ mutants: number, killed: number, endless: number, survived: number }} Count */

const SURVIVED = new Set(["Survived", "NoCoverage"]);

/** @param {string} text */
const onOneLine = (text) => text.replace(/\s+/g, " ").trim();

/** @param {Change} change */
const keyOf = ({ file, line, from, to }) => JSON.stringify([file, line, from, to]);

/** @param {Change} change */
const show = ({ file, line, from, to }) => `${file}\n    ${line}\n    ${from} → ${to}`;

/**
 * @param {string} file
 * @param {string} source
 * @param {Mutant} mutant
 * @returns {Change}
 */
function changeOf(file, source, { location: { start, end }, replacement }) {
  const lines = source.split("\n");
  const part = lines.slice(start.line - 1, end.line);
  part[part.length - 1] = part.at(-1)?.slice(0, end.column - 1) ?? "";
  part[0] = part[0]?.slice(start.column - 1) ?? "";
  const line = onOneLine(lines[start.line - 1] ?? "");
  return {
    file,
    line,
    from: onOneLine(part.join("\n")),
    to: onOneLine(replacement),
  };
}

/**
 * @param {Report} report
 * @param {readonly Survivor[]} explained
 * @returns {{ counts: Map<string, Count>, findings: string[] }}
 */
export function judge(report, explained) {
  /** @type {Map<string, Count>} */
  const counts = new Map();
  const waiting = explained.map((survivor) => ({
    key: keyOf(survivor),
    survivor,
  }));
  const findings = [];
  for (const [file, { source, mutants }] of Object.entries(report.files)) {
    const count = { mutants: mutants.length, killed: 0, endless: 0, survived: 0 };
    counts.set(file, count);
    for (const mutant of mutants) {
      const change = changeOf(file, source, mutant);
      if (mutant.status === "Killed") count.killed += 1;
      else if (mutant.status === "Timeout") count.endless += 1;
      else if (!SURVIVED.has(mutant.status)) {
        findings.push(
          `${mutant.status}, neither killed nor survived: ${show(change)}`,
        );
      } else if (mutant.status === "Survived" && !mutant.testsCompleted) {
        // stryker-mutator/stryker-js#6213: a run that did not come to its tests is reported like this.
        findings.push(`No test was run: ${show(change)}`);
      } else {
        count.survived += 1;
        const index = waiting.findIndex(({ key }) => key === keyOf(change));
        if (index < 0) {
          findings.push(
            `Survived, and survivors.json does not say why: ${show(change)}`,
          );
        } else waiting.splice(index, 1);
      }
    }
  }
  for (const { survivor } of waiting) {
    findings.push(
      `Did not survive, take it off survivors.json: ${show(survivor)}`,
    );
  }
  return { counts, findings };
}

/** Columns of the table: a mutant that makes a loop endless is noticed as well. */
const COLUMNS = /** @type {const} */ (["mutants", "killed", "endless", "survived"]);

/**
 * @param {ReadonlyMap<string, Count>} counts
 * @returns {string}
 */
export function tableOf(counts) {
  const all = { mutants: 0, killed: 0, endless: 0, survived: 0 };
  for (const count of counts.values()) {
    for (const column of COLUMNS) all[column] += count[column];
  }
  const rows = [...counts].filter(([, { mutants }]) => mutants > 0)
    .sort(([a], [b]) => a.localeCompare(b, "en"));
  const width = Math.max(...rows.map(([file]) => file.length));
  const line = (/** @type {string} */ name, /** @type {readonly (string | number)[]} */ cells) =>
    name.padEnd(width) + cells.map((cell) => String(cell).padStart(10)).join("");
  const counted = (/** @type {string} */ name, /** @type {Count} */ count) => {
    const share = `${(100 * count.survived / count.mutants).toFixed(1)} %`;
    return line(name, [...COLUMNS.map((column) => count[column]), share]);
  };
  return [
    line("", [...COLUMNS, "share"]),
    ...rows.map(([file, count]) => counted(file, count)),
    counted("all", all),
  ].join("\n");
}
