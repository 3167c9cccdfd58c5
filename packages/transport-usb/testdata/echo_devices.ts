import { EchoCard, EchoHid } from "@otpsmith/conformance";
import type { TimeSource } from "@otpsmith/core/time";
import {
  CCID_PROFILES,
  type CcidProfile,
  type CcidProfileName,
  createCcidReader,
  createHidToken,
  type VirtualUsbDevice,
} from "@otpsmith/simulator/usb";
import type { Labels } from "../../../tests/usb/conformance_run.mjs";

/** Devices that lie ready for the conformance cases of one transport, and what its endpoints are called. */
export interface EchoDevices {
  /** With an echo device on it: the one that is pulled out and plugged in. */
  readonly echo: EchoDevice;
  /** Without a card. */
  readonly absent?: EchoDevice | undefined;
  /** One that another program is to hold, with the number of the interface. */
  readonly held?: EchoDevice & { readonly interface: number } | undefined;
  /** Two that look just alike. Their label is followed by where they are plugged in. */
  readonly twins: readonly [EchoDevice, EchoDevice];
  /** Takes the echo card off, or lays it down. */
  card?(present: boolean): void;
}

/** One of them. */
export interface EchoDevice {
  readonly device: VirtualUsbDevice;
  /** The label of its endpoint. */
  readonly label: string;
}

/** All of them. */
export function allOf({ echo, absent, held, twins }: EchoDevices): readonly VirtualUsbDevice[] {
  return [echo, absent, held, ...twins].flatMap((each) => each ? [each.device] : []);
}

/** What their endpoints are called. */
export function labelsOf({ echo, absent, held, twins }: EchoDevices): Labels {
  return {
    echo: echo.label,
    absent: absent?.label,
    held: held?.label,
    twins: twins[0].label,
  };
}

/** Readers of one kind. The clock is that of the echo cards. */
export function echoReaders(profile: CcidProfileName, time?: TimeSource): EchoDevices {
  const { before = 0 }: CcidProfile = CCID_PROFILES[profile];
  const reader = (serial: string, card = new EchoCard(time)): EchoDevice => {
    const { device } = createCcidReader({ profile, serial, cards: [card], extendEveryMs: 200 });
    const [manufacturer = "", product = ""] = device.descriptors.strings;
    const name = product.startsWith(manufacturer) ? product : `${manufacturer} ${product}`;
    return { device, label: `${name} (${serial})` };
  };
  const [echo, none] = [new EchoCard(time), new EchoCard(time)];
  none.present = false;
  return {
    echo: reader("ECHO", echo),
    absent: reader("EMPTY", none),
    held: { ...reader("HELD"), interface: before },
    twins: [reader("TWIN"), reader("TWIN")],
    card: (present) => void (echo.present = present),
  };
}

/** HID tokens with input, output and feature reports. The clock is theirs. */
export function echoHids(time?: TimeSource): EchoDevices {
  const endpoints = [
    { address: 0x84, type: "interrupt", interval: 2 },
    { address: 0x04, type: "interrupt", interval: 2 },
  ] as const;
  const identity = { vendorId: 0x1209, productId: 0x0001, manufacturer: "Example" } as const;
  const token = (serial: string): EchoDevice => {
    const { device } = createHidToken({
      profile: { identity: { ...identity, product: "Echo", serial }, interfaces: [{ endpoints }] },
      serial,
      reports: [new EchoHid({ time })],
    });
    return { device, label: `Example Echo HID (${serial})` };
  };
  return { echo: token("ECHO"), twins: [token("TWIN"), token("TWIN")] };
}
