// @ts-check
import { randomBytes } from "node:crypto";
import {
  createStation,
  encodeHex,
  planBurn,
  proveByToken,
  readSlots,
  runPlan,
  Secret,
  systemTime,
} from "@otpsmith/core";
import { oath } from "@otpsmith/core/drivers/oath";
import { token2PinPlus } from "@otpsmith/core/drivers/token2_pinplus";
import { yubikeySlots } from "@otpsmith/core/drivers/yubikey_slots";
import { createVirtualToken, memoryTransport } from "@otpsmith/simulator";

export const question =
  "Exchanges of a burn into a key with proof, counted at the card, against what its protocol needs";

const SELECT = { ins: 0xa4, does: "select an application" };
const LIST = { ins: 0xa1, does: "list the names, to see which are taken" };
const PUT = { ins: 0x01, does: "write the entry" };
const CALCULATE = { ins: 0xa2, does: "have a code computed" };

/**
 * What a burn needs, in order: nothing of it can be left out. A YubiKey tells its serial number in an
 * application of its own.
 *
 * @type {readonly { model: string, name: string, driver?: () => import("@otpsmith/core").TokenDriver<"apdu">,
 *   slot?: number, needs: readonly { ins: number, does: string }[] }[]}
 */
const KEYS = [
  {
    model: "oath:yubikey5",
    name: "OATH entry, YubiKey 5",
    needs: [SELECT, { ins: 0x1d, does: "read the serial number" }, SELECT, LIST, PUT, CALCULATE],
  },
  { model: "oath:canokey", name: "OATH entry, CanoKey", needs: [SELECT, LIST, PUT, CALCULATE] },
  {
    model: "oath:nitrokey3",
    name: "OATH entry, Nitrokey 3",
    needs: [SELECT, LIST, PUT, CALCULATE],
  },
  {
    model: "oath:yubikey5",
    name: "OTP slot, YubiKey 5",
    driver: yubikeySlots,
    slot: 2,
    needs: [
      SELECT,
      { ins: 0x01, does: "read the serial number" },
      { ins: 0x01, does: "write the slot" },
      { ins: 0x01, does: "have a challenge answered" },
    ],
  },
  {
    model: "token2-pinplus:pin-plus",
    name: "OTP entry, Token2 PIN+",
    driver: token2PinPlus,
    needs: [
      SELECT,
      { ins: 0x33, does: "read the serial number" },
      { ins: 0xc5, does: "read whether a PIN is set, and how many tries are left" },
      { ins: 0xc5, does: "list the names, to see which are taken" },
      { ins: 0xc5, does: "read the public key" },
      { ins: 0xc5, does: "write the entry" },
      { ins: 0xc5, does: "have a code computed" },
    ],
  },
];

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const rows = [];
  for (const { model, name, driver = oath, slot, needs } of KEYS) {
    const sent = await countDuring(model, driver, slot);
    const times = (/** @type {readonly number[]} */ list, /** @type {number} */ ins) =>
      list.filter((one) => one === ins).length;
    const wanted = needs.map(({ ins }) => ins);
    const missing = needs.filter(({ ins }) => times(sent, ins) < times(wanted, ins))
      .map(({ does }) => does);
    if (missing.length > 0) throw new Error(`A burn went without: ${missing.join(", ")}`);
    const ratio = sent.length / needs.length;
    const list = sent.map((ins) => encodeHex(Uint8Array.of(ins))).join(" ");
    rows.push({
      name: ratio === 1 ? name : `${name} (${list})`,
      unit: "exchanges",
      aim: 1,
      measured: sent.length,
      peer: needs.length,
      ratio,
      quartiles: /** @type {[number, number]} */ ([ratio, ratio]),
      rounds: 1,
    });
  }
  return rows;
}

/**
 * Burns one seed, has the key prove it, and gives the instruction bytes that arrived.
 *
 * @param {string} model
 * @param {() => import("@otpsmith/core").TokenDriver<"apdu">} driver
 * @param {number | undefined} slot Which slot, where they have numbers.
 */
async function countDuring(model, driver, slot) {
  const token = createVirtualToken({ model });
  const { card } = token;
  /** @type {number[]} */
  const sent = [];
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
  const station = createStation({
    transports: [memoryTransport({ readers: [{ name: "Bench", card: counting }] })],
    drivers: [driver()],
  });
  const [endpoint] = await station.endpoints();
  if (!endpoint) throw new Error("The station has no reader");
  const connection = await station.connect(endpoint);
  const request = {
    seed: Secret.take(Uint8Array.from(randomBytes(20))),
    algorithm: /** @type {const} */ ("SHA1"),
    digits: 6,
    period: 30,
    syncClock: true,
    ...(slot === undefined ? { title: "Bench:alice" } : { slot }),
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
  const [proof] = await proveByToken(connection.token, plan);
  if (proof?.level !== "computed" || !proof.match) throw new Error("The key shows the wrong code");
  await connection[Symbol.asyncDispose]();
  await station[Symbol.asyncDispose]();
  return sent;
}
