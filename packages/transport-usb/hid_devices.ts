import type { HidDeviceInfo } from "./hid_port.ts";

/** How a HID token is spoken to. */
export interface HidDeviceRule {
  /** Which kind of link it gives. */
  readonly kind: "feature" | "report";
  /** Usage page and usage of its top-level collection. */
  readonly usage: { readonly page: number; readonly id?: number | undefined };
  /** Which vendors' and products' it is; any unless given. */
  readonly ids?: {
    readonly vendorId: number;
    readonly productIds?: readonly number[] | undefined;
  } | undefined;
  /** Size of a report in bytes, without its id. */
  readonly reportBytes: number;
  /** Id of the report; 0, for none, unless given. */
  readonly reportId?: number | undefined;
}

const KEYBOARD = { page: 0x01, id: 0x06 };
const FIDO = { page: 0xf1d0, id: 0x01 };
const RAW_HID = { page: 0xffab };

/** The size of CTAPHID reports, of OnlyKey's, and of Nitrokey Pro's. */
const LONG_REPORT = 64;

/**
 * HID tokens by what they say of themselves. A keyboard is one only if its maker is known for it: nothing
 * is ever sent to other keyboards. The first rule that fits counts.
 */
export const HID_DEVICES: readonly HidDeviceRule[] = [
  // YubiKey OTP slots (Yubico/yubikey-manager@main, yubikit/core/otp.py: keyboard interface, 8 bytes).
  { kind: "feature", usage: KEYBOARD, ids: { vendorId: 0x1050 }, reportBytes: 8 },
  // Nitrokey Pro and Storage (Nitrokey/libnitrokey@8349374, device.cc), Librem Key.
  {
    kind: "feature",
    usage: KEYBOARD,
    ids: { vendorId: 0x20a0, productIds: [0x4108, 0x4109] },
    reportBytes: LONG_REPORT,
  },
  {
    kind: "feature",
    usage: KEYBOARD,
    ids: { vendorId: 0x316d, productIds: [0x4c4b] },
    reportBytes: LONG_REPORT,
  },
  // CTAPHID (FIDO CTAP 2.1, section 11.2.8), of whatever maker.
  { kind: "report", usage: FIDO, reportBytes: LONG_REPORT },
  // OnlyKey (trustcrypto/python-onlykey@c983cca, onlykey/client.py).
  {
    kind: "report",
    usage: RAW_HID,
    ids: { vendorId: 0x16c0, productIds: [0x0486] },
    reportBytes: LONG_REPORT,
  },
  {
    kind: "report",
    usage: RAW_HID,
    ids: { vendorId: 0x1d50, productIds: [0x60fc] },
    reportBytes: LONG_REPORT,
  },
];

/** The rule for an interface; `undefined` if it is no token that is known. */
export function ruleFor(
  device: HidDeviceInfo,
  rules: readonly HidDeviceRule[],
): HidDeviceRule | undefined {
  return rules.find(({ usage, ids }) =>
    usage.page === device.usagePage && (usage.id === undefined || usage.id === device.usage) &&
    (ids === undefined || ids.vendorId === device.vendorId) &&
    (ids?.productIds === undefined || ids.productIds.includes(device.productId))
  );
}
