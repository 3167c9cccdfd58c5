import type { DeviceIdentity } from "../device/descriptors.ts";
import type { EndpointShape } from "../device/usb_function.ts";
import type { CcidClass } from "./class_descriptor.ts";

/** A CCID interface as data. */
export interface CcidInterfaceProfile {
  /** Its class descriptor. */
  readonly class: CcidClass;
  /** Bulk to the device, bulk to the host, and an interrupt endpoint where it has one. */
  readonly endpoints: readonly EndpointShape[];
}

/** A reader, or a token with one inside, as data. */
export interface CcidProfile {
  /** Ids and strings. */
  readonly identity: DeviceIdentity;
  /** How many interfaces of another kind stand before the first CCID one; none unless given. */
  readonly before?: number | undefined;
  /** Its CCID interfaces. */
  readonly interfaces: readonly CcidInterfaceProfile[];
}

/** Name of a reader in {@linkcode CCID_PROFILES}. */
export type CcidProfileName =
  | "OMNIKEY 5427 CK"
  | "OMNIKEY 5422"
  | "Token2 Molto2"
  | "Nitrokey 3"
  | "Nitrokey Pro"
  | "ACR122U";

const ENDPOINTS: readonly EndpointShape[] = [
  { address: 0x02, type: "bulk" },
  { address: 0x81, type: "bulk" },
  { address: 0x83, type: "interrupt", packet: 8, interval: 16 },
];
const SECOND_ENDPOINTS: readonly EndpointShape[] = [
  { address: 0x05, type: "bulk" },
  { address: 0x84, type: "bulk" },
  { address: 0x86, type: "interrupt", packet: 8, interval: 16 },
];
const OMNIKEY = {
  version: 0x0110,
  voltages: 7,
  protocols: 3,
  clock: [4800, 8000],
  rate: [12_903, 825_806],
  ifsd: 254,
  message: 520,
} as const;

/**
 * Real readers and tokens. What tells drivers apart (ids, interface, protocols, dwFeatures, sizes,
 * whether there is an interrupt endpoint) is as in libccid's collection of descriptors
 * (LudovicRousseau/CCID, readers/*.txt); endpoint addresses, packet sizes and clock rates that the
 * collection does not show are ours, and so is what stands before a CCID interface.
 */
export const CCID_PROFILES: Readonly<Record<CcidProfileName, CcidProfile>> = {
  "OMNIKEY 5427 CK": {
    identity: {
      vendorId: 0x076b,
      productId: 0x5427,
      manufacturer: "HID",
      product: "OMNIKEY 5427 CK",
    },
    interfaces: [{ endpoints: ENDPOINTS, class: { ...OMNIKEY, features: 0x000404ba } }],
  },
  "OMNIKEY 5422": {
    identity: {
      vendorId: 0x076b,
      productId: 0x5422,
      manufacturer: "HID Global",
      product: "OMNIKEY 5422 Smartcard Reader",
    },
    interfaces: [
      { endpoints: ENDPOINTS, class: { ...OMNIKEY, features: 0x000404ba } },
      { endpoints: SECOND_ENDPOINTS, class: { ...OMNIKEY, features: 0x000407b8 } },
    ],
  },
  "Token2 Molto2": {
    identity: {
      vendorId: 0x349e,
      productId: 0x0300,
      manufacturer: "TOKEN2",
      product: "Molto2",
    },
    before: 1,
    interfaces: [{
      endpoints: ENDPOINTS,
      class: {
        version: 0x0110,
        voltages: 1,
        protocols: 3,
        clock: [3580, 3580],
        rate: [9600, 9600],
        ifsd: 2088,
        features: 0x00040480,
        message: 2088,
        echo: 0xff,
      },
    }],
  },
  "Nitrokey 3": {
    identity: {
      vendorId: 0x20a0,
      productId: 0x42b2,
      release: 0x0002,
      manufacturer: "Nitrokey",
      product: "Nitrokey 3",
    },
    interfaces: [{
      endpoints: ENDPOINTS.slice(0, 2),
      class: {
        version: 0x0110,
        voltages: 1,
        protocols: 2,
        clock: [3580, 3580],
        rate: [9600, 9600],
        ifsd: 254,
        features: 0x00040840,
        message: 3072,
        echo: 0xff,
      },
    }],
  },
  "Nitrokey Pro": {
    identity: {
      vendorId: 0x20a0,
      productId: 0x4108,
      manufacturer: "Nitrokey",
      product: "Nitrokey Pro",
    },
    before: 1,
    interfaces: [{
      endpoints: ENDPOINTS,
      class: {
        version: 0x0110,
        voltages: 2,
        protocols: 2,
        clock: [3600, 3600],
        rate: [9677, 116_129],
        ifsd: 254,
        features: 0x000104ba,
        message: 271,
      },
    }],
  },
  "ACR122U": {
    identity: {
      vendorId: 0x072f,
      productId: 0x2200,
      release: 0x0206,
      manufacturer: "ACS",
      product: "ACR122U PICC Interface",
    },
    interfaces: [{
      endpoints: ENDPOINTS,
      class: {
        version: 0x0100,
        voltages: 7,
        protocols: 2,
        clock: [4000, 4000],
        rate: [10_752, 250_000],
        ifsd: 256,
        features: 0x00020040,
        message: 271,
      },
    }],
  },
};
