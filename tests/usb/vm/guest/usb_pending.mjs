// @ts-check
/// <reference types="w3c-web-usb" />
/** Leaves a transfer waiting on a reader until something ends it. Argument: product id. */
import { usb } from "usb";

const productId = Number(process.argv[2]);
const device = (await usb.getDevices()).find((each) => each.productId === productId);
if (!device) throw new Error("there is no such device");
await device.open();
await device.claimInterface(0);
/** @type {(endpoint: number, length: number, timeout: number) => Promise<unknown>} */
const transferIn = device.transferIn.bind(device);
const pending = transferIn(1, 64, 300_000);
console.log("waiting");
await pending.then(() => console.log("answered"), (error) => console.log(error.message));
