// @ts-check
/**
 * Reads a generated list of tokens once, in a process of its own, so that its memory is its own:
 * `node _csv_process.mjs otpsmith|csv-parse ROWS`. Prints milliseconds and the most memory in use.
 *
 * @module
 */
import { argv, exit, resourceUsage, stdout } from "node:process";

const [, , reader, count] = argv;
const rows = Number(count);

const SMALL = 200;
const text = new TextEncoder().encode(list(rows));
const small = new TextEncoder().encode(list(SMALL));
const read = await readerOf(reader ?? "");
for (let i = 0; i < 20; i++) read(small); // both are compiled before they are measured
const start = performance.now();
const found = read(text);
const milliseconds = performance.now() - start;
if (found !== rows) {
  console.error(`${reader} found ${found} rows instead of ${rows}`);
  exit(1);
}
stdout.write(JSON.stringify({ milliseconds, megabytes: resourceUsage().maxRSS / 1024 }));

/** @param {number} rows */
function list(rows) {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let state = 1; // a small generator: the same list in each process
  const seed = () => {
    let text = "";
    for (let i = 0; i < 32; i++) {
      state = (state * 1103515245 + 12345) % 2147483648;
      text += digits[Math.floor(state / 65536) % 32];
    }
    return text;
  };
  let text = "upn,serial number,secret key,time interval,manufacturer,model\r\n";
  for (let i = 0; i < rows; i++) {
    text += `user${i}@example.com,${86596320000000 + i},${seed()},30,"Maker, Ltd",C302-i\r\n`;
  }
  return text;
}

/** @param {string} name @returns {Promise<(text: Uint8Array) => number>} */
async function readerOf(name) {
  if (name === "csv-parse") {
    const { parse } = await import("csv-parse/sync");
    return (text) => parse(Buffer.from(text), { columns: true }).length;
  }
  const { readCsv, recordsOf } = await import("../packages/formats/dist/mod.js");
  return (text) => recordsOf(readCsv(text, { source: "bench" })).length;
}
