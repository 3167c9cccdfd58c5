// @ts-check
import { UsbLane } from "./_usb_lane.mjs";

export const question =
  "Memory of a program after 100 000 exchanges through transport-usb, against after 1 000";

const FEW = 1_000;
const MANY = 100_000;
const MIB = 1024 * 1024;

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const lane = new UsbLane();
  try {
    const rows = [];
    for (const work of ["ccid", "hid"]) {
      const client = await lane.node(work, await lane.plug(work === "ccid" ? 1 : 0));
      await client.ask(String(FEW));
      const peer = Number(await client.ask("memory")) / MIB;
      await client.ask(String(MANY - FEW));
      const measured = Number(await client.ask("memory")) / MIB;
      const ratio = measured / peer;
      const quartiles = /** @type {[number, number]} */ ([ratio, ratio]);
      rows.push({
        name: `${work}()`,
        unit: "MiB",
        measured,
        peer,
        ratio,
        quartiles,
        rounds: 1,
        aim: 1.2,
      });
    }
    return rows;
  } finally {
    await lane.end();
  }
}
