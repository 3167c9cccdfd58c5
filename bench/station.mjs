// @ts-check
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { compare, contest } from "./_contest.mjs";

export const question =
  "The station: size of its page, time until it is usable, from a 4K screen to the account";

const HERE = fileURLToPath(new URL("../packages/cli/", import.meta.url));
const OTPSMITH = join(HERE, "bin/otpsmith.cjs");
const ROUNDS = 10;
const LINK = "otpauth://totp/Aliyun:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Aliyun";

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "otpsmith-bench-"));
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--auto-select-tab-capture-source-by-title=Service"],
  });
  try {
    const contestants = {
      peer: () => emptyNode(),
      "from the command to a usable page": () => toPage(browser, folder),
      "from a shared 4K screen to the account": () => toAccount(browser, folder),
    };
    await contest(contestants, { rounds: 1 });
    const { peer = [], ...others } = await contest(contestants, { rounds: ROUNDS });
    const times = Object.entries(others).map(([name, values]) => ({
      name: `${name}, against node that does nothing`,
      unit: "ms",
      aim: undefined,
      ...compare(values, peer),
    }));
    return [sizeOfScripts(), ...times];
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a browser loads of scripts, compressed; the decoder's WebAssembly apart. */
function sizeOfScripts() {
  const page = join(HERE, "dist/page");
  const bytes = readdirSync(page).filter((name) => name.endsWith(".js"))
    .map((name) => gzipSync(readFileSync(join(page, name)), { level: 9 }).length)
    .reduce((sum, size) => sum + size, 0);
  const [measured, peer] = [bytes / 1000, 150];
  const ratio = measured / peer;
  return {
    name: "scripts of the page, gzip, against 150 kB",
    unit: "kB",
    measured,
    peer,
    ratio,
    quartiles: /** @type {[number, number]} */ ([ratio, ratio]),
    rounds: 1,
    aim: 1,
  };
}

async function emptyNode() {
  const start = performance.now();
  await once(spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }), "exit");
  return performance.now() - start;
}

/**
 * Starts a station with a simulated token and waits for its link.
 *
 * @param {string} folder
 */
async function start(folder) {
  const args = [OTPSMITH, "station", "--json", "--simulator", join(folder, "token.json")];
  const env = { ...process.env, OTPSMITH_STATE_DIR: folder };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  const { url } = JSON.parse(line);
  return { child, url: String(url) };
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {string} folder
 */
async function toPage(browser, folder) {
  const page = await browser.newPage();
  const begin = performance.now();
  const { child, url } = await start(folder);
  await page.goto(url);
  await page.getByRole("button", { name: "Share a screen or window" }).waitFor();
  const taken = performance.now() - begin;
  await page.context().close();
  child.kill();
  await once(child, "exit");
  return taken;
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {string} folder
 */
async function toAccount(browser, folder) {
  const context = await browser.newContext({ viewport: { width: 3840, height: 2160 } });
  const service = await context.newPage();
  const code = execFileSync("qrencode", ["-s", "4", "-o", "-"], { input: LINK });
  const image = `<img src="data:image/png;base64,${code.toString("base64")}">`;
  await service.setContent(`<title>Service</title>${image}`);
  const { child, url } = await start(folder);
  const page = await context.newPage();
  await page.goto(url);
  const share = page.getByRole("button", { name: "Share a screen or window" });
  await share.waitFor();
  const begin = performance.now();
  await share.click();
  await page.getByText("alice", { exact: true }).waitFor();
  const taken = performance.now() - begin;
  await context.close();
  child.kill();
  await once(child, "exit");
  return taken;
}
