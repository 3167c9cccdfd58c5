// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { compare, contest } from "./_contest.mjs";

export const question =
  "Reading 100,000 tokens in CSV, against csv-parse, which checks and decodes none";

const PROCESS = fileURLToPath(new URL("./_csv_process.mjs", import.meta.url));
const ROWS = 100_000;
const ROUNDS = 6;

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  /** @type {Record<string, { milliseconds: number, megabytes: number }[]>} */
  const seen = {};
  const contestant = (/** @type {string} */ reader, /** @type {number} */ rows) => async () => {
    const result = await run(reader, rows);
    (seen[`${reader} ${rows}`] ??= []).push(result);
    return result.milliseconds;
  };
  const {
    ours = [],
    tenth = [],
    peer = [],
  } = await contest({
    ours: contestant("otpsmith", ROWS),
    tenth: contestant("otpsmith", ROWS / 10),
    peer: contestant("csv-parse", ROWS),
  }, { rounds: ROUNDS });
  const megabytes = (/** @type {string} */ reader) =>
    (seen[`${reader} ${ROWS}`] ?? []).map(({ megabytes }) => megabytes);
  return [
    { name: "time", unit: "ms", aim: 3, ...compare(ours, peer) },
    {
      name: "time per 1,000 rows, of 100,000 against 10,000",
      unit: "ms",
      aim: 1.2,
      ...compare(ours.map((ms) => ms / 100), tenth.map((ms) => ms / 10)),
    },
    {
      name: "most memory in use, all tokens held",
      unit: "MB",
      aim: 1.2,
      ...compare(megabytes("otpsmith"), megabytes("csv-parse")),
    },
  ];
}

/** @param {string} reader @param {number} rows */
async function run(reader, rows) {
  const child = spawn(process.execPath, [PROCESS, reader, String(rows)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => text += piece);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the process of ${reader} ended with ${code}`);
  return /** @type {{ milliseconds: number, megabytes: number }} */ (JSON.parse(text));
}
