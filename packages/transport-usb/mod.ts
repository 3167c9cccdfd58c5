/**
 * USB tokens over HID, and CCID readers without pcscd.
 *
 * @module
 */
export { ccid, type CcidOptions } from "./ccid.ts";
export { hid, type HidOptions } from "./hid.ts";
export { HID_DEVICES, type HidDeviceRule } from "./hid_devices.ts";
export type { HidDeviceInfo, HidPort, HidSystem } from "./hid_port.ts";
export { udevRulesPath } from "./udev_rules.ts";
export {
  type UsbClassRequest,
  type UsbDevice,
  type UsbFailure,
  type UsbPort,
  UsbPortError,
  type UsbSystem,
} from "./usb_port.ts";
