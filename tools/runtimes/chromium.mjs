// @ts-check
/**
 * Runs test files in a page of headless Chromium: bundled, since browsers know neither TypeScript nor
 * packages, and served from this machine, since pages have their cryptography from safe places only.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";

/** @typedef {import("./run_files.ts").Outcome} Outcome */

/** Nothing of these tests is anybody else's business: no updates, no accounts, no first steps. */
const FLAGS = [
  "--headless",
  "--no-sandbox", // tests run as root in containers; the only page is ours
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What pages of users have on their own server: the WebAssembly of a library. */
const WASM = createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm");

const ENTRY = "otpsmith:tests";
const PAGE = `<!doctype html><meta charset="utf-8"><script type="module" src="/tests.js"></script>`;

/**
 * The scripts of the page, by their path.
 *
 * @param {string} root
 * @param {readonly string[]} files
 * @returns {Promise<Map<string, string>>}
 */
async function bundle(root, files) {
  const page = join(root, "tests/browser/page.ts");
  const imports = files.map((file) =>
    `${JSON.stringify(file)}: () => import(${JSON.stringify(join(root, file))})`
  );
  const entry = `import { runPage } from ${JSON.stringify(page)};\nrunPage({${imports.join()}});`;
  const bundled = await rolldown({
    input: { tests: ENTRY },
    cwd: root,
    platform: "browser",
    resolve: {
      conditionNames: ["@otpsmith/source", "browser", "import", "default"],
    },
    treeshake: false, // tests export nothing, and packages promise that what is not used does nothing
    // A test that needs something of Node fails by itself, and not the file it is in.
    shimMissingExports: true,
    logLevel: "silent",
    plugins: [{
      name: "otpsmith",
      resolveId: (id) => id === ENTRY || id.startsWith("node:") ? `\0${id}` : null,
      load: (id) => id === `\0${ENTRY}` ? entry : id.startsWith("\0node:") ? "export {}" : null,
    }],
  });
  try {
    const { output } = await bundled.generate({ format: "esm", entryFileNames: "[name].js" });
    return new Map(
      output.flatMap((part) => part.type === "chunk" ? [[`/${part.fileName}`, part.code]] : []),
    );
  } finally {
    await bundled.close();
  }
}

/**
 * Runs the files and gives back how each test went.
 *
 * @param {string} program
 * @param {{ root: string, files: readonly string[], milliseconds: number }} options
 * @returns {Promise<Outcome[]>}
 */
export async function runInChromium(program, { root, files, milliseconds }) {
  const scripts = await bundle(root, files);
  /** @type {Outcome[]} */
  const outcomes = [];
  const { promise: done, resolve, reject } = withResolvers();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "POST") {
      let body = "";
      request.setEncoding("utf8").on("data", (text) => body += text).on("end", () => {
        if (pathname === "/report") outcomes.push(...JSON.parse(body));
        response.end();
        if (pathname === "/done") resolve();
      });
      return;
    }
    if (pathname === `/${basename(WASM)}`) {
      response.setHeader("content-type", "application/wasm");
      return void response.end(readFileSync(WASM));
    }
    const script = scripts.get(pathname);
    response.statusCode = script || pathname === "/" ? 200 : 404;
    response.setHeader("content-type", script ? "text/javascript" : "text/html");
    response.end(script ?? (pathname === "/" ? PAGE : ""));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const profile = mkdtempSync(join(tmpdir(), "otpsmith-chromium-"));
  const browser = spawn(
    program,
    [...FLAGS, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`],
    { stdio: "ignore", detached: true }, // a group of its own, since it starts many processes
  );
  const ended = new Promise((end) => browser.once("exit", end).once("error", end));
  browser.once("error", reject);
  browser.once("exit", (code) => reject(new Error(`Chromium ended by itself with ${code}`)));
  const alarm = setTimeout(
    () => reject(new Error(`The page was not done after ${milliseconds / 1000} s`)),
    milliseconds,
  );
  try {
    await done;
  } catch (error) {
    outcomes.push({ file: "chromium", name: "", state: "failed", error: Object(error).message });
  } finally {
    clearTimeout(alarm);
    if (browser.pid && browser.exitCode === null) process.kill(-browser.pid, "SIGKILL");
    await ended;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  return outcomes;
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers() {
  /** @type {() => void} */
  let resolve = () => {};
  /** @type {(error: Error) => void} */
  let reject = () => {};
  /** @type {Promise<void>} */
  const promise = new Promise((yes, no) => [resolve, reject] = [yes, no]);
  return { promise, resolve, reject };
}
