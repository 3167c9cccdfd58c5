#!/usr/bin/env node
// @ts-check
/**
 * Writes symbols.json beside it: symbols in the modes that the npm package `qr` does not write, from two
 * other encoders. Needs `zxing-wasm`, whose writer is Zint, and Debian's `qrencode`.
 *
 *     node packages/qr/testdata/make_symbols.mjs
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareZXingModule, writeBarcode } from "zxing-wasm/writer";

const { resolve } = createRequire(import.meta.url);
await prepareZXingModule({
  overrides: { wasmBinary: readFileSync(resolve("zxing-wasm/writer/zxing_writer.wasm")) },
  fireImmediately: true,
});

const TEXTS = [
  { text: "点茗", options: "ecLevel=M" },
  { text: "123ABC点茗漢字カナhello", options: "" },
  { text: "漢字".repeat(120), options: "ecLevel=Q" },
  { text: "0123456789".repeat(50), options: "ecLevel=L" },
  { text: "OTPAUTH://TOTP/A:B $%*+-./", options: "ecLevel=H" },
  { text: "点茗abc", options: "eci=20" },
  { text: "äé", options: "eci=3" },
  { text: "Привет", options: "eci=7" },
  { text: "Zażółć", options: "eci=21" },
  { text: "点茗é", options: "eci=26" },
  { text: "中文字", options: "eci=28" },
  { text: "中文字", options: "eci=29" },
  { text: "中文字", options: "eci=25" },
];

const zint = [];
for (const { text, options } of TEXTS) {
  const { symbol } = await writeBarcode(text, { format: "QRCode", options, addQuietZones: false });
  if (!symbol) throw new Error(`${text} was not written`);
  const rows = Array.from({ length: symbol.height }, (_, y) =>
    Array.from(
      symbol.data.subarray(y * symbol.width, (y + 1) * symbol.width),
      (value) => value === 0 ? "1" : "0",
    ).join(""));
  zint.push({ by: "zint", text, options, rows });
}

/**
 * @param {string | Buffer} input
 * @param {readonly string[]} args
 * @returns {string[][]}
 */
function qrencode(input, args) {
  const folder = mkdtempSync(join(tmpdir(), "qrencode-"));
  try {
    execFileSync("qrencode", [...args, "-t", "ASCII", "-m", "0", "-o", join(folder, "code.txt")], {
      input,
    });
    return readdirSync(folder).sort().map((name) =>
      readFileSync(join(folder, name), "utf8").trimEnd().split("\n").map((line) =>
        Array.from({ length: line.length / 2 }, (_, i) => line[2 * i] === "#" ? "1" : "0").join("")
      )
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const split = "otpauth://totp/Example:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";
const parts = qrencode(split, ["-S", "-v", "2", "-l", "M"]);
const kanji = qrencode(Buffer.from([0x93, 0x5f, 0xe4, 0xaa]), ["-k"]);

writeFileSync(
  join(import.meta.dirname, "symbols.json"),
  JSON.stringify({ zint, parts: { text: split, symbols: parts }, kanji: kanji[0] }, null, 1) + "\n",
);
