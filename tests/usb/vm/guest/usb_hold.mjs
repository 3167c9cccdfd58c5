// @ts-check
/** Holds an interface, as pcscd does, until it is killed. Arguments: serial number, interface. */
import { usb } from "usb";

const [serial, number] = process.argv.slice(2);
const device = (await usb.getDevices()).find((each) => each.serialNumber === serial);
if (!device) throw new Error("there is no such device");
await device.open();
await device.claimInterface(Number(number));
console.log("holding");
setInterval(() => device.opened, 1000); // what nobody refers to any more is closed
