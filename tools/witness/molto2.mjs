#!/usr/bin/env node
// @ts-check
/**
 * Lets the maker's own tool for Molto2 tokens and otpsmith work on one simulated token, in turn, through a
 * real pcscd: what one writes, the other has to read. The tool is not part of this repository:
 *
 *     node tools/witness/molto2.mjs molto2.py > docs/reports/molto2-tool.md
 *
 * Get `molto2.py` from github.com/token2/molto2-tools (MIT). It wants Debian's python3-pyscard, and SM4, for
 * which python3-cryptography is put in the place of the `sm4` module of PyPI. Wants the packages built.
 *
 * @module
 */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { argv, env, execPath, exit } from "node:process";
import { createInterface } from "node:readline";

const PYTHON = "/usr/bin/python3";
const BIN = join(import.meta.dirname, "../../packages/cli/bin/otpsmith.cjs");
/** The six calls of the `sm4` module that the tool makes, with python3-cryptography. */
const SM4 = `from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
class SM4Key:
    def __init__(self, key):
        self.key = bytes(key)
    def encrypt(self, message, initial=None):
        mode = modes.ECB() if initial is None else modes.CBC(bytes(initial))
        work = Cipher(algorithms.SM4(self.key), mode).encryptor()
        return work.update(bytes(message)) + work.finalize()
`;

const [, , file] = argv;
if (!file) {
  console.error("Usage: node tools/witness/molto2.mjs PATH_OF_molto2.py");
  exit(2);
}
const tool = resolve(file);
const folder = mkdtempSync(join(tmpdir(), "otp-witness-"));
const state = join(folder, "token.json");
writeFileSync(join(folder, "sm4.py"), SM4);
const simulator = spawn(
  execPath,
  [BIN, "sim", "run", "--json", "--token", "token2-molto2:Molto2v2"]
    .concat(["--reader", "TOKEN2 Molto2", "--state", state]),
  { stdio: ["ignore", "pipe", "inherit"] },
);
const socket = await new Promise((found, failed) => {
  simulator.once("close", () => failed(new Error("The simulator ended")));
  createInterface({ input: simulator.stdout }).on("line", (line) => {
    const event = JSON.parse(line);
    if (event.event === "ready") found(String(event.socket));
  });
});

/** @typedef {{ code: number, text: string }} Said */

/** @param {string} program @param {readonly string[]} args @param {{ input?: string, env?: object }} [options] */
function run(program, args, { input = "", env: more = {} } = {}) {
  /** @type {(said: Said) => void} */
  let done = () => {};
  const said = new Promise((/** @type {typeof done} */ resolve) => done = resolve);
  const all = { ...env, PCSCLITE_CSOCK_NAME: socket, OTPSMITH_STATE_DIR: folder, ...more };
  const child = execFile(program, args, { env: all }, (error, stdout, stderr) => {
    done({ code: error ? Number(error.code) : 0, text: stdout + stderr });
  });
  child.stdin?.end(input);
  return said;
}

/** @param {...string} args */
const theirs = (...args) =>
  run(PYTHON, [tool, ...args], { env: { PYTHONPATH: folder, PYTHONIOENCODING: "utf-8" } });

/** @param {readonly string[]} args @param {{ input?: string, env?: object }} [options] */
async function ours(args, options) {
  const { code, text } = await run(execPath, [BIN, ...args, "--json"], options);
  const lines = text.split("\n").filter((line) => line.startsWith('{"event":"result"'));
  return { code, result: JSON.parse(lines.at(-1) ?? "{}") };
}

/** @type {[what: string, by: string, right: boolean, seen: string][]} */
const rows = [];
/** @param {string} what @param {string} by @param {boolean} right @param {string} seen */
const note = (what, by, right, seen) => {
  rows.push([what, by, right, seen.trim().split("\n").at(-1) ?? ""]);
};
/** @param {string} what @param {Said} said @param {RegExp} says @param {number} [code] */
const expectTheirs = (what, said, says, code = 0) =>
  note(what, "molto2.py", said.code === code && says.test(said.text), said.text);

/** @param {Buffer} bytes */
function base32(bytes) {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const parts = bits.match(/.{1,5}/g) ?? [];
  return parts.map((part) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[parseInt(part.padEnd(5, "0"), 2)])
    .join("");
}
/** @param {Buffer} seed @param {{ algorithm: string, digits: number, period: number }} settings */
const link = (seed, { algorithm, digits, period }) =>
  `otpauth://totp/Witness?secret=${
    base32(seed)
  }&algorithm=${algorithm}&digits=${digits}&period=${period}`;

