import type { TimeSource } from "@otpsmith/core/time";
import type { VirtualCard } from "../card.ts";
import type { TokenInterface, UsbShape } from "../firmware.ts";
import type { VirtualReportDevice } from "../report_device.ts";
import { type CcidClass, CcidInterface } from "./ccid/mod.ts";
import { createUsbDevice, type UsbFunction, type VirtualUsbDevice } from "./device/mod.ts";
import { silentInterface } from "./device/silent_interface.ts";
import { HidInterface, type ReportPassage, reportShape } from "./hid/mod.ts";

/** What is plugged in. A `VirtualToken` of a family that has a USB plug fits. */
export interface UsbTokenOptions {
  /** What it says of itself. */
  readonly usb: UsbShape | undefined;
  /** Its smart card, which also tells whether it is there at all. */
  readonly card: VirtualCard;
  /** Its HID interfaces. */
  readonly reports: readonly VirtualReportDevice[];
  /** What may go wrong with its reports. */
  readonly reportFaults?: ReportPassage | undefined;
  /** Its serial number string. */
  readonly serial?: string | undefined;
  /** The model, where it does not name the product. */
  readonly model?: string | undefined;
}

/** A YubiKey's (LudovicRousseau/CCID, readers/Yubico_Yubikey_4_OTP+U2F+CCID.txt). */
const KEY_CLASS: CcidClass = {
  version: 0x0100,
  voltages: 7,
  protocols: 2,
  clock: [4000, 4000],
  rate: [307_200, 307_200],
  ifsd: 2038,
  features: 0x000400fe,
  message: 3072,
  echo: 0xff,
};
/** Usage page and usage of a keyboard (HID Usage Tables, pages 1 and 7). */
const KEYBOARD = { page: 1, usage: 6 };

/** What a token consists of whose family says no more. */
export function interfacesOfToken(
  { usb, reports }: Pick<UsbTokenOptions, "usb" | "reports">,
): readonly TokenInterface[] {
  return usb?.interfaces ?? [...reports.map((): TokenInterface => "reports"), "card"];
}

/**
 * Plugs a whole token in: its HID interfaces and its smart card, as one USB device. Taken away it is pulled out,
 * and switched off as well; placed again it is plugged in.
 *
 * @throws {RangeError} If its family says nothing of USB, or tells of more HID interfaces than there are.
 *
 * @example A YubiKey
 * ```ts
 * import { createVirtualToken } from "@otpsmith/simulator";
 * import { createUsbToken } from "@otpsmith/simulator/usb";
 *
 * const key = createVirtualToken({ model: "oath:yubikey5" });
 * const device = createUsbToken(key);
 * const status = { requestType: 0xa1, request: 1, value: 0x0300, index: 0, length: 8 };
 * const { data } = await device.control(status).result;
 * if (data[1] !== 5) throw new Error("unexpected");
 * key.hands.takeAway();
 * if (device.plugged) throw new Error("still there");
 * ```
 */
export function createUsbToken(
  options: UsbTokenOptions & { readonly time?: TimeSource | undefined },
): VirtualUsbDevice {
  const { usb, card, reports, reportFaults: passage, serial, model = "token", time } = options;
  if (!usb) throw new RangeError(`Cannot plug in ${model}: it has no USB plug`);
  const left = [...reports];
  let next = 1;
  const make: Readonly<Record<TokenInterface, () => UsbFunction>> = {
    reports: () => {
      const each = left.shift();
      if (!each) throw new RangeError(`Cannot plug in ${model}: a HID interface is missing`);
      const { page, usage } = reportShape(each.descriptor);
      const keyboard = page === KEYBOARD.page && usage === KEYBOARD.usage;
      const [address, type] = [next++, "interrupt"] as const;
      const endpoints = keyboard
        ? [{ address: 0x80 | address, type, packet: 8, interval: 10 }]
        : [{ address: 0x80 | address, type, interval: 2 }, { address, type, interval: 2 }];
      return new HidInterface({ reports: each, keyboard, endpoints, passage });
    },
    card: () => {
      const [bulk, interrupt] = [next++, next++];
      const endpoints = [
        { address: bulk, type: "bulk" },
        { address: 0x80 | bulk, type: "bulk" },
        { address: 0x80 | interrupt, type: "interrupt", packet: 8, interval: 16 },
      ] as const;
      return new CcidInterface({ profile: { class: KEY_CLASS, endpoints }, cards: [card], time });
    },
    other: silentInterface,
  };
  const { vendorId, productId, manufacturer = "otpsmith", product = model } = usb;
  const device = createUsbDevice({
    identity: { vendorId, productId, manufacturer, product, serial },
    functions: interfacesOfToken(options).map((each) => make[each]()),
  });
  if (!card.present) device.unplug();
  card.onPresence((present) => present ? device.plug() : device.unplug());
  return device;
}
