// @ts-check
/** Writes and reads a feature report with `node-hid`, and opens nothing else. Argument: product id. */
import HID from "node-hid";

const productId = Number(process.argv[2]);
const found = (await HID.devicesAsync()).find((each) =>
  each.productId === productId && each.usagePage === 1
);
if (!found?.path) throw new Error("there is no such device");
try {
  const device = await HID.HIDAsync.open(found.path);
  await device.sendFeatureReport([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  console.log("feature", Buffer.from(await device.getFeatureReport(0, 9)).toString("hex"));
  await device.close();
} catch (error) {
  console.log("refused:", /** @type {Error} */ (error).message);
}