try {
  // The tool writes: every length at an edge, both hashes, all code lengths and steps.
  const lengths = [1, 15, 16, 20, 31, 32, 48, 63];
  for (const [slot, length] of lengths.entries()) {
    const seed = Buffer.from(Array.from({ length }, (_, i) => (slot * 37 + i * 11 + 1) & 0xff));
    const digits = [4, 6, 8, 10][slot % 4] ?? 6;
    const settings = {
      algorithm: slot % 2 ? "SHA256" : "SHA1",
      digits,
      period: slot % 3 ? 60 : 30,
    };
    const title = "twelve bytes".slice(0, 5 + slot % 8);
    const written = await theirs(
      ...["--profile", String(slot), "--seed", seed.toString("hex"), "--title", title, "--config"],
      ...["--display_timeout", "1", "--algorithm", slot % 2 ? "2" : "1"],
      ...["--timestep", slot % 3 ? "2" : "1", "--otpdigits", String(digits)],
    );
    expectTheirs(
      `seed of ${length} bytes, title, settings`,
      written,
      /Config was set successfully/,
    );
    const { result } = await ours(["slots"]);
    const [found] = (result.slots ?? []).filter((/** @type {{ slot: number }} */ one) =>
      one.slot === slot
    );
    const same = found?.occupied && found.title === title &&
      found.algorithm === settings.algorithm &&
      found.digits === digits && found.period === settings.period;
    note(
      `reads what the tool wrote (${length} bytes)`,
      "otpsmith",
      same === true,
      JSON.stringify(found),
    );
    const shown = await ours(
      ["verify", "-", "--simulator", state, "--slot", String(slot)],
      { input: link(seed, settings) },
    );
    note("the display shows the right code", "otpsmith", shown.result.match === true, "");
  }

  // otpsmith writes, the tool reads and erases.
  const seed = Buffer.from("12345678901234567890");
  const input = link(seed, { algorithm: "SHA1", digits: 6, period: 30 });
  const burned = await ours(["burn", "-", "--slot", "40", "--yes"], { input });
  note("burn into slot 40", "otpsmith", burned.result.slots?.[0]?.proof?.match === true, "");
  expectTheirs(
    "sees that seed and refuses a second one",
    await theirs("--profile", "40", "--seed", "00112233"),
    /Profile #40 already has a seed/,
    1,
  );
  expectTheirs(
    "deletes it",
    await theirs("--profile", "40", "--deleteseed"),
    /deleted successfully/,
  );
  const after = await ours(["slots"]);
  const gone = after.result.slots?.[40]?.occupied === false;
  note("sees that it is gone", "otpsmith", gone, JSON.stringify(after.result.slots?.[40]));
  expectTheirs(
    "deletes an empty slot: refused with 6A83",
    await theirs("--profile", "40", "--deleteseed"),
    /SW: 0x6a0x83/,
    1,
  );
  await ours(["burn", "-", "--slot", "41", "--yes"], { input });
  expectTheirs(
    "clears slot 41 with zeros",
    await theirs("--profile", "41", "--seed", "00".repeat(20)),
    /Seed was set successfully/,
  );
  const cleared = await ours(["slots"]);
  const empty = cleared.result.slots?.[41]?.occupied === false;
  note("sees that it is clear", "otpsmith", empty, JSON.stringify(cleared.result.slots?.[41]));

  // Clocks, screen, keys, reset.
  expectTheirs("sets one clock", await theirs("--profile", "3", "--synctime"), /profile \[#3\]/);
  const everyClock = await theirs("--synctimeall");
  const count = everyClock.text.match(/Time was set successfully/g)?.length ?? 0;
  note("sets all clocks", "molto2.py", everyClock.code === 0 && count === 100, `${count} of 100`);
  expectTheirs("locks the screen", await theirs("--lock"), /screen locked/);
  const unlocked = await ours(["lock", "--undo"]);
  note("unlocks it", "otpsmith", unlocked.code === 0, "");
  expectTheirs(
    "a wrong key is counted: 63C7",
    await theirs("--profile", "0", "--synctime", "--keyascii", "wrongkeywrongkey"),
    /number of attempts left: 199/,
    1,
  );
  await theirs("--setkeyascii", "0123456789ABCDEF"); // answers 9060, which the tool calls a failure
  const withNew = await ours(["erase", "--slot", "0", "--yes"], {
    env: { OTPSMITH_TOKEN_KEY: "0123456789ABCDEF" },
  });
  note("takes the key that the tool set", "otpsmith", withNew.code === 0, "");
  const rotated = await ours(["key"], {
    env: { OTPSMITH_TOKEN_KEY: "0123456789ABCDEF", OTPSMITH_NEW_TOKEN_KEY: "another key" },
  });
  const refused = rotated.result.error?.code === "needs-person/touch";
  note("a new key, with nobody to press ▲: refused, nothing sent", "otpsmith", refused, "");
  expectTheirs(
    "takes the key that counts still",
    await theirs("--profile", "1", "--synctime", "--keyascii", "0123456789ABCDEF"),
    /Authentication successful/,
  );
  expectTheirs("resets the token", await theirs("--factoryreset"), /PLEASE CONFIRM/, 1);
  const fresh = await ours(["slots"]);
  note(
    "sees an empty token",
    "otpsmith",
    fresh.result.occupied === 0,
    `${fresh.result.occupied} occupied`,
  );
  expectTheirs(
    "takes the factory key again",
    await theirs("--profile", "0", "--synctime"),
    /Time was set/,
  );
} finally {
  simulator.kill("SIGTERM");
  await new Promise((ended) => simulator.once("close", ended));
  rmSync(folder, { recursive: true, force: true });
}

const wrong = rows.filter(([, , right]) => !right);
const digest = createHash("sha256").update(readFileSync(tool)).digest("hex");
console.log(`# The maker's tool and otpsmith on one Molto2

\`node tools/witness/molto2.mjs molto2.py\` lets \`molto2.py\` of token2/molto2-tools and otpsmith work in turn on one simulated
Molto2v2 behind a real pcscd. The tool's file had the SHA-256
\`${digest}\`.
Its module \`sm4\` was a stand-in on python3-cryptography. This says nothing about real tokens.

**${rows.length - wrong.length} of ${rows.length} steps went as they should.**

| step | by | as it should |
| --- | --- | --- |
${
  rows.map(([what, by, right]) => `| ${what} | ${by} | ${right ? "yes" : "**no**"} |`).join("\n")
}`);
for (const [what, by, , seen] of wrong) console.error(`${by}: ${what}: ${seen}`);
if (wrong.length > 0) exit(1);
