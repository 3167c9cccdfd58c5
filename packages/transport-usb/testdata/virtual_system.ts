import { systemTime, type TimeSource } from "@otpsmith/core/time";
import type { UsbResult, UsbTransfer, VirtualUsbDevice } from "@otpsmith/simulator/usb";
import { type UsbDevice, type UsbPort, UsbPortError, type UsbSystem } from "../usb_port.ts";

/** A clock on which everything takes a hundredth of its time: for those who wait for what never comes. */
export const hurriedTime: TimeSource = {
  now: () => systemTime.now(),
  sleep: (ms, signal) => systemTime.sleep(ms / 100, signal),
  alarm: (ms, ring) => systemTime.alarm(ms / 100, ring),
};

/** What a port was asked to do, and rules that were broken. */
export interface PortLog {
  /** How often a device was opened. */
  opened: number;
  /** How often one was closed. */
  closed: number;
  /** Rules of the port that its user has broken. */
  readonly broken: string[];
}

/** A {@linkcode UsbSystem} of virtual devices, in process: another backend than the npm package. */
export class VirtualSystem implements UsbSystem {
  readonly log: PortLog = { opened: 0, closed: 0, broken: [] };
  /** Interfaces that a program has claimed, by device and number. */
  readonly claimed = new Set<string>();
  readonly #devices: readonly VirtualUsbDevice[];
  readonly #time: TimeSource;

  constructor(devices: readonly VirtualUsbDevice[], time: TimeSource = hurriedTime) {
    this.#devices = devices;
    this.#time = time;
  }

  list(): Promise<readonly UsbDevice[]> {
    const there = [...this.#devices.entries()].filter(([, { plugged }]) => plugged);
    return Promise.resolve(there.map(([at, device]) => this.#describe(at, device)));
  }

  #describe(at: number, device: VirtualUsbDevice): UsbDevice {
    const { device: own, configuration, strings } = device.descriptors;
    const id = `virtual-${at}`;
    return {
      id,
      vendorId: own[8]! + own[9]! * 256,
      productId: own[10]! + own[11]! * 256,
      manufacturer: strings[0],
      product: strings[1],
      serial: strings[2],
      configuration,
      open: () => {
        if (!device.plugged) return Promise.reject(new UsbPortError("gone", "unplugged"));
        this.log.opened++;
        return Promise.resolve(new VirtualPort({ id, device, system: this, time: this.#time }));
      },
    };
  }
}

class VirtualPort implements UsbPort {
  readonly #at: { id: string; device: VirtualUsbDevice; system: VirtualSystem; time: TimeSource };
  readonly #own = new Set<string>();
  readonly #busy = new Set<number>();

  constructor(
    at: { id: string; device: VirtualUsbDevice; system: VirtualSystem; time: TimeSource },
  ) {
    this.#at = at;
  }

  claim(interfaceNumber: number): Promise<void> {
    const { claimed } = this.#at.system;
    const key = `${this.#at.id}:${interfaceNumber}`;
    if (claimed.has(key)) return Promise.reject(new UsbPortError("busy", "errno 16"));
    claimed.add(key);
    this.#own.add(key);
    return Promise.resolve();
  }

  async control(
    { request, value, index }: { request: number; value: number; index: number },
    timeoutMs: number,
  ): Promise<void> {
    const setup = { requestType: 0x21, request, value, index, length: 0 };
    await this.#finish(0, this.#at.device.control(setup), timeoutMs);
  }

  async bulkOut(endpoint: number, data: Uint8Array, timeoutMs: number): Promise<void> {
    await this.#finish(endpoint, this.#at.device.out(endpoint, data.slice()), timeoutMs);
  }

  bulkIn(endpoint: number, length: number, timeoutMs: number): Promise<Uint8Array> {
    return this.#finish(endpoint, this.#at.device.in(endpoint, length), timeoutMs);
  }

  async interruptIn(
    endpoint: number,
    length: number,
    timeoutMs: number,
  ): Promise<Uint8Array | undefined> {
    return await this.bulkIn(endpoint, length, timeoutMs).catch((error: unknown) => {
      if (error instanceof UsbPortError && error.failure === "timeout") return undefined;
      throw error;
    });
  }

  async clearHalt(endpoint: number): Promise<void> {
    const setup = { requestType: 0x02, request: 1, value: 0, index: endpoint, length: 0 };
    await this.#finish(0, this.#at.device.control(setup), 1000);
  }

  reset(): Promise<void> {
    this.#at.device.reset();
    return Promise.resolve();
  }

  close(): Promise<void> {
    const { system } = this.#at;
    if (this.#busy.size > 0) system.log.broken.push("closed under a transfer");
    for (const key of this.#own) system.claimed.delete(key);
    system.log.closed++;
    return Promise.resolve();
  }

  async #finish(
    endpoint: number,
    transfer: UsbTransfer,
    timeoutMs: number,
  ): Promise<Uint8Array> {
    if (this.#busy.has(endpoint)) this.#at.system.log.broken.push(`two at once on ${endpoint}`);
    this.#busy.add(endpoint);
    const cancel = this.#at.time.alarm(timeoutMs, () => transfer.abort());
    try {
      return read(await transfer.result);
    } finally {
      cancel();
      this.#busy.delete(endpoint);
    }
  }
}

function read({ status, data }: UsbResult): Uint8Array {
  if (status === "done") return data;
  const failure =
    ({ stall: "stall", gone: "gone", aborted: "timeout", overflow: "failed" } as const)[
      status
    ];
  throw new UsbPortError(failure, status);
}
