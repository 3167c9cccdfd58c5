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
  readSlots,
  runPlan,
  Secret,
  systemTime,
} from "@otpsmith/core";
import { token2Molto2 } from "@otpsmith/core/drivers/token2_molto2";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { encodeBase32 } from "@otpsmith/formats";
import { createVirtualToken, memoryTransport } from "@otpsmith/simulator";
import { exposeThroughPcscd } from "@otpsmith/simulator/expose";

export const question = "Exchanges of a burn, counted at the card, against what the protocol needs";

/**
 * @typedef {object} Family
 * @property {string} name
 * @property {string} model
 * @property {string} reader what the reader's name contains, where that says what lies in it
 * @property {import("@otpsmith/core").TokenDriver} driver
 * @property {readonly string[]} needed what a burn needs, by instruction byte: nothing of it can be left out,
 *   and nothing else is needed
 * @property {readonly string[]} proof what the command asks afterwards, to be sure
 * @property {readonly string[]} options how the command is told where the seed goes
 * @property {4 | 0} exit how the command ends that nobody tells a code
 */

/** @type {readonly Family[]} */
const FAMILIES = [
  {
    name: "Token2 single-profile",
    model: "token2-single:C302-i",
    reader: "otpsmith Bench",
    driver: /** @type {import("@otpsmith/core").TokenDriver} */ (token2Single()),
    // serial number and clock; challenge and its answer; settings; seed
    needed: ["41", "4B", "CE", "D4", "C5"],
    proof: [],
    options: [],
    exit: 4,
  },
  {
    name: "Token2 Molto2v2, one slot",
    model: "token2-molto2:Molto2v2",
    reader: "TOKEN2 Molto2",
    driver: /** @type {import("@otpsmith/core").TokenDriver} */ (token2Molto2()),
    // serial number and clock, last profile, this profile; challenge and its answer; seed, title, settings
    needed: ["41", "41", "41", "4B", "CE", "C5", "D5", "D4"],
    proof: ["41"],
    options: ["--slot", "0"],
    exit: 0,
  },
];

const PARAMETERS = /** @type {const} */ ({ algorithm: "SHA1", digits: 6, period: 30 });

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const rows = [];
  for (const family of FAMILIES) {
    rows.push(row(`${family.name}: by a station, in process`, {
      sent: await countDuring(byStation, family),
      needed: family.needed,
    }));
    const command = family.proof.length > 0 ? "by otpsmith with its proof" : "by otpsmith";
    rows.push(row(`${family.name}: ${command}, through pcscd`, {
      sent: await countDuring(byCommand, family),
      needed: [...family.needed, ...family.proof],
    }));
  }
  return rows;
}

/** @param {string} name @param {{ sent: readonly string[], needed: readonly string[] }} counted */
function row(name, { sent, needed }) {
  const ratio = sent.length / needed.length;
  return {
    name: sent.length === needed.length ? name : `${name} (${sent.join(" ")})`,
    unit: "exchanges",
    aim: 1,
    measured: sent.length,
    peer: needed.length,
    ratio,
    quartiles: /** @type {[number, number]} */ ([ratio, ratio]),
    rounds: 1,
  };
}

/**
 * Lets a token be burned whose card counts, makes sure that it then shows the right code, and returns the
 * instruction bytes that arrived.
 *
 * @param {(card: import("@otpsmith/simulator").VirtualCard, work: { family: Family, seed: Uint8Array }) => Promise<void>} burn
 * @param {Family} family
 */
async function countDuring(burn, family) {
  const token = createVirtualToken({ model: family.model });
  /** @type {string[]} */
  const sent = [];
  const { card } = token;
  const counting = {
    atr: card.atr,
    get present() {
      return card.present;
    },
    power: (/** @type {"on" | "off" | "reset"} */ event) => card.power(event),
    process: (/** @type {Uint8Array} */ command) => {
      sent.push(encodeHex(command.slice(1, 2)));
      return card.process(command);
    },
    onPresence: (/** @type {(present: boolean) => void} */ listener) => card.onPresence(listener),
  };
  const seed = Uint8Array.from(randomBytes(20));
  await burn(counting, { family, seed });
  token.hands.powerCycle();
  const code = token.display().code ?? "";
  const now = systemTime.now();
  const proof = proveByDisplay(Secret.copyOf(seed), { parameters: PARAMETERS, code, now });
  if (!proof.match) {
    throw new Error(`The token shows the wrong code after ${sent.length} exchanges`);
  }
  const missing = family.needed.filter((ins) => !sent.includes(ins));
  if (missing.length > 0) throw new Error(`A burn went without: ${missing.join(", ")}`);
  return sent;
}

/**
 * @param {import("@otpsmith/simulator").VirtualCard} card
 * @param {{ family: Family, seed: Uint8Array }} work
 */
async function byStation(card, { family, seed }) {
  const station = createStation({
    transports: [memoryTransport({ readers: [{ name: family.reader, card }] })],
    drivers: [family.driver],
  });
  const [survey] = await station.survey(await station.endpoints());
  const connection = survey?.connection;
  if (!connection) throw survey?.error ?? new Error("The station found no token");
  const request = {
    seed: Secret.copyOf(seed),
    ...PARAMETERS,
    syncClock: true,
    slot: 0,
    title: "Bench",
  };
  const plan = planBurn({
    token: connection.token,
    request,
    slots: await readSlots(connection.token, [request]),
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
 * @param {{ family: Family, seed: Uint8Array }} work
 */
async function byCommand(card, { family, seed }) {
  const exposure = await exposeThroughPcscd({ readers: [{ name: family.reader, card }] });
  try {
    const otpsmith = fileURLToPath(new URL("../packages/cli/bin/otpsmith.cjs", import.meta.url));
    const child = spawn(process.execPath, [
      otpsmith,
      "burn",
      "-",
      "--yes",
      "--json",
      ...family.options,
    ], {
      env: { ...process.env, PCSCLITE_CSOCK_NAME: exposure.socket },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const secret = Buffer.from(encodeBase32(seed)).toString();
    child.stdin.end(`otpauth://totp/Bench:alice?secret=${secret}&issuer=Bench\n`);
    const output = await text(child.stdout);
    const result = JSON.parse(output.trim().split("\n").at(-1) ?? "{}");
    // Burned; "needs a person" (4), who would now type the code: that is read from the display above.
    if (result.exit !== family.exit || result.clock?.synced !== true) throw new Error(output);
  } finally {
    await exposure.stop();
  }
}
