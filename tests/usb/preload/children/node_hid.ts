import { Buffer } from "node:buffer";
import HID from "node-hid";
import { hear, tell } from "../told.ts";

/** The unmodified `node-hid` module against one token with a feature report and an interface of reports. */

const end = hear(); // node-hid alone does not keep a program alive
const devices = HID.devices();
tell(
  devices.map((
    { vendorId, productId, usagePage, usage, interface: number, product, serialNumber },
  ) => ({
    vendorId,
    productId,
    usagePage,
    usage,
    interface: number,
    product,
    serialNumber,
  })),
);
const open = async (page: number): Promise<HID.HIDAsync> =>
  await HID.HIDAsync.open(devices.find(({ usagePage }) => usagePage === page)!.path!);

const keyboard = await open(1);
const sent = await keyboard.sendFeatureReport([0, 1, 2, 3, 4, 5, 6, 7, 8]);
tell([sent, Buffer.from(await keyboard.getFeatureReport(0, 9)).toString("hex")]);
await keyboard.close();

const fido = await open(0xf1d0);
// A listener that stays: node-hid stops reading when the last one goes, and then sees no error.
const answer = new Promise<Buffer>((resolve) => fido.on("data", resolve));
await fido.write([0, ...Array.from({ length: 64 }, (_, i) => i)]);
tell(Buffer.from(await answer).toString("hex"));
const gone = new Promise<string>((resolve) => fido.once("error", () => resolve("error")));
tell("waiting");
tell(await gone); // until the token is pulled out
await fido.close();
await end;
