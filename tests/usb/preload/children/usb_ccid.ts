import { Buffer } from "node:buffer";
import { usb } from "usb";
import { hear, tell } from "../told.ts";

/** The unmodified `usb` module against one reader: everything that a CCID transport does with it. */

type Result = { readonly data?: { readonly buffer: ArrayBuffer } };
interface Device {
  readonly vendorId: number;
  readonly productId: number;
  readonly productName?: string;
  readonly serialNumber?: string;
  open(): Promise<void>;
  close(): Promise<void>;
  selectConfiguration(value: number): Promise<void>;
  claimInterface(number: number): Promise<void>;
  releaseInterface(number: number): Promise<void>;
  clearHalt(direction: string, endpoint: number): Promise<void>;
  controlTransferIn(setup: object, length: number, timeout: number): Promise<Result>;
  transferOut(endpoint: number, data: Uint8Array, timeout: number): Promise<Result>;
  transferIn(endpoint: number, length: number, timeout: number): Promise<Result>;
}

const hex = (result: Result): string =>
  Buffer.from(result.data?.buffer ?? new ArrayBuffer(0)).toString("hex");
const failure = (error: unknown): string => (error as Error).message;

const devices = await usb.getDevices() as unknown as Device[];
tell(devices.map(({ vendorId, productId, productName, serialNumber }) => ({
  vendorId,
  productId,
  productName,
  serialNumber,
})));
const [device] = devices as [Device];
await device.open();
await device.claimInterface(0);
const get = { requestType: "standard", recipient: "device", request: 6, value: 0x0200, index: 0 };
tell(hex(await device.controlTransferIn(get, 512, 5000)));

const say = async (message: string): Promise<string> => {
  await device.transferOut(2, Buffer.from(message, "hex"), 5000);
  return hex(await device.transferIn(1, 1024, 30_000));
};
tell(await say("62000000000000000000"));
tell(await say("6f05000000000100000000a4040000"));
tell(await device.transferIn(3, 8, 5000).then(hex));

await hear(); // a card that is slow
tell(await say("6f05000000000200000000a4040000"));
await hear(); // an endpoint that stalls
tell(await say("65000000000003000000").catch(failure));
await device.clearHalt("in", 1);
tell(await say("65000000000004000000"));
tell(await device.transferIn(1, 64, 200).catch(failure)); // nothing to read
const change = device.transferIn(3, 8, 30_000);
await hear(); // a card that leaves
tell(hex(await change));
const pending = device.transferIn(1, 64, 60_000).catch(failure);
tell("waiting");
tell(await pending); // until the reader is pulled out
await device.close().catch(() => {});
