/**
 * Virtual USB devices: card readers, HID tokens, and what they are made of. They do not know how they are
 * exposed: in process, under a mocked kernel, or over USB/IP.
 *
 * @module
 */
export type { VirtualCard } from "../card.ts";
export type { VirtualReportDevice } from "../report_device.ts";
export * from "./device/mod.ts";
export * from "./ccid/mod.ts";
export * from "./hid/mod.ts";
export { createUsbToken, type UsbTokenOptions } from "./usb_token.ts";
