// @ts-check
/** Prints what the `usb` module tells of devices that come and go. */
import { usb } from "usb";

for (const event of /** @type {const} */ (["connect", "disconnect"])) {
  usb.addEventListener(event, ({ device }) => {
    console.log(event, device.vendorId.toString(16), device.productId.toString(16));
  });
}
console.log("watching");
