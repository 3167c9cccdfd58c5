import { constants } from "node:fs";
import { access, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";
import { UsbError } from "./usb_error.ts";
import {
  type UsbClassRequest,
  type UsbDevice,
  type UsbFailure,
  type UsbPort,
  UsbPortError,
  type UsbSystem,
} from "./usb_port.ts";

/** As much of a device of `usb` 3 as is used. The types of the package leave the time-outs out. */
interface NativeDevice {
  readonly vendorId: number;
  readonly productId: number;
  readonly bus: string;
  readonly address: number;
  readonly ports: readonly number[];
  open(): Promise<void>;
  close(): Promise<void>;
  reset(): Promise<void>;
  claimInterface(number: number): Promise<void>;
  releaseInterface(number: number): Promise<void>;
  clearHalt(direction: "in" | "out", endpoint: number): Promise<void>;
  detachKernelDriver(number: number): Promise<void>;
  attachKernelDriver(number: number): Promise<void>;
  controlTransferOut(
    setup: {
      readonly requestType: "class";
      readonly recipient: "interface";
      readonly request: number;
      readonly value: number;
      readonly index: number;
    },
    data: Uint8Array,
    timeoutMs: number,
  ): Promise<unknown>;
  transferIn(endpoint: number, length: number, timeoutMs: number): Promise<{ data?: DataView }>;
  transferOut(endpoint: number, data: Uint8Array, timeoutMs: number): Promise<unknown>;
}

/** `usb` is not installed, or has no binary for this system. */
const MISSING = {
  reason: "absent",
  delivery: "not-sent",
  state: "the npm package usb cannot be loaded",
  next: "Run: npm install usb",
  missing: true,
} as const;

const OTHER_SYSTEM = {
  reason: "unsupported",
  delivery: "not-sent",
  state: "this system keeps smart-card readers to its own service",
  next: "Use the reader through PC/SC (transport pcsc).",
} as const;

/** Loads `usb`, now and not before. */
export async function loadNodeUsb(): Promise<UsbSystem> {
  // Windows gives readers to its own driver, macOS to its own service: neither lets go of them.
  if (process.platform !== "linux") throw new UsbError(OTHER_SYSTEM);
  try {
    const { usb } = await import("usb");
    const list = (): Promise<readonly NativeDevice[]> =>
      usb.getDevices() as unknown as Promise<readonly NativeDevice[]>;
    return { list: () => listDevices(list) };
  } catch (cause) {
    throw new UsbError(MISSING, { cause });
  }
}

const SYSFS = "/sys/bus/usb/devices";
/** The device descriptor, in front of the configurations (USB 2.0, table 9-8). */
const DEVICE_BYTES = 18;

/**
 * Everything is read from sysfs, which any account may: the package's own getters open the device when it
 * has no string, and its `configuration` always does (usb 3.1.0, src/webusb_device.rs).
 */
async function listDevices(
  list: () => Promise<readonly NativeDevice[]>,
): Promise<readonly UsbDevice[]> {
  const natives = await list().catch((error: unknown) => {
    if (/not found|errno 2\b/.test(String(error))) return []; // a machine without USB has no such folder
    throw error;
  });
  const found = await Promise.all(natives.map(describe));
  return found.filter((device) => device !== undefined)
    .sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
}

async function describe(native: NativeDevice): Promise<UsbDevice | undefined> {
  const bus = Number(native.bus);
  if (native.ports.length === 0) return undefined; // a root hub
  const folder = `${SYSFS}/${bus}-${native.ports.join(".")}`;
  const descriptors = await readFile(`${folder}/descriptors`).catch(() => undefined);
  if (!descriptors) return undefined; // unplugged at this very moment
  const text = async (name: string): Promise<string | undefined> =>
    (await readFile(`${folder}/${name}`, "utf8").catch(() => "")).trim() || undefined;
  const [manufacturer, product, serial] = await Promise.all(
    ["manufacturer", "product", "serial"].map(text),
  );
  const pad = (value: number): string => String(value).padStart(3, "0");
  const node = `/dev/bus/usb/${pad(bus)}/${pad(native.address)}`;
  const permitted = await access(node, constants.R_OK | constants.W_OK)
    .then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === "EACCES" ? false : undefined,
    );
  return {
    id: `${bus}-${native.ports.join(".")}-${native.address}`,
    vendorId: native.vendorId,
    productId: native.productId,
    manufacturer,
    product,
    serial,
    permitted,
    configuration: descriptors.subarray(DEVICE_BYTES),
    open: async () => {
      await translated(() => native.open());
      // The interfaces of a configuration are named after its number (byte 5 of its descriptor).
      return new NodeUsbPort(native, `${folder}:${descriptors[DEVICE_BYTES + 5]}`);
    },
  };
}

