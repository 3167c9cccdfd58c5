/** Tokens that speak in HID reports. */
export {
  type HidFault,
  HidInterface,
  type HidInterfaceOptions,
  type ReportPassage,
} from "./hid_interface.ts";
export {
  createHidToken,
  HID_PROFILES,
  type HidProfile,
  type HidProfileName,
  type HidTokenOptions,
  type VirtualHidToken,
} from "./hid_token.ts";
export {
  keyboardDescriptor,
  rawReportDescriptor,
  type RawReports,
  type ReportShape,
  reportShape,
} from "./report_descriptors.ts";
