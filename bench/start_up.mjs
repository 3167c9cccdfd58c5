// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { compare, contest } from "./_contest.mjs";

export const question = "Time until otpsmith has started, against node that does nothing";

const OTPSMITH = fileURLToPath(new URL("../packages/cli/bin/otpsmith.cjs", import.meta.url));
const ROUNDS = 40;

/** @type {Readonly<Record<string, { readonly args: readonly string[], readonly aim?: number }>>} */
const PROGRAMS = {
  peer: { args: ["-e", "0"] },
  "otpsmith --version": { args: [OTPSMITH, "--version"], aim: 2 },
  "otpsmith --help": { args: [OTPSMITH, "--help"] },
  "node -e 0 again, to show the noise": { args: ["-e", "0"] },
};

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const contestants = Object.fromEntries(
    Object.entries(PROGRAMS).map(([name, { args }]) => [name, () => run(args)]),
  );
  await contest(contestants, { rounds: 2 }); // the disk's cache
  const { peer = [], ...others } = await contest(contestants, { rounds: ROUNDS });
  return Object.entries(others).map(([name, values]) => ({
    name,
    unit: "ms",
    aim: PROGRAMS[name]?.aim,
    ...compare(values, peer),
  }));
}

/** Milliseconds from the start of node to its end. @param {readonly string[]} args */
async function run(args) {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${code}`);
  return performance.now() - start;
}
