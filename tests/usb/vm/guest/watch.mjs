// @ts-check
/**
 * Tells what `watch()` sees: nothing, devices that come, that they are gone, that they come again. Opens them when they
 * come, and tells how the links end. Arguments: ccid or hid, number of endpoints to wait for.
 */
import { isProjectError } from "@otpsmith/core/errors";
import { ccid, hid } from "@otpsmith/transport-usb";

const [name, count] = process.argv.slice(2);
/** @type {import("@otpsmith/core/link").Transport} */
const transport = name === "ccid" ? ccid() : hid();
const snapshots = transport.watch()[Symbol.asyncIterator]();

/** @param {number} wanted */
async function seen(wanted) {
  for (;;) {
    const { value, done } = await snapshots.next();
    if (done) throw new Error("the watch has ended by itself");
    if (value.length === wanted) return value;
  }
}

await seen(0);
console.log("watching");
for (const round of ["came", "again"]) {
  const endpoints = await seen(Number(count));
  const links = await Promise.all(endpoints.map((endpoint) => endpoint.open()));
  for (const { label } of endpoints) console.log(round, label);
  for (const { closed } of links) {
    await new Promise((resolve) =>
      closed.aborted ? resolve(0) : closed.addEventListener("abort", resolve)
    );
    console.log("closed", isProjectError(closed.reason) ? closed.reason.message : closed.reason);
  }
  await seen(0);
  console.log("gone", round);
}
await transport[Symbol.asyncDispose]();
