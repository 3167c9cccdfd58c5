import { FormatError } from "@otpsmith/core/errors";
import type { TimeSource } from "@otpsmith/core/time";
import {
  CCID_PROFILES,
  type CcidProfile,
  type CcidProfileName,
  createCcidReader,
  createUsbToken,
  type VirtualUsbDevice,
} from "../usb/mod.ts";
import { interfacesOfToken } from "../usb/usb_token.ts";
import type { VirtualToken } from "../virtual_token.ts";
import { exposeThroughUsbip, isLoopback, USBIP_PORT } from "./usbip/usbip.ts";

/** An address to listen on. */
export interface ListenAddress {
  /** Address or name of this computer. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
}

/** What `runSimulator` tells when readers can be attached over USB/IP. */
export interface UsbipReady extends ListenAddress {
  /** Whether other computers may reach them, too: the protocol has no authentication. */
  readonly open: boolean;
  /** The readers with their names for `usbip attach -b`, and the token that belongs to each. */
  readonly readers: readonly {
    readonly name: string;
    readonly busId: string;
    readonly vendorId: number;
    readonly productId: number;
    readonly token?: { readonly model: string; readonly serial: string } | undefined;
  }[];
}

/** A reader to be shown. */
interface BenchReader {
  readonly name?: string | undefined;
  readonly token?: VirtualToken | undefined;
}

/**
 * Reads `HOST:PORT`, `HOST` or `PORT`. An IPv6 address stands in brackets where a port follows.
 *
 * @throws {FormatError} `format/arguments`.
 *
 * @example Another port
 * ```ts
 * import { parseListenAddress } from "@otpsmith/simulator/expose";
 *
 * const { host, port } = parseListenAddress("3241");
 * if (host !== "127.0.0.1" || port !== 3241) throw new Error("unexpected");
 * ```
 */
export function parseListenAddress(text: string): ListenAddress {
  const local = /^:?(\d+)$/.exec(text)?.[1];
  const address = `usbip://${local === undefined ? text : `127.0.0.1:${local}`}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const plain = url && url.hostname !== "" && url.href === `usbip://${url.host}`;
  if (!plain) {
    throw new FormatError("arguments", `Cannot listen on "${text}": no address and port`, {
      source: "command line",
      next: "Write 127.0.0.1:3240, or only the port; an IPv6 address stands in brackets.",
    });
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { host, port: url.port === "" ? USBIP_PORT : Number(url.port) };
}

/** Offers a bench of readers over USB/IP. */
export async function showOverUsbip(
  bench: readonly BenchReader[],
  options: {
    readonly listen?: ListenAddress | undefined;
    readonly signal: AbortSignal;
    readonly time?: TimeSource | undefined;
  },
): Promise<{
  readonly ready: UsbipReady;
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}> {
  const { listen, signal, time } = options;
  const readers = bench.map(({ name, token }, i) => {
    if (token && plugsItself(token, name)) {
      return { token, device: createUsbToken({ ...token, time }) };
    }
    const serial = `SIM${String(i + 1).padStart(4, "0")}`;
    const cards = [token?.card];
    return {
      token,
      device: createCcidReader({ profile: profileOf(name), cards, serial, time }).device,
    };
  });
  const devices = readers.map(({ device }) => device);
  const exposure = await exposeThroughUsbip({ ...listen, devices, open: true, signal, time });
  return {
    ready: {
      host: exposure.host,
      port: exposure.port,
      open: !isLoopback(exposure.host),
      readers: readers.map(({ device, token }, i) => ({
        ...told(device),
        busId: exposure.busIds[i]!,
        token: token && { model: token.model, serial: token.serial },
      })),
    },
    failed: new Promise(() => {}), // a listening socket does not end by itself
    stop: () => exposure.stop(),
  };
}

/**
 * Whether a token is a USB device by itself. One with a smart card may as well lie on another reader, which is
 * then named.
 */
function plugsItself({ usb, reports }: VirtualToken, name: string | undefined): boolean {
  if (!usb) return false;
  const reader = Object.entries<CcidProfile>(CCID_PROFILES).find(([known]) => known === name)?.[1];
  if (!reader || !interfacesOfToken({ usb, reports }).includes("card")) return true;
  const { vendorId, productId } = reader.identity;
  return vendorId === usb.vendorId && productId === usb.productId;
}

function told(
  { descriptors: { device, strings: [, name = ""] } }: VirtualUsbDevice,
): { readonly name: string; readonly vendorId: number; readonly productId: number } {
  const view = new DataView(device.buffer, device.byteOffset);
  return { name, vendorId: view.getUint16(8, true), productId: view.getUint16(10, true) };
}

/** A name of a known reader gives that reader; any other is written on an OMNIKEY 5427 CK. */
function profileOf(name: string | undefined): CcidProfile {
  const plain = CCID_PROFILES["OMNIKEY 5427 CK"];
  if (name === undefined) return plain;
  if (name in CCID_PROFILES) return CCID_PROFILES[name as CcidProfileName];
  return { ...plain, identity: { ...plain.identity, product: name } };
}
