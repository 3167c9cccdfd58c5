// @ts-check
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import {
  createStation,
  encodeHex,
  planBurn,
  proveByDisplay,
  runPlan,
  Secret,
  systemTime,
} from "@otpsmith/core";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { encodeBase32 } from "@otpsmith/formats";
import { createVirtualToken, memoryTransport } from "@otpsmith/simulator";
import { exposeThroughPcscd } from "@otpsmith/simulator/expose";

export const question = "Exchanges of a burn, counted at the card, against what the protocol needs";

/** What a burn needs, by instruction byte: nothing of it can be left out, and nothing else is needed. */
const NEEDED = [
  { ins: 0x41, does: "read serial number and clock" },
  { ins: 0x4b, does: "ask for a challenge" },
  { ins: 0xce, does: "answer it" },
  { ins: 0xd4, does: "write configuration and clock" },
  { ins: 0xc5, does: "write the seed" },
];

const PARAMETERS = /** @type {const} */ ({ algorithm: "SHA1", digits: 6, period: 30 });

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const ways = {
    "burn by a station, in process": byStation,
    "burn by otpsmith, through pcscd": byCommand,
  };
  const rows = [];
  for (const [name, burn] of Object.entries(ways)) {
    const sent = await countDuring(burn);
    const ratio = sent.length / NEEDED.length;
    rows.push({
      name: sent.length === NEEDED.length ? name : `${name} (${sent.join(" ")})`,
      unit: "exchanges",
      aim: 1,
      measured: sent.length,
      peer: NEEDED.length,
      ratio,
      quartiles: /** @type {[number, number]} */ ([ratio, ratio]),
      rounds: 1,
    });
  }
  return rows;
}

/**
 * Lets a token be burned whose card counts, makes sure that it then shows the right code, and returns the
 * instruction bytes that arrived.
 *
 * @param {(card: import("@otpsmith/simulator").VirtualCard, seed: Uint8Array) => Promise<void>} burn
 */
async function countDuring(burn) {
  const token = createVirtualToken({ model: "token2-single:C302-i" });
  /** @type {number[]} */
  const sent = [];
  const { card } = token;
  const counting = {
    atr: card.atr,
    get present() {
      return card.present;
    },
    power: (/** @type {"on" | "off" | "reset"} */ event) => card.power(event),
    process: (/** @type {Uint8Array} */ command) => {
      sent.push(command[1] ?? 0);
      return card.process(command);
    },
    onPresence: (/** @type {(present: boolean) => void} */ listener) => card.onPresence(listener),
  };
  const seed = Uint8Array.from(randomBytes(20));
  await burn(counting, seed);
  token.hands.powerCycle();
  const code = token.display().code ?? "";
  const now = systemTime.now();
  const proof = proveByDisplay(Secret.copyOf(seed), { parameters: PARAMETERS, code, now });
  if (!proof.match) {
    throw new Error(`The token shows the wrong code after ${sent.length} exchanges`);
  }
  const missing = NEEDED.filter(({ ins }) => !sent.includes(ins)).map(({ does }) => does);
  if (missing.length > 0) throw new Error(`A burn went without: ${missing.join(", ")}`);
  return sent.map((ins) => encodeHex(Uint8Array.of(ins)));
}

/**
 * @param {import("@otpsmith/simulator").VirtualCard} card
 * @param {Uint8Array} seed
 */
async function byStation(card, seed) {
  const station = createStation({
    transports: [memoryTransport({ readers: [{ name: "Bench", card }] })],
    drivers: [token2Single()],
  });
  const [survey] = await station.survey(await station.endpoints());
  const connection = survey?.connection;
  if (!connection) throw survey?.error ?? new Error("The station found no token");
  const plan = planBurn({
    token: connection.token,
    request: { seed: Secret.copyOf(seed), ...PARAMETERS, syncClock: true },
    policy: { now: systemTime.now() },
  });
  if (!plan.ok) throw new Error(plan.refusals.map(({ message }) => message).join());
  const { status, message } = await runPlan(connection, plan);
  if (status !== "done") throw new Error(message);
  await connection[Symbol.asyncDispose]();
  await station[Symbol.asyncDispose]();
}

/**
 * @param {import("@otpsmith/simulator").VirtualCard} card
 * @param {Uint8Array} seed
 */
async function byCommand(card, seed) {
  const exposure = await exposeThroughPcscd({ readers: [{ name: "otpsmith Bench", card }] });
  try {
    const otpsmith = fileURLToPath(new URL("../packages/cli/bin/otpsmith.cjs", import.meta.url));
    const child = spawn(process.execPath, [otpsmith, "burn", "-", "--yes", "--json"], {
      env: { ...process.env, PCSCLITE_CSOCK_NAME: exposure.socket },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const secret = Buffer.from(encodeBase32(seed)).toString();
    child.stdin.end(`otpauth://totp/Bench:alice?secret=${secret}&issuer=Bench\n`);
    const output = await text(child.stdout);
    const result = JSON.parse(output.trim().split("\n").at(-1) ?? "{}");
    // Burned; "needs a person" (4), who would now type the code: that is read from the display above.
    if (result.exit !== 4 || result.clock?.synced !== true) throw new Error(output);
  } finally {
    await exposure.stop();
  }
}
