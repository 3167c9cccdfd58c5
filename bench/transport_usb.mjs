// @ts-check
import { compare, contest } from "./_contest.mjs";
import { UsbLane, withUsbPeer } from "./_usb_lane.mjs";

export const question =
  "transport-usb on virtual devices, against C on libusb and node-hid by itself";

/** Both sides are measured warm: so many turns let V8 compile what it runs all the time. */
const WARM_UP = 2_000;
const ROUNDS = 60;
const TURNS = 10;

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const lane = new UsbLane();
  try {
    return [...await apdus(lane), ...await reports(lane), ...await lists(lane)];
  } finally {
    await lane.end();
  }
}

/** A card each: whoever holds a reader holds it alone. @param {UsbLane} lane */
async function apdus(lane) {
  return await withUsbPeer(async (program) => {
    return await race("time of an APDU", {
      "peer": await lane.peer(program, await lane.plug(1)),
      "ccid()": await lane.node("ccid", await lane.plug(1)),
      "C again, to show the noise": await lane.peer(program, await lane.plug(1)),
    }, { "ccid()": 1.2 });
  });
}

/** @param {UsbLane} lane */
async function reports(lane) {
  return await race("time of a 64-byte report and its answer", {
    "peer": await lane.node("node-hid", await lane.plug(0)),
    "hid()": await lane.node("hid", await lane.plug(0)),
    "node-hid again, to show the noise": await lane.node("node-hid", await lane.plug(0)),
  }, { "hid()": 1.2 });
}

/** @param {UsbLane} lane */
async function lists(lane) {
  const options = { warmUp: 5, rounds: 10, turns: 1 };
  return await race(
    "listing 100 readers, against one",
    {
      "peer": await lane.node("list", await lane.plug(1)),
      "ccid()": await lane.node("list", await lane.plug(100)),
    },
    { "ccid()": 100 },
    options,
  );
}

/**
 * @typedef {import("./_line_process.mjs").LineProcess} Client
 * @typedef {{ readonly warmUp: number, readonly rounds: number, readonly turns: number }} Extent
 */

/**
 * @param {string} name
 * @param {{ peer: Client } & Record<string, Client>} clients
 * @param {Record<string, number>} aims
 * @param {Extent} [extent]
 */
async function race(
  name,
  clients,
  aims,
  { warmUp, rounds, turns } = { warmUp: WARM_UP, rounds: ROUNDS, turns: TURNS },
) {
  for (const client of Object.values(clients)) await client.ask(String(warmUp));
  const measured = await contest(
    Object.fromEntries(
      Object.entries(clients).map(([client, child]) => [
        client,
        async () => Number(await child.ask(String(turns))) / turns / 1e6,
      ]),
    ),
    { rounds, patienceMs: 10_000 },
  );
  const { peer = [], ...others } = measured;
  return Object.entries(others).map(([client, values]) => ({
    name: `${name}: ${client}`,
    unit: "ms",
    aim: aims[client],
    ...compare(values, peer),
  }));
}
