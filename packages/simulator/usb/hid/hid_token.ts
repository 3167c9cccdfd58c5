import type { VirtualReportDevice } from "../../report_device.ts";
import type { DeviceIdentity } from "../device/descriptors.ts";
import type { EndpointShape } from "../device/usb_function.ts";
import { createUsbDevice, type UsbDeviceOptions } from "../device/composite_device.ts";
import type { VirtualUsbDevice } from "../device/usb_device.ts";
import { HidInterface } from "./hid_interface.ts";

/** A HID token as data. */
export interface HidProfile {
  /** Ids and strings. */
  readonly identity: DeviceIdentity;
  /** Its interfaces, in order. */
  readonly interfaces: readonly {
    /** Whether it says that it is a boot keyboard. */
    readonly keyboard?: boolean | undefined;
    /** Its endpoints. */
    readonly endpoints: readonly EndpointShape[];
  }[];
}

/** Name of a token in {@linkcode HID_PROFILES}. */
export type HidProfileName = "YubiKey OTP+FIDO" | "Nitrokey Pro" | "OnlyKey" | "Token2 PIN+";

const KEYS: readonly EndpointShape[] = [
  { address: 0x81, type: "interrupt", packet: 8, interval: 10 },
];
const BOTH_WAYS: readonly EndpointShape[] = [
  { address: 0x84, type: "interrupt", interval: 2 },
  { address: 0x04, type: "interrupt", interval: 2 },
];

/**
 * Real tokens that speak in reports: ids and the order of their interfaces (Yubico/yubikey-manager,
 * yubikit/core; Nitrokey/libnitrokey, data; trustcrypto/python-onlykey; the Token2 key as LudovicRousseau/CCID lists
 * it, its FIDO interface alone). Endpoint addresses are ours.
 */
export const HID_PROFILES: Readonly<Record<HidProfileName, HidProfile>> = {
  "YubiKey OTP+FIDO": {
    identity: {
      vendorId: 0x1050,
      productId: 0x0403,
      release: 0x0543,
      manufacturer: "Yubico",
      product: "YubiKey OTP+FIDO",
    },
    interfaces: [{ keyboard: true, endpoints: KEYS }, { endpoints: BOTH_WAYS }],
  },
  "Nitrokey Pro": {
    identity: {
      vendorId: 0x20a0,
      productId: 0x4108,
      manufacturer: "Nitrokey",
      product: "Nitrokey Pro",
    },
    interfaces: [{ keyboard: true, endpoints: KEYS }],
  },
  "OnlyKey": {
    identity: {
      vendorId: 0x1d50,
      productId: 0x60fc,
      manufacturer: "CRYPTOTRUST",
      product: "ONLYKEY",
    },
    interfaces: [{ keyboard: true, endpoints: KEYS }, { endpoints: BOTH_WAYS }],
  },
  "Token2 PIN+": {
    identity: {
      vendorId: 0x349e,
      productId: 0x0026,
      manufacturer: "TOKEN2",
      product: "FIDO2 Security Key(0026)",
    },
    interfaces: [{ endpoints: BOTH_WAYS }],
  },
};

/** Options of {@linkcode createHidToken}. */
export interface HidTokenOptions extends Pick<UsbDeviceOptions, "lie"> {
  /** Which token it is. */
  readonly profile: HidProfileName | HidProfile;
  /** What speaks behind each of its interfaces, in order; all of them are needed. */
  readonly reports: readonly VirtualReportDevice[];
  /** Its serial number string. */
  readonly serial?: string | undefined;
}

/** A HID token of software. */
export interface VirtualHidToken {
  /** What is plugged in. */
  readonly device: VirtualUsbDevice;
  /** Its interfaces, in order; `strike` lets something go wrong on one. */
  readonly interfaces: readonly HidInterface[];
}

/**
 * Makes a HID token around virtual report devices. It is plugged in.
 *
 * @throws {RangeError} Unless there is one report device for each interface.
 *
 * @example A token that repeats what it is told
 * ```ts
 * import {
 *   createHidToken,
 *   keyboardDescriptor,
 *   rawReportDescriptor,
 * } from "@otpsmith/simulator/usb";
 *
 * let say = (_report: Uint8Array): void => {};
 * const { device } = createHidToken({
 *   profile: "OnlyKey",
 *   reports: [
 *     { descriptor: keyboardDescriptor({ featureBytes: 8 }), power() {} },
 *     {
 *       descriptor: rawReportDescriptor({ page: 0xf1d0, usage: 0x01 }),
 *       power() {},
 *       output: (report) => say(report),
 *       onInput: (listener) => {
 *         say = listener;
 *         return () => {};
 *       },
 *     },
 *   ],
 * });
 * device.out(0x04, Uint8Array.of(1, 2, 3));
 * const { data } = await device.in(0x84, 64).result;
 * if (data.join() !== "1,2,3") throw new Error("unexpected");
 * ```
 */
export function createHidToken(options: HidTokenOptions): VirtualHidToken {
  const { profile: wanted, reports, serial, lie } = options;
  const profile: HidProfile = typeof wanted === "string" ? HID_PROFILES[wanted] : wanted;
  if (reports.length !== profile.interfaces.length) {
    throw new RangeError(
      `Cannot make ${profile.identity.product}: it has ${profile.interfaces.length} interfaces, ` +
        `and there are ${reports.length} report devices`,
    );
  }
  const interfaces = profile.interfaces.map((each, i) =>
    new HidInterface({ ...each, reports: reports[i]! })
  );
  const device = createUsbDevice({
    identity: { ...profile.identity, serial },
    functions: interfaces,
    lie,
  });
  return { device, interfaces };
}
