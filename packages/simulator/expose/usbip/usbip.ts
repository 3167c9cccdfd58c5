import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { LinkError } from "@otpsmith/core/errors";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { interfacesOf, type VirtualUsbDevice } from "../../usb/mod.ts";
import { REFUSED, UsbipSession } from "./_session.ts";
import type { UsbipDevice } from "./messages.ts";

/** Options of {@linkcode exposeThroughUsbip}. */
export interface UsbipExposeOptions {
  /** What can be attached; the first is `1-1`. */
  readonly devices: readonly VirtualUsbDevice[];
  /** Where it listens: 127.0.0.1 unless given. */
  readonly host?: string | undefined;
  /** TCP port; 3240, the protocol's own, unless given, and 0 takes a free one. */
  readonly port?: number | undefined;
  /**
   * Whether others than this computer may connect. The protocol has no authentication and no encryption:
   * whoever reaches the port can use the devices, and seeds cross the network in clear.
   */
  readonly open?: boolean | undefined;
  /** Takes it away. */
  readonly signal?: AbortSignal | undefined;
  /** Time source. */
  readonly time?: TimeSource | undefined;
}

/** Virtual devices that Linux machines can attach. */
export interface UsbipExposure {
  /** Address that it listens on. */
  readonly host: string;
  /** Port that it listens on. */
  readonly port: number;
  /** Names for `usbip attach -b`, in the order of the devices. */
  readonly busIds: readonly string[];
  /** Takes it away: attached devices are pulled out. */
  stop(): Promise<void>;
}

/** The protocol's port (usbip(8)). */
export const USBIP_PORT = 3240;

const BUS = 1;
const SPEED = { low: 1, full: 2, high: 3 } as const;
/** Clients at a time; each holds a bounded amount of memory. */
const MOST_CLIENTS = 64;

/** Whether only programs on this computer reach an address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Offers virtual USB devices over USB/IP: any Linux machine that reaches the port attaches them as real
 * devices, for every program on it. Other systems have clients, too. A device belongs to one client at a
 * time; when the client goes, the device is reset.
 *
 * @throws {LinkError} `denied` for an address that others reach, unless `open`; `busy` when the port is
 * taken.
 *
 * @example A reader for the local kernel
 * ```ts no-eval
 * import { createVirtualToken } from "@otpsmith/simulator";
 * import { exposeThroughUsbip } from "@otpsmith/simulator/expose";
 * import { createCcidReader } from "@otpsmith/simulator/usb";
 *
 * const token = createVirtualToken({ model: "token2-single:C302-i" });
 * const { device } = createCcidReader({ cards: [token.card] });
 * const { busIds } = await exposeThroughUsbip({ devices: [device] });
 * // as root: modprobe vhci-hcd; usbip attach -r 127.0.0.1 -b 1-1
 * ```
 */
export async function exposeThroughUsbip(options: UsbipExposeOptions): Promise<UsbipExposure> {
  const { host = "127.0.0.1", port = USBIP_PORT, signal, open = false } = options;
  if (!open && !isLoopback(host)) {
    throw new LinkError("denied", `Cannot offer devices on ${host}: others could reach them`, {
      delivery: "not-sent",
      next: "Listen on 127.0.0.1, or say that it may be open: USB/IP has no authentication.",
    });
  }
  signal?.throwIfAborted();
  const exposure = new Offer(options);
  await exposure.listen(host, port);
  signal?.addEventListener("abort", () => void exposure.stop(), { once: true });
  return exposure;
}

class Offer implements UsbipExposure {
  host = "";
  port = 0;
  readonly busIds: readonly string[];
  readonly #devices: readonly VirtualUsbDevice[];
  readonly #time: TimeSource;
  readonly #sessions = new Set<UsbipSession>();
  readonly #taken = new Set<VirtualUsbDevice>();
  readonly #forget: readonly (() => void)[];
  readonly #server: Server;

  constructor({ devices, time = systemTime }: UsbipExposeOptions) {
    this.#devices = devices;
    this.#time = time;
    this.busIds = devices.map((_, i) => `${BUS}-${i + 1}`);
    this.#forget = devices.map((device) =>
      device.onPlugged((plugged) => {
        if (!plugged) this.#holder(device)?.end();
      })
    );
    this.#server = createServer((socket) => {
      const session = new UsbipSession(socket, {
        list: () => this.#list(),
        take: (busId) => this.#take(busId),
        giveBack: (device) => {
          this.#taken.delete(device);
          if (device.plugged) device.reset();
        },
        time: this.#time,
      });
      this.#sessions.add(session);
      socket.once("close", () => this.#sessions.delete(session));
    });
    this.#server.maxConnections = MOST_CLIENTS;
  }

  async listen(host: string, port: number): Promise<void> {
    this.#server.listen({ host, port });
    try {
      await once(this.#server, "listening");
    } catch (cause) {
      const taken = (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
      throw new LinkError(
        taken ? "busy" : "denied",
        `Cannot offer devices on ${host}:${port}: ${taken ? "the port is taken" : String(cause)}`,
        { delivery: "not-sent", next: "Choose another port, such as 3241.", cause },
      );
    }
    const address = this.#server.address() as { readonly address: string; readonly port: number };
    this.host = address.address;
    this.port = address.port;
  }

  async stop(): Promise<void> {
    for (const forget of this.#forget) forget();
    for (const session of this.#sessions) session.end();
    if (!this.#server.listening) return;
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #list(): readonly UsbipDevice[] {
    return this.#devices.flatMap((device, i) => device.plugged ? [describe(device, i)] : []);
  }

  #take(busId: string): { readonly device: VirtualUsbDevice; readonly told: UsbipDevice } | number {
    const index = this.busIds.indexOf(busId);
    const device = this.#devices[index];
    if (!device?.plugged) return REFUSED.absent;
    if (this.#taken.has(device)) return REFUSED.busy;
    this.#taken.add(device);
    return { device, told: describe(device, index) };
  }

  #holder(device: VirtualUsbDevice): UsbipSession | undefined {
    return [...this.#sessions].find((session) => session.device === device);
  }
}

function describe(device: VirtualUsbDevice, index: number): UsbipDevice {
  return {
    busId: `${BUS}-${index + 1}`,
    bus: BUS,
    number: index + 2, // number 1 is the root hub
    speed: SPEED[device.speed],
    device: device.descriptors.device,
    interfaces: interfacesOf(device.descriptors.configuration),
  };
}
