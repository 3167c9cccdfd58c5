/** What every virtual USB device is made of. */
export { createUsbDevice, type UsbDeviceOptions } from "./composite_device.ts";
export type { DeviceIdentity } from "./descriptors.ts";
export { type EndpointInfo, type InterfaceInfo, interfacesOf } from "./interfaces.ts";
export {
  type TransferFault,
  type TransferFaults,
  type TransferKind,
  withTransferFaults,
} from "./transfer_faults.ts";
export type {
  SetupPacket,
  UsbDescriptors,
  UsbResult,
  UsbSpeed,
  UsbStatus,
  UsbTransfer,
  VirtualUsbDevice,
} from "./usb_device.ts";
export type { EndpointShape, FunctionWire, InterfaceShape, UsbFunction } from "./usb_function.ts";
