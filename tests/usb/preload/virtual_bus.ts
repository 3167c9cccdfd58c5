import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { type InterfaceInfo, interfacesOf, type VirtualUsbDevice } from "@otpsmith/simulator/usb";
import { type NodeHandler, OpenFile } from "./connection.ts";
import { Hidraw } from "./hidraw.ts";
import { NodeFifo } from "./node_fifo.ts";
import { type DeviceNames, Sysfs } from "./sysfs.ts";
import { type KernelDriver, Usbfs } from "./usbfs.ts";

const HID_CLASS = 0x03;

interface Plugged {
  readonly port: number;
  readonly interfaces: readonly InterfaceInfo[];
  readonly usbfs: Usbfs;
  /** hidraw nodes by interface number. */
  readonly hidraws: Map<number, number>;
}

/**
 * A USB bus made of files and sockets, for programs under `libumockdev-preload`: /sys, /dev/bus/usb and
 * /dev/hidrawN, behind which virtual devices answer. The devices live in this process, so it must not
 * block while such a program runs.
 */
export class VirtualBus {
  /** What $UMOCKDEV_DIR of the programs is. Short: it begins the paths of sockets. */
  readonly directory: string = mkdtempSync("/tmp/vbus-");
  readonly #sysfs = new Sysfs(this.directory);
  readonly #plugged = new Map<VirtualUsbDevice, Plugged>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #fifos: NodeFifo[] = [];
  #plugging: Promise<void> = Promise.resolve();
  #ports = 0;
  #hidraws = 0;

  constructor() {
    for (const folder of ["dev/bus/usb/001", "dev/.node", "ioctl"]) {
      mkdirSync(join(this.directory, folder), { recursive: true });
    }
  }

  /** Shows a device, from now on whenever it is plugged in. */
  async add(device: VirtualUsbDevice): Promise<void> {
    if (device.plugged) await this.#plug(device);
    device.onPlugged((plugged) => {
      if (plugged) this.#plugging = this.#plugging.then(() => this.#plug(device));
      else this.#unplug(device);
    });
  }

  /** Resolves when all devices that were plugged in are shown. */
  async settled(): Promise<void> {
    await this.#plugging;
  }

  /** Lets somebody else hold an interface, as pcscd does, or lets go of it again. */
  holdElsewhere(device: VirtualUsbDevice, interfaceNumber: number, held = true): void {
    this.#plugged.get(device)?.usbfs.holdElsewhere(interfaceNumber, held);
  }

  /** Takes everything away. Programs that still run see their devices go. */
  async close(): Promise<void> {
    for (const [device] of this.#plugged) this.#unplug(device);
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const fifo of this.#fifos) fifo.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #plug(device: VirtualUsbDevice): Promise<void> {
    const port = ++this.#ports;
    const interfaces = interfacesOf(device.descriptors.configuration);
    const hid = interfaces.filter(({ kind }) => kind[0] === HID_CLASS);
    const drivers = new Map(hid.map(({ number }) => [number, "usbhid" as KernelDriver]));
    const { fifo, path } = this.#fifo(
      `bus/usb/001/${String(port + 1).padStart(3, "0")}`,
      `189:${port}`,
    );
    const usbfs = new Usbfs(device, {
      fifo,
      drivers,
      onDriver: (number, bound) => {
        if (!bound) this.#removeHidraw(device, number);
        else void this.#addHidraw(device, number, names);
      },
    });
    await this.#serve(path, usbfs); // first: the preload library gives a program up whose node does not answer
    const names = this.#sysfs.add(device, port);
    for (const each of interfaces) this.#sysfs.addInterface(port, each);
    this.#plugged.set(device, { port, interfaces, usbfs, hidraws: new Map() });
    for (const { number } of hid) await this.#addHidraw(device, number, names);
  }

  async #addHidraw(device: VirtualUsbDevice, number: number, names: DeviceNames): Promise<void> {
    const plugged = this.#plugged.get(device)!;
    const info = plugged.interfaces.find((each) => each.number === number)!;
    const setup = { requestType: 0x81, request: 6, value: 0x2200, index: number, length: 4096 };
    const { data: descriptor } = await device.control(setup).result;
    const index = this.#hidraws++;
    const { fifo, path } = this.#fifo(`hidraw${index}`, `245:${index}`);
    const options = {
      fifo,
      interface: info,
      descriptor,
      name: names.name,
      phys: names.phys(number),
    };
    plugged.hidraws.set(number, index);
    await this.#serve(path, new Hidraw(device, options));
    this.#sysfs.addHidraw(plugged.port, { index, interface: info, descriptor }, device);
  }

  #removeHidraw(device: VirtualUsbDevice, number: number): void {
    const plugged = this.#plugged.get(device)!;
    const index = plugged.hidraws.get(number);
    if (index === undefined) return;
    plugged.hidraws.delete(number);
    this.#sysfs.removeHidraw(index);
    rmSync(join(this.directory, "dev", `hidraw${index}`), { force: true });
  }

  #unplug(device: VirtualUsbDevice): void {
    const plugged = this.#plugged.get(device);
    if (!plugged) return;
    this.#plugged.delete(device);
    const node = `bus/usb/001/${String(plugged.port + 1).padStart(3, "0")}`;
    for (const name of [node, ...[...plugged.hidraws.values()].map((index) => `hidraw${index}`)]) {
      rmSync(join(this.directory, "dev", name), { force: true });
    }
    for (const index of plugged.hidraws.values()) this.#sysfs.removeHidraw(index);
    this.#sysfs.remove(plugged.port, plugged.interfaces);
    // Programs go on polling a node that they have open, and may be opening one at this very moment: its
    // FIFO and its server stay until the bus is closed.
  }

  #fifo(name: string, number: string): { readonly fifo: NodeFifo; readonly path: string } {
    const fifo = new NodeFifo(join(this.directory, "dev", name));
    this.#fifos.push(fifo);
    symlinkSync(number, join(this.directory, "dev/.node", name.replaceAll("/", "_")));
    return { fifo, path: join(this.directory, "ioctl/dev", name) };
  }

  async #serve(path: string, handler: NodeHandler): Promise<void> {
    mkdirSync(dirname(path), { recursive: true });
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      new OpenFile(socket, handler);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    this.#servers.push(server);
  }
}
