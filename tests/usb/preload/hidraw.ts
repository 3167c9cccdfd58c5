import type { InterfaceInfo, UsbTransfer, VirtualUsbDevice } from "@otpsmith/simulator/usb";
import type { NodeHandler, OpenFile } from "./connection.ts";
import type { NodeFifo } from "./node_fifo.ts";

/** What a hidraw node belongs to. */
export interface HidrawOptions {
  readonly fifo: NodeFifo;
  readonly interface: InterfaceInfo;
  /** Its report descriptor, as the kernel read it when the device was plugged in. */
  readonly descriptor: Uint8Array;
  readonly name: string;
  readonly phys: string;
}

/** Numbers of hidraw's ioctls, type 'H' (include/uapi/linux/hidraw.h). */
const IOCTL_TYPE = 0x48;
const NR = {
  descriptorSize: 1,
  descriptor: 2,
  info: 3,
  name: 4,
  phys: 5,
  setFeature: 6,
  getFeature: 7,
} as const;
const BUS_USB = 3;
const LONGEST_REPORT = 4096;

/** /dev/hidrawN of one interface: the kernel's usbhid and hidraw, as hidapi sees them. */
export class Hidraw implements NodeHandler {
  readonly #device: VirtualUsbDevice;
  readonly #options: HidrawOptions;
  readonly #input: number | undefined;
  readonly #output: number | undefined;
  /** What each program has not read yet. */
  readonly #queues = new Map<OpenFile, Uint8Array[]>();
  #polling: UsbTransfer | undefined;

  constructor(device: VirtualUsbDevice, options: HidrawOptions) {
    this.#device = device;
    this.#options = options;
    const { endpoints } = options.interface;
    this.#input = endpoints.find(({ address }) => address >= 0x80)?.address;
    this.#output = endpoints.find(({ address }) => address < 0x80)?.address;
  }

  /** usbhid polls the interrupt endpoint while a program has the node open. */
  opened(file: OpenFile): void {
    this.#queues.set(file, []);
    if (!this.#polling) this.#poll();
  }

  closed(file: OpenFile): void {
    this.#queues.delete(file);
    if (this.#queues.size === 0) this.#polling?.abort();
    this.#signal();
  }

  read(file: OpenFile, buffer: bigint, length: number): void {
    const report = this.#queues.get(file)?.shift();
    this.#signal();
    if (!report) return file.fail(this.#device.plugged ? "EAGAIN" : "EIO");
    file.store(buffer, report.subarray(0, length));
    file.done(Math.min(report.length, length));
  }

  /** The first byte is the report's id, and goes on the wire only where reports are numbered. */
  async write(file: OpenFile, buffer: bigint, length: number): Promise<void> {
    const bytes = Uint8Array.from(await file.memory(buffer, length));
    const report = bytes[0] === 0 ? bytes.slice(1) : bytes;
    const transfer = this.#output === undefined
      ? this.#device.control(this.#setup(0x21, 9, 0x0200 | bytes[0]!, report.length), report)
      : this.#device.out(this.#output, report);
    this.#finish(file, (await transfer.result).status, length);
  }

  async ioctl(file: OpenFile, request: number, argument: bigint): Promise<void> {
    const { descriptor, name, phys } = this.#options;
    const [nr, type, size] = [request & 0xff, request >> 8 & 0xff, request >> 16 & 0x3fff];
    if (!this.#device.plugged) return file.fail("ENODEV");
    if (type !== IOCTL_TYPE) return file.fail("ENOTTY");
    if (nr === NR.descriptorSize) return give(file, argument, u32(descriptor.length), 0);
    if (nr === NR.descriptor) return give(file, argument + 4n, descriptor, 0);
    if (nr === NR.info) return give(file, argument, this.#info(), 0);
    if (nr === NR.name || nr === NR.phys) {
      const text = Buffer.from(`${nr === NR.name ? name : phys}\0`).subarray(0, size);
      return give(file, argument, text, text.length);
    }
    const bytes = Uint8Array.from(await file.memory(argument, size));
    const [id = 0] = bytes;
    if (nr === NR.setFeature) {
      const report = id === 0 ? bytes.slice(1) : bytes;
      const setup = this.#setup(0x21, 9, 0x0300 | id, report.length);
      return this.#finish(file, (await this.#device.control(setup, report).result).status, size);
    }
    if (nr !== NR.getFeature) return file.fail("ENOTTY");
    const wanted = id === 0 ? size - 1 : size;
    const setup = this.#setup(0xa1, 1, 0x0300 | id, wanted);
    const { status, data } = await this.#device.control(setup).result;
    if (status !== "done") return this.#finish(file, status, 0);
    const report = id === 0 ? Buffer.concat([Buffer.of(0), data]) : data;
    give(file, argument, report, report.length);
  }

  #finish(file: OpenFile, status: string, result: number): void {
    if (status === "done") file.done(result);
    else file.fail(status === "stall" ? "EPIPE" : "ENODEV");
  }

  #poll(): void {
    if (this.#input === undefined || !this.#device.plugged) return this.#signal();
    const transfer = this.#polling = this.#device.in(this.#input, LONGEST_REPORT);
    void transfer.result.then(({ status, data }) => {
      this.#polling = undefined;
      if (status === "done") { for (const queue of this.#queues.values()) queue.push(data); }
      this.#signal();
      if (status === "done" && this.#queues.size > 0) this.#poll();
    });
  }

  /** A device that is gone is readable: the read then fails. */
  #signal(): void {
    const waiting = [...this.#queues.values()].some((queue) => queue.length > 0);
    this.#options.fifo.readable = waiting || !this.#device.plugged;
  }

  #info(): Uint8Array {
    const info = Buffer.alloc(8);
    info.writeUInt32LE(BUS_USB);
    info.set(this.#device.descriptors.device.subarray(8, 12), 4);
    return info;
  }

  #setup(
    requestType: number,
    request: number,
    value: number,
    length: number,
  ): Parameters<VirtualUsbDevice["control"]>[0] {
    return { requestType, request, value, index: this.#options.interface.number, length };
  }
}

function give(file: OpenFile, address: bigint, bytes: Uint8Array, result: number): void {
  file.store(address, bytes);
  file.done(result);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
