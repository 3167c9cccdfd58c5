import type { UsbipExposure } from "@otpsmith/simulator/expose";
import { type GuestMachine, HOST } from "./guest_machine.ts";

/** Waits for a condition of bash, 100 s at most. */
const until = (condition: string): string => `
  shopt -s extglob nullglob
  devices() { set -- /sys/bus/usb/devices/+([0-9])-!(*:*); echo $#; }
  hidraws() { set -- /dev/hidraw+([0-9]); echo $#; }
  quiet() { # no device is just coming or going: usbip(8) would end with "open vhci_driver"
    local state device _
    while read -r _ _ state _ _ _ device; do
      [ "$state" = 005 ] && return 1 # attached, without an address yet
      [ "$state" = 006 ] && [ ! -e /sys/bus/usb/devices/$device ] && return 1
    done < /sys/devices/platform/vhci_hcd.0/status
    true
  }
  for ((i = 0; i < 1000; i++)); do
    ${condition} && break
    sleep 0.1
  done
  [ $i -lt 1000 ] || { echo 'This has not come about: ${condition}'; exit 1; }`;

/** The guest's USB bus, to which the devices of an exposure are attached. */
export class GuestBus {
  readonly #guest: GuestMachine;
  readonly #port: number;

  /** Nothing is attached yet. */
  constructor(guest: GuestMachine, { port }: Pick<UsbipExposure, "port">) {
    this.#guest = guest;
    this.#port = port;
  }

  /** Attaches a device, by its bus id; it is not there yet. */
  async attach(busId: string): Promise<void> {
    await this.#guest.ask(`${until("quiet")}
      usbip --tcp-port ${this.#port} attach -r ${HOST} -b ${busId}`);
  }

  /** Detaches everything; resolves when all is gone. */
  async detachAll(): Promise<void> {
    await this.#guest.ask(`${until("quiet")}
      for port in $(usbip port | sed -n 's/^Port \\([0-9]*\\):.*/\\1/p'); do
        usbip detach -p $port
      done`);
    await this.shown({ devices: 0, hidraws: 0 });
  }

  /** Resolves when so many devices and, if it is told, hidraw nodes are there. */
  async shown(
    { devices, hidraws }: { readonly devices: number; readonly hidraws?: number | undefined },
  ): Promise<void> {
    const nodes = hidraws === undefined ? "" : ` && [ $(hidraws) = ${hidraws} ]`;
    await this.#guest.ask(until(`quiet && [ $(devices) = ${devices} ]${nodes}`));
  }
}
