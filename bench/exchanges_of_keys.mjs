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
import { oathHid } from "@otpsmith/core/drivers/oath";
import { nitrokeyPro } from "@otpsmith/core/drivers/nitrokey_pro";
import { onlykey } from "@otpsmith/core/drivers/onlykey";
import { token2PinPlus } from "@otpsmith/core/drivers/token2_pinplus";
import { yubikeySlots, yubikeySlotsHid } from "@otpsmith/core/drivers/yubikey_slots";
import { createVirtualToken, memoryHid, memoryTransport } from "@otpsmith/simulator";

export const question =
  "Exchanges of a burn into a key with proof, counted at the token, against what its protocol needs";

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

/**
 * Over HID a command travels in several reports. It is counted once: where its last, or its first, report
 * arrives, which also names it.
 *
 * @type {readonly {
 *   model: string, name: string, driver: () => import("@otpsmith/core").TokenDriver,
 *   command: (report: Uint8Array) => number | undefined, pin?: string, proof?: boolean,
 *   request: Partial<import("@otpsmith/core").BurnRequest>,
 *   needs: readonly { ins: number, does: string }[],
 * }[]}
 */
const HID_KEYS = [
  {
    model: "oath:nitrokey3",
    name: "OATH entry, Nitrokey 3 over HID",
    driver: oathHid,
    request: { title: "Bench:alice" },
    command: ([, , , , kind = 0, , , , ins]) =>
      kind === 0xf0 ? ins : kind >= 0x80 ? kind : undefined,
    needs: [{ ins: 0x86, does: "open a channel" }, SELECT, LIST, PUT, CALCULATE],
  },
  {
    model: "oath:yubikey5",
    name: "OTP slot, YubiKey 5 over HID",
    driver: yubikeySlotsHid,
    request: { slot: 2 },
    // The command stands in the last of ten parts. The status is read without one.
    command: ([, command, , , , , , flags]) => flags === 0x89 ? command : undefined,
    needs: [
      { ins: 0x10, does: "read the serial number" },
      { ins: 0x03, does: "write the slot" },
      { ins: 0x38, does: "have a challenge answered" },
    ],
  },
  {
    model: "nitrokey:pro",
    name: "TOTP slot, Nitrokey Pro",
    driver: nitrokeyPro,
    request: { slot: 2, title: "Bench" },
    pin: "12345678",
    command: ([command]) => command,
    needs: [
      { ins: 0x00, does: "read version and serial number" },
      { ins: 0x09, does: "read how many tries are left" },
      { ins: 0x02, does: "see whether the slot is taken" },
      { ins: 0x07, does: "show the PIN" },
      { ins: 0x17, does: "hand over the name" },
      { ins: 0x17, does: "hand over the first half of the seed" },
      { ins: 0x17, does: "hand over the second: what an earlier try left there would be taken" },
      { ins: 0x01, does: "write the slot" },
      { ins: 0x0b, does: "set the clock" },
      { ins: 0x04, does: "have a code computed" },
    ],
  },
  {
    model: "onlykey:onlykey",
    name: "TOTP slot, OnlyKey (types its code)",
    driver: onlykey,
    request: { slot: 2, title: "Bench" },
    proof: false,
    command: ([, , , , message]) => message,
    needs: [
      { ins: 0xe5, does: "read the labels, to see which slots are taken" },
      { ins: 0xe4, does: "set the clock" },
      { ins: 0xe6, does: "write the label" },
      { ins: 0xe6, does: "write the type of code" },
      { ins: 0xe6, does: "write the seed" },
    ],
  },
];

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const rows = [];
  for (const key of HID_KEYS) rows.push(rowOf(key.name, await countReports(key), key.needs));
  for (const { model, name, driver = oath, slot, needs } of KEYS) {
    rows.push(rowOf(name, await countDuring(model, driver, slot), needs));
  }
  return rows;
}

/**
 * @param {string} name
 * @param {readonly number[]} sent
 * @param {readonly { ins: number, does: string }[]} needs
 * @returns {import("./_report.mjs").Row}
 */
function rowOf(name, sent, needs) {
  const times = (/** @type {readonly number[]} */ list, /** @type {number} */ ins) =>
    list.filter((one) => one === ins).length;
  const wanted = needs.map(({ ins }) => ins);
  const missing = needs.filter(({ ins }) => times(sent, ins) < times(wanted, ins))
    .map(({ does }) => does);
  if (missing.length > 0) throw new Error(`A burn went without: ${missing.join(", ")}`);
  const ratio = sent.length / needs.length;
  const list = sent.map((ins) => encodeHex(Uint8Array.of(ins))).join(" ");
  return {
    name: ratio === 1 ? name : `${name} (${list})`,
    unit: "exchanges",
    aim: 1,
    measured: sent.length,
    peer: needs.length,
    ratio,
    quartiles: [ratio, ratio],
    rounds: 1,
  };
}

/**
 * Burns one seed over HID and gives the commands that arrived.
 *
 * @param {typeof HID_KEYS[number]} key
 */
async function countReports({ model, driver, command, pin, proof = true, request }) {
  const token = createVirtualToken({ model });
  const [device] = token.reports;
  if (!device) throw new Error(`${model} has no HID interface`);
  /** @type {number[]} */
  const sent = [];
  const watch = (/** @type {"setFeature" | "output"} */ way) => {
    const take = device[way]?.bind(device);
    if (!take) return;
    device[way] = (report, id) => {
      const named = command(report);
      if (named !== undefined) sent.push(named);
      return take(report, id);
    };
  };
  watch("setFeature");
  watch("output");
  const station = createStation({
    transports: [memoryHid({ devices: [{ name: "Bench", token }] })],
    drivers: [driver()],
  });
  const secret = pin === undefined ? undefined : Secret.take(new TextEncoder().encode(pin));
  await burnOne(station, { request, secret, proof });
  return sent;
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
  await burnOne(station, { request: slot === undefined ? { title: "Bench:alice" } : { slot } });
  return sent;
}

/**
 * Burns one seed into the only token of a station and has it prove that, if it can.
 *
 * @param {import("@otpsmith/core").Station} station
 * @param {{
 *   request: Partial<import("@otpsmith/core").BurnRequest>,
 *   secret?: Secret | undefined, proof?: boolean,
 * }} options
 */
async function burnOne(station, { request: changes, secret, proof: wanted = true }) {
  const [endpoint] = await station.endpoints();
  if (!endpoint) throw new Error("The station has no reader");
  const connection = await station.connect(endpoint);
  const request = {
    seed: Secret.take(Uint8Array.from(randomBytes(20))),
    algorithm: /** @type {const} */ ("SHA1"),
    digits: 6,
    period: 30,
    syncClock: true,
    ...changes,
  };
  const plan = planBurn({
    token: connection.token,
    request,
    slots: await readSlots(connection.token, [request]),
    policy: { now: systemTime.now(), secretGiven: secret !== undefined },
  });
  if (!plan.ok) throw new Error(plan.refusals.map(({ message }) => message).join());
  const { status, message } = await runPlan(connection, plan, { secret });
  if (status !== "done") throw new Error(message);
  if (wanted) {
    const [proof] = await proveByToken(connection.token, plan);
    if (proof?.level !== "computed" || !proof.match) {
      throw new Error("The key shows the wrong code");
    }
  }
  await connection[Symbol.asyncDispose]();
  await station[Symbol.asyncDispose]();
}
