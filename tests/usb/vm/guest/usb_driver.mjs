// @ts-check
/// <reference types="w3c-web-usb" />
/** A HID interface that the kernel's usbhid holds: refused, taken, used, given back. Argument: product id. */
import { readdirSync } from "node:fs";
import { usb } from "usb";

const productId = Number(process.argv[2]);
const nodes = () => console.log("hidraw", readdirSync("/sys/class/hidraw").length);
const device = (await usb.getDevices()).find((each) => each.productId === productId);
if (!device) throw new Error("there is no such device");
/** What the types of `usb` leave out. */
const drivers = /** @type {{
  detachKernelDriver(number: number): Promise<void>,
  attachKernelDriver(number: number): Promise<void>,
}} */
  (/** @type {unknown} */ (device));
await device.open();
nodes();
await device.claimInterface(0).then(
  () => console.log("claimed"),
  (error) => console.log(error.message),
);
await drivers.detachKernelDriver(0);
nodes();
await device.claimInterface(0);
const setup = /** @type {const} */ ({
  requestType: "class",
  recipient: "interface",
  request: 1,
  value: 0x0300,
  index: 0,
});
const { data } = await device.controlTransferIn(setup, 8);
console.log("feature", Buffer.from(data?.buffer ?? new ArrayBuffer(0)).toString("hex"));
await device.releaseInterface(0);
await drivers.attachKernelDriver(0);
nodes();
await device.close();
