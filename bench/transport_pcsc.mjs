// @ts-check
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ECHO } from "@otpsmith/conformance";
import { compare, contest } from "./_contest.mjs";
import { LineProcess } from "./_line_process.mjs";

export const question = "Time of one exchange through transport-pcsc, against C on libpcsclite";

/** As long as the longest command of a burn: 5 header bytes, 64 of seed and 4 of its MAC. */
const DATA = new Uint8Array(68);

const CARDS = [
  { name: "card that answers at once", wait: 0, aim: 1.8, exchanges: 50, rounds: 160 },
  { name: "card that takes 10 ms", wait: 10, aim: 1.05, exchanges: 4, rounds: 64 },
];

/** Both sides are measured warm: so many exchanges let V8 compile what it runs all the time. */
const WARM_UP = 4_000;

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  /** @type {LineProcess[]} */
  const started = [];
  const start = async (/** @type {[string, ...string[]]} */ command, env = {}) => {
    const child = new LineProcess(command, env);
    started.unshift(child);
    return { child, said: await child.next() };
  };
  try {
    const { said } = await start([process.execPath, here("_card_process.mjs")]);
    const { socket, reader } = JSON.parse(said);
    const env = { PCSCLITE_CSOCK_NAME: socket };
    const client = async (/** @type {string} */ binding) =>
      (await start([process.execPath, here("_pcsc_client.mjs"), reader, binding], env)).child;
    const clients = await withPeerProgram(async (program) => ({
      peer: (await start([program, reader], env)).child,
      pcsclite: await client("pcsclite"),
      koffi: await client("koffi"),
      "C again, to show the noise": (await start([program, reader], env)).child,
    }));
    const warm = `${WARM_UP} ${command(0)}`;
    for (const client of Object.values(clients)) await client.ask(warm);
    const rows = [];
    for (const card of CARDS) rows.push(...await race(clients, card));
    return rows;
  } finally {
    for (const child of started) await child.end();
  }
}

/**
 * @param {{ peer: LineProcess } & Record<string, LineProcess>} clients
 * @param {typeof CARDS[number]} card
 */
async function race(clients, { name, wait, aim, exchanges, rounds }) {
  const line = `${exchanges} ${command(wait)}`;
  const measured = await contest(
    Object.fromEntries(
      Object.entries(clients).map(([client, child]) => [
        client,
        async () => Number(await child.ask(line)) / exchanges / 1e6,
      ]),
    ),
    { rounds },
  );
  const { peer = [], ...others } = measured;
  return Object.entries(others).map(([client, values]) => ({
    name: `${name}: ${client}`,
    unit: "ms",
    aim: client in { pcsclite: 0, koffi: 0 } ? aim : undefined,
    ...compare(values, peer),
  }));
}

/** The command, in hexadecimal, that the card answers after so many milliseconds. @param {number} wait */
function command(wait) {
  const ins = wait === 0 ? ECHO.echo : ECHO.echoAfter;
  return Buffer.from([0x00, ins, wait >> 8, wait & 0xff, DATA.length, ...DATA]).toString("hex");
}

/**
 * Compiles the C program for as long as it takes to start it.
 *
 * @template T
 * @param {(program: string) => Promise<T>} use
 */
async function withPeerProgram(use) {
  const run = promisify(execFile);
  const folder = await mkdtemp(join(tmpdir(), "otpsmith-bench-"));
  try {
    const program = join(folder, "pcsc_peer");
    const headers = await run("pkg-config", ["--cflags-only-I", "libpcsclite"])
      .then(({ stdout }) => stdout.trim().split(/\s+/), () => ["-I/usr/include/PCSC"]);
    const flags = ["-O2", "-Wall", "-Wextra", ...headers, "-o", program];
    await run(process.env["CC"] ?? "cc", [...flags, here("pcsc_peer.c"), "-lpcsclite"])
      .catch((cause) => {
        const state = `Cannot build the C program: ${cause.stderr || cause.message}`;
        const next = "Run: apt-get install gcc libc6-dev libpcsclite-dev";
        throw Object.assign(new Error(state, { cause }), { next });
      });
    return await use(program);
  } finally {
    await rm(folder, { recursive: true });
  }
}
