import type { UsbResult, UsbTransfer, VirtualUsbDevice } from "@otpsmith/simulator/usb";
import { ERRNO, type NodeHandler, type OpenFile } from "./connection.ts";
import type { NodeFifo } from "./node_fifo.ts";

/** ioctl numbers of Linux, x86_64 (include/uapi/linux/usbdevice_fs.h). */
const IOCTL = {
  setInterface: 0x80085504,
  setConfiguration: 0x80045505,
  getDriver: 0x41045508,
  submitUrb: 0x8038550a,
  discardUrb: 0x550b,
  reapUrb: 0x4008550c,
  reapUrbNoDelay: 0x4008550d,
  claim: 0x8004550f,
  release: 0x80045510,
  driverIoctl: 0xc0105512,
  reset: 0x5514,
  clearHalt: 0x80045515,
  resetEndpoint: 0x80045503,
  capabilities: 0x8004551a,
  disconnectClaim: 0x8108551b,
  speed: 0x551f,
} as const;
const DISCONNECT = 0x5516;
const CONNECT = 0x5517;

/** What usbfs can do: zero packet, no size limit, reap after disconnect. */
const CAPABILITIES = 0x01 | 0x04 | 0x10;
const SPEED = { low: 1, full: 2, high: 3 } as const;
const CONTROL_URB = 2;

/** -errno by how a transfer ended (drivers/usb/core/devio.c). */
const URB_STATUS: Readonly<Record<UsbResult["status"], number>> = {
  done: 0,
  stall: -ERRNO.EPIPE,
  overflow: -ERRNO.EOVERFLOW,
  aborted: -ERRNO.ENOENT,
  gone: -ERRNO.ESHUTDOWN,
};

interface Urb {
  readonly pointer: bigint;
  /** Where what comes in goes to. */
  readonly buffer: bigint;
  transfer?: UsbTransfer;
}

interface FileState {
  readonly urbs: Map<bigint, Urb>;
  done: {
    readonly urb: Urb;
    readonly status: number;
    readonly data: Uint8Array;
    readonly actual: number;
  }[];
  position: number;
}

/** Who may hold an interface besides a program. */
export type KernelDriver = "usbhid";

/** /dev/bus/usb/BBB/DDD of one device: what libusb and nusb do with it. */
export class Usbfs implements NodeHandler {
  readonly #device: VirtualUsbDevice;
  readonly #fifo: NodeFifo;
  readonly #files = new Map<OpenFile, FileState>();
  readonly #claims = new Map<number, OpenFile | "another program">();
  readonly #drivers: Map<number, KernelDriver>;
  readonly #onDriver: (number: number, bound: boolean) => void;

  /** `drivers`: which interfaces a kernel driver has bound. */
  constructor(device: VirtualUsbDevice, options: {
    readonly fifo: NodeFifo;
    readonly drivers: ReadonlyMap<number, KernelDriver>;
    readonly onDriver: (number: number, bound: boolean) => void;
  }) {
    this.#device = device;
    this.#fifo = options.fifo;
    this.#drivers = new Map(options.drivers);
    this.#onDriver = options.onDriver;
    this.#fifo.writable = false;
  }