/**
 * An open device of `usb` 3.1. Nothing that changes it may run while a transfer is out ("the same native value
 * cannot be borrowed"): callers see to that, as the port demands.
 */
class NodeUsbPort implements UsbPort {
  readonly #native: NativeDevice;
  /** Folders of its interfaces, less their numbers. */
  readonly #folders: string;
  readonly #claimed = new Set<number>();
  /** Interfaces that a driver of the kernel was taken off. */
  readonly #detached = new Set<number>();

  constructor(native: NativeDevice, folders: string) {
    this.#native = native;
    this.#folders = folders;
  }

  async claim(interfaceNumber: number): Promise<void> {
    const claim = (): Promise<void> =>
      translated(() => this.#native.claimInterface(interfaceNumber));
    await claim().catch(async (error: unknown) => {
      if (!await this.#detach(interfaceNumber)) throw error;
      await claim();
    });
    this.#claimed.add(interfaceNumber);
  }

  control(request: UsbClassRequest, timeoutMs: number): Promise<void> {
    const setup = { requestType: "class", recipient: "interface", ...request } as const;
    // Without data it throws a TypeError (usb 3.1.0).
    return translated(async () =>
      void await this.#native.controlTransferOut(setup, new Uint8Array(), timeoutMs)
    );
  }

  bulkOut(endpoint: number, data: Uint8Array, timeoutMs: number): Promise<void> {
    return translated(async () =>
      void await this.#native.transferOut(endpoint & 0x0f, data, timeoutMs)
    );
  }

  bulkIn(endpoint: number, length: number, timeoutMs: number): Promise<Uint8Array> {
    return translated(async () => {
      const { data } = await this.#native.transferIn(endpoint & 0x0f, length, timeoutMs);
      return data
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : new Uint8Array();
    });
  }

  async interruptIn(
    endpoint: number,
    length: number,
    timeoutMs: number,
  ): Promise<Uint8Array | undefined> {
    try {
      return await this.bulkIn(endpoint, length, timeoutMs);
    } catch (error) {
      if (error instanceof UsbPortError && error.failure === "timeout") return undefined;
      throw error;
    }
  }

  clearHalt(endpoint: number): Promise<void> {
    const direction = endpoint & 0x80 ? "in" : "out";
    return translated(() => this.#native.clearHalt(direction, endpoint & 0x0f));
  }

  reset(): Promise<void> {
    return translated(() => this.#native.reset());
  }

  async close(): Promise<void> {
    for (const each of this.#claimed) {
      await translated(() => this.#native.releaseInterface(each)).catch(() => undefined);
    }
    for (const each of this.#detached) {
      await translated(() => this.#native.attachKernelDriver(each)).catch(() => undefined);
    }
    await translated(() => this.#native.close());
  }

  /** Takes a driver of the kernel off, such as pn533_usb; never a program that has claimed the interface. */
  async #detach(interfaceNumber: number): Promise<boolean> {
    const driver = await readlink(`${this.#folders}.${interfaceNumber}/driver`).then(
      basename,
      () => "usbfs",
    );
    if (driver === "usbfs") return false;
    await translated(() => this.#native.detachKernelDriver(interfaceNumber));
    this.#detached.add(interfaceNumber);
    return true;
  }
}

/** `usb` 3.1 tells what happened in words only; these are nusb's, of its errors and of its transfers. */
const WORDS: readonly (readonly [RegExp, UsbFailure])[] = [
  [/cancelled|timed out|timeout/i, "timeout"],
  [/stall/i, "stall"],
  [/permission denied|errno (13|1)\b/i, "denied"],
  [/busy|errno 16\b/i, "busy"],
  [/disconnected|not found|no such device|errno (2|19|108)\b/i, "gone"],
];

/** The kind of failure that the words of an error tell. */
export function failureOf(message: string): UsbFailure {
  return WORDS.find(([words]) => words.test(message))?.[1] ?? "failed";
}

/** Has a call of the package end as the port promises, also where it throws instead of rejecting. */
async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UsbPortError(failureOf(message), message, { cause });
  }
}
