// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createVirtualToken } from "@otpsmith/simulator";
import { exposeThroughPcscd } from "@otpsmith/simulator/expose";
import { compare, contest } from "./_contest.mjs";

export const question =
  "Time to add one OATH account to a key through the real pcscd, whole process, against ykman";

const OTPSMITH = fileURLToPath(new URL("../packages/cli/bin/otpsmith.cjs", import.meta.url));
/** Two entries a round and one of a warm-up: the key holds 64. */
const ROUNDS = 20;
/** The seed of RFC 6238, as ykman takes it on its command line. */
const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const home = await mkdtemp(join(tmpdir(), "otp-bench-"));
  const { card } = createVirtualToken({ model: "oath:yubikey5.7" });
  const exposure = await exposeThroughPcscd({ readers: [{ name: "otpsmith Bench", card }] });
  const env = {
    ...process.env,
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
    OTPSMITH_STATE_DIR: home,
    PCSCLITE_CSOCK_NAME: exposure.socket,
  };
  let accounts = 0;
  const contestants = {
    // It asks which names are taken, writes, and has the key prove it: ykman writes.
    "otpsmith burn, proven by the key": () => {
      const uri = `otpauth://totp/Bench:o${accounts++}?secret=${SEED}&issuer=Bench\n`;
      return run(process.execPath, [OTPSMITH, "burn", "-", "--yes", "--json"], { env, input: uri });
    },
    // The least that a command on Node can take; it comes off both sides of the question.
    "node -e 0, for comparison": () => run(process.execPath, ["-e", "0"], { env, input: "" }),
    peer: () => {
      const args = [
        "-r",
        "otpsmith Bench",
        "oath",
        "accounts",
        "add",
        "-f",
        `y${accounts++}`,
        SEED,
      ];
      return run("ykman", args, { env, input: "" });
    },
  };
  try {
    await contest(contestants, { rounds: 2 }); // the disk's cache
    const { peer = [], ...others } = await contest(contestants, { rounds: ROUNDS });
    return Object.entries(others).map(([name, values]) => ({
      name,
      unit: "ms",
      aim: name.startsWith("otpsmith") ? 0.5 : undefined,
      ...compare(values, peer),
    }));
  } finally {
    await exposure.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/**
 * Milliseconds from the start of a program to its end.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, input: string }} options
 */
async function run(file, args, { env, input }) {
  const start = performance.now();
  const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  const [said, , [code]] = await Promise.all([
    text(child.stderr),
    text(child.stdout),
    once(child, "exit"),
  ]);
  if (code !== 0) throw new Error(`${file} ended with ${code}: ${said.slice(-500)}`);
  return performance.now() - start;
}
