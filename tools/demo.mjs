// @ts-check
/**
 * `npm run demo`: the main job on a simulated token, from nothing but a clone. Installs, builds, draws the
 * QR code of a sample account, burns it, switches the token off and on, and lets a check that shares no
 * code with otpsmith play the cloud service.
 */
import { spawnSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, install } from "./prepare.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}.demo`;
const picture = `${folder}/alibaba-cloud.png`;
const token = `${folder}/token.json`;

/** @param {string} title */
function step(title) {
  console.log(`\n== ${title}`);
}

/**
 * Runs the built command as a user would.
 *
 * @param {readonly string[]} args
 * @param {{ readonly quiet?: boolean }} [options]
 * @returns {string} what it printed, if it was asked to be quiet
 */
function otpsmith(args, { quiet = false } = {}) {
  if (!quiet) console.log(`$ otpsmith ${args.map((arg) => arg.replace(root, "")).join(" ")}`);
  const { status, stdout } = spawnSync(
    process.execPath,
    [`${root}packages/cli/bin/otpsmith.cjs`, ...args],
    {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", quiet ? "pipe" : "inherit", "inherit"],
      env: { ...process.env, OTPSMITH_STATE_DIR: folder },
    },
  );
  if (status !== 0) {
    console.error(`otpsmith ended with ${status}.`);
    process.exit(1);
  }
  return stdout ?? "";
}

/**
 * The service: RFC 6238 with SHA-1, six digits and 30 seconds, a window of one step, and no code twice.
 *
 * @param {Uint8Array} seed
 */
function service(seed) {
  let lastStep = -1;
  return {
    /** @param {string} code */
    accepts(code) {
      const now = Math.floor(Date.now() / 30_000);
      for (const stepNumber of [now, now - 1, now + 1]) {
        const counter = Buffer.alloc(8);
        counter.writeBigUInt64BE(BigInt(stepNumber));
        const mac = createHmac("sha1", seed).update(counter).digest();
        const offset = (mac.at(-1) ?? 0) & 15;
        const number = (mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000;
        if (String(number).padStart(6, "0") === code && stepNumber > lastStep) {
          lastStep = stepNumber;
          return true;
        }
      }
      return false;
    },
  };
}

install(root);
build(root);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { mode: 0o700 });
step("A cloud service shows a QR code");
const seed = randomBytes(40); // Alibaba Cloud gives seeds of 40 bytes
const { default: sharp } = await import("sharp");
const { encodeQR } = await import("qr");
const { encodeBase32 } = await import("@otpsmith/formats");
const secret = Buffer.from(encodeBase32(seed)).toString("latin1");
const uri = `otpauth://totp/Aliyun:alice%401234567890123456?secret=${secret}&issuer=Aliyun`;
const modules = encodeQR(uri, "raw", { ecc: "medium" });
const pixels = Buffer.from(modules.flat().map((dark) => (dark ? 0 : 255)));
const { length: side } = modules;
await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
  .resize(side * 6, side * 6, { kernel: "nearest" })
  .png()
  .toFile(picture);
otpsmith(["scan", picture]);

step("It is burned into a simulated C302-i, which is switched off and on and shows a code");
otpsmith(["burn", picture, "--simulator", token, "--token", "token2-single:C302-i"]);

step("The service checks the code, on its own");
const shown = JSON.parse(otpsmith(["sim", "display", "--state", token, "--json"], { quiet: true }));
const cloud = service(seed);
if (!cloud.accepts(shown.code)) {
  console.error(`The service refused ${shown.code}.`);
  process.exit(1);
}
console.log(`Token ${shown.serial} shows ${shown.code}: accepted.`);
if (cloud.accepts(shown.code)) {
  console.error("The service took the same code twice.");
  process.exit(1);
}
console.log("The same code a second time: refused, as it must be.");
console.log("\nDone. The seed was never shown. Next: node packages/cli/bin/otpsmith.cjs --help");
