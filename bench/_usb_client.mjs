// @ts-check
/**
 * transport-usb, and node-hid by itself, as contestants: answer each line "COUNT" with the nanoseconds that so
 * many turns of the work took, "memory" with the bytes in use.
 *
 *     node _usb_client.mjs WORK
 */
import { createInterface } from "node:readline";
import { ECHO } from "@otpsmith/conformance";
import { ccid, hid } from "@otpsmith/transport-usb";
import nodeHid from "node-hid";

/** As long as the longest command of a burn: 5 header bytes, 64 of seed and 4 of its MAC. */
const COMMAND = Uint8Array.from([0, ECHO.echo, 0, 0, 68, ...new Uint8Array(68)]);
const REPORT = Uint8Array.from([1, ECHO.echo, 0, 0, 50, ...new Uint8Array(59)]);
const ECHO_HID =
  /** @type {const} */ ({ kind: "report", usage: { page: 0xff00 }, reportBytes: 64 });

/** @type {Record<string, () => Promise<() => Promise<void>>>} each gives one turn of its work */
const WORK = {
  "ccid": async () => {
    const [endpoint] = await ccid().list();
    const link = /** @type {import("@otpsmith/core").ApduLink} */ (await endpoint?.open());
    return async () => {
      const answer = await link.transceive(COMMAND);
      if (answer.at(-2) !== 0x90) throw new Error("The card did not answer 9000");
    };
  },
  "hid": async () => {
    const [endpoint] = await hid({ devices: [ECHO_HID] }).list();
    const link = /** @type {import("@otpsmith/core").ReportLink} */ (await endpoint?.open());
    return async () => {
      await link.send(REPORT);
      const [tag] = await link.receive();
      if (tag !== 1) throw new Error("The device did not answer");
    };
  },
  "node-hid": async () => {
    const [device] = await nodeHid.devicesAsync(0x1209, 1);
    const open = await nodeHid.HIDAsync.open(device?.path ?? "");
    /** @type {(report: Buffer) => void} */
    let tell = () => {};
    open.on("data", (report) => tell(report));
    return async () => {
      const answered = new Promise((resolve) => tell = resolve);
      await open.write(Buffer.from([0, ...REPORT]));
      if ((await answered)[0] !== 1) throw new Error("The device did not answer");
    };
  },
  "list": async () => {
    const transport = ccid();
    return async () => {
      if ((await transport.list()).length === 0) throw new Error("There is no reader");
    };
  },
};

const work = await WORK[process.argv[2] ?? ""]?.();
if (!work) throw new Error(`There is no such work: ${process.argv[2]}`);
console.log("ready");

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "memory") {
    for (let n = 0; n < 3; n++) globalThis.gc?.();
    console.log(String(process.memoryUsage.rss()));
    continue;
  }
  const start = process.hrtime.bigint();
  for (let i = Number(line); i > 0; i--) await work();
  console.log(String(process.hrtime.bigint() - start));
}
process.exit(0);