  /** Claims an interface for somebody else, as pcscd does; `false` lets go of it. */
  holdElsewhere(number: number, held: boolean): void {
    if (held) this.#claims.set(number, "another program");
    else if (this.#claims.get(number) === "another program") this.#claims.delete(number);
  }

  opened(file: OpenFile): void {
    this.#files.set(file, { urbs: new Map(), done: [], position: 0 });
  }

  closed(file: OpenFile): void {
    for (const { transfer } of this.#files.get(file)?.urbs.values() ?? []) transfer?.abort();
    for (const [number, owner] of this.#claims) if (owner === file) this.#claims.delete(number);
    this.#files.delete(file);
    this.#signal();
  }

  read(file: OpenFile, buffer: bigint, length: number): void {
    const state = this.#files.get(file)!;
    const { device, configuration } = this.#device.descriptors;
    const all = Buffer.concat([device, configuration]);
    const part = all.subarray(state.position, state.position + length);
    state.position += part.length;
    file.store(buffer, part);
    file.done(part.length);
  }

  write(file: OpenFile): void {
    file.fail("EINVAL");
  }

  async ioctl(file: OpenFile, request: number, argument: bigint): Promise<void> {
    if (!this.#device.plugged && request !== IOCTL.reapUrb && request !== IOCTL.reapUrbNoDelay) {
      return file.fail("ENODEV");
    }
    const handler = this.#handlers[request];
    if (handler) await handler(file, argument);
    else file.fail("ENOTTY");
  }

  readonly #handlers: Readonly<
    Record<number, (file: OpenFile, argument: bigint) => Promise<void> | void>
  > = {
    [IOCTL.capabilities]: (file, argument) => {
      file.store(argument, word(CAPABILITIES));
      file.done();
    },
    [IOCTL.speed]: (file) => file.done(SPEED[this.#device.speed]),
    [IOCTL.claim]: async (file, argument) => this.#claim(file, await number(file, argument)),
    [IOCTL.disconnectClaim]: async (file, argument) => {
      const interfaceNumber = await number(file, argument);
      if (this.#drivers.delete(interfaceNumber)) this.#onDriver(interfaceNumber, false);
      this.#claim(file, interfaceNumber);
    },
    [IOCTL.release]: async (file, argument) => {
      this.#claims.delete(await number(file, argument));
      file.done();
    },
    [IOCTL.getDriver]: async (file, argument) => {
      const interfaceNumber = await number(file, argument);
      const name = this.#claims.has(interfaceNumber) ? "usbfs" : this.#drivers.get(interfaceNumber);
      if (name === undefined) return file.fail("ENODATA");
      file.store(argument + 4n, Buffer.from(`${name}\0`));
      file.done();
    },
    [IOCTL.driverIoctl]: async (file, argument) => {
      const fields = await file.memory(argument, 16);
      const [interfaceNumber, code] = [fields.readInt32LE(0), fields.readInt32LE(4)];
      if (code === CONNECT) {
        this.#drivers.set(interfaceNumber, "usbhid");
        this.#onDriver(interfaceNumber, true);
        return file.done(1);
      }
      if (code !== DISCONNECT || !this.#drivers.delete(interfaceNumber)) {
        return file.fail("ENODATA");
      }
      this.#onDriver(interfaceNumber, false);
      file.done();
    },
    [IOCTL.setConfiguration]: (file) => file.done(),
    [IOCTL.setInterface]: (file) => file.done(),
    [IOCTL.resetEndpoint]: (file) => file.done(),
    [IOCTL.reset]: (file) => {
      this.#device.reset();
      file.done();
    },
    [IOCTL.clearHalt]: async (file, argument) => {
      const index = await number(file, argument);
      const setup = { requestType: 0x02, request: 1, value: 0, index, length: 0 };
      await this.#device.control(setup).result;
      file.done();
    },
    [IOCTL.submitUrb]: (file, argument) => this.#submit(file, argument),
    [IOCTL.discardUrb]: (file, argument) => {
      const urb = this.#files.get(file)?.urbs.get(argument);
      if (!urb) return file.fail("EINVAL");
      urb.transfer?.abort();
      file.done();
    },
    [IOCTL.reapUrb]: (file, argument) => this.#reap(file, argument),
    [IOCTL.reapUrbNoDelay]: (file, argument) => this.#reap(file, argument),
  };

  #claim(file: OpenFile, interfaceNumber: number): void {
    const owner = this.#claims.get(interfaceNumber);
    if ((owner && owner !== file) || this.#drivers.has(interfaceNumber)) return file.fail("EBUSY");
    this.#claims.set(interfaceNumber, file);
    file.done();
  }

  /** struct usbdevfs_urb: type 0, endpoint 1, status 4, buffer 16, buffer_length 24, actual_length 28. */
  async #submit(file: OpenFile, pointer: bigint): Promise<void> {
    const fields = await file.memory(pointer, 56);
    const [type, endpoint] = fields as unknown as [number, number];
    const [buffer, length] = [fields.readBigInt64LE(16), fields.readInt32LE(24)];
    const control = type === CONTROL_URB;
    const incoming = !control && endpoint >= 0x80;
    // A copy, and no Buffer: `slice` of one shares its memory, and devices keep what they are sent.
    const sent = incoming ? new Uint8Array() : Uint8Array.from(await file.memory(buffer, length));
    const urb: Urb = { pointer, buffer: control ? buffer + 8n : buffer };
    const { urbs } = this.#files.get(file)!;
    urbs.set(pointer, urb);
    file.done();
    const transfer = urb.transfer = control
      ? this.#device.control(setupOf(sent), sent.slice(8))
      : incoming
      ? this.#device.in(endpoint, length)
      : this.#device.out(endpoint, sent);
    void transfer.result.then(({ status, data }) => {
      const toDevice = !incoming && !(control && sent[0]! & 0x80);
      const actual = status === "done" && toDevice ? length - (control ? 8 : 0) : data.length;
      if (!urbs.delete(pointer)) return;
      this.#files.get(file)?.done.push({ urb, status: URB_STATUS[status], data, actual });
      this.#signal();
    });
  }

  #reap(file: OpenFile, argument: bigint): void {
    const over = this.#files.get(file)!.done.shift();
    this.#signal();
    if (!over) return file.fail(this.#device.plugged ? "EAGAIN" : "ENODEV");
    const { urb, status, data, actual } = over;
    file.store(urb.buffer, data);
    file.store(urb.pointer + 4n, word(status));
    file.store(urb.pointer + 28n, word(actual));
    const pointer = Buffer.alloc(8);
    pointer.writeBigInt64LE(urb.pointer);
    file.store(argument, pointer);
    file.done();
  }

  #signal(): void {
    this.#fifo.writable = [...this.#files.values()].some(({ done }) => done.length > 0);
  }
}

async function number(file: OpenFile, argument: bigint): Promise<number> {
  return (await file.memory(argument, 4)).readUInt32LE();
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function setupOf(bytes: Uint8Array): Parameters<VirtualUsbDevice["control"]>[0] {
  const u16 = (at: number): number => bytes[at]! | bytes[at + 1]! << 8;
  const [requestType, request] = bytes as unknown as [number, number];
  return { requestType, request, value: u16(2), index: u16(4), length: u16(6) };
}
