import type { VirtualCard } from "../../card.ts";
import { createUsbDevice, type UsbDeviceOptions } from "../device/composite_device.ts";
import { silentInterface } from "../device/silent_interface.ts";
import type { VirtualUsbDevice } from "../device/usb_device.ts";
import { CcidInterface, type CcidPersonality } from "./ccid_interface.ts";
import type { CcidFaults } from "./faults.ts";
import { CCID_PROFILES, type CcidProfile, type CcidProfileName } from "./profiles.ts";

/** Options of {@linkcode createCcidReader}. */
export interface CcidReaderOptions extends CcidPersonality, Pick<UsbDeviceOptions, "lie"> {
  /** Which reader it is; an OMNIKEY 5427 CK unless given. */
  readonly profile?: CcidProfileName | CcidProfile | undefined;
  /** The cards that come and go in its slots, interface by interface. Slots may stay empty. */
  readonly cards?: readonly (VirtualCard | undefined)[] | undefined;
  /** Its serial number string. */
  readonly serial?: string | undefined;
}

/** A USB card reader of software. */
export interface VirtualCcidReader {
  /** What is plugged in. */
  readonly device: VirtualUsbDevice;
  /** Its CCID interfaces, in order. */
  readonly interfaces: readonly CcidInterface[];
  /** What goes wrong on the first of them, and when. */
  readonly faults: CcidFaults;
}

/**
 * Makes a USB card reader, or a token with a smart card inside, around virtual cards. It is plugged in.
 *
 * @example Switch a token on through its reader
 * ```ts
 * import { createVirtualToken } from "@otpsmith/simulator";
 * import { createCcidReader } from "@otpsmith/simulator/usb";
 *
 * const { card } = createVirtualToken({ model: "token2-single:C302-i" });
 * const { device } = createCcidReader({ profile: "OMNIKEY 5427 CK", cards: [card] });
 * device.out(0x02, Uint8Array.of(0x62, 0, 0, 0, 0, 0, 0, 0, 0, 0)); // IccPowerOn
 * const { data } = await device.in(0x81, 520).result;
 * if (data.subarray(10).join() !== card.atr.join()) throw new Error("unexpected");
 * ```
 */
export function createCcidReader(options: CcidReaderOptions = {}): VirtualCcidReader {
  const { profile: wanted = "OMNIKEY 5427 CK", cards = [], serial, lie, ...personality } = options;
  const profile: CcidProfile = typeof wanted === "string" ? CCID_PROFILES[wanted] : wanted;
  let slot = 0;
  const interfaces = profile.interfaces.map((each) => {
    const first = slot;
    slot += each.class.slots ?? 1;
    return new CcidInterface({ ...personality, profile: each, cards: cards.slice(first, slot) });
  });
  const before = Array.from({ length: profile.before ?? 0 }, silentInterface);
  const device = createUsbDevice({
    identity: { ...profile.identity, serial },
    functions: [...before, ...interfaces],
    lie,
  });
  return { device, interfaces, faults: interfaces[0]!.faults };
}
