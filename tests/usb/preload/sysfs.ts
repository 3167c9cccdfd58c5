import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { InterfaceInfo, VirtualUsbDevice } from "@otpsmith/simulator/usb";

const ROOT = "devices/pci0000:00/0000:00:14.0/usb1";
const USB_MAJOR = 189;
const HIDRAW_MAJOR = 245;
const SPEED = { low: "1.5", full: "12", high: "480" } as const;
const FOLDERS = [
  "bus/usb/devices",
  "bus/usb/drivers",
  "bus/hid/devices",
  "class/hidraw",
  "dev/char",
];

/** One hidraw node as sysfs shows it. */
export interface HidrawEntry {
  /** N of /dev/hidrawN. */
  readonly index: number;
  readonly interface: InterfaceInfo;
  readonly descriptor: Uint8Array;
}

/** What the kernel says of a device's names. */
export interface DeviceNames {
  readonly name: string;
  readonly phys: (interfaceNumber: number) => string;
}

/** /sys as far as libudev, libusb, nusb and hidapi look at it. */
export class Sysfs {
  readonly #root: string;

  constructor(root: string) {
    this.#root = join(root, "sys");
    for (const folder of FOLDERS) mkdirSync(join(this.#root, folder), { recursive: true });
  }

  /** Shows a device on a port; gives back the names that the kernel makes of it. */
  add(device: VirtualUsbDevice, port: number): DeviceNames {
    const base = `${ROOT}/1-${port}`;
    const { device: bytes, configuration, strings } = device.descriptors;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const [vendor, product, release] = [8, 10, 12].map((at) => view.getUint16(at, true)) as Three;
    const number = port + 1;
    const node = `bus/usb/001/${String(number).padStart(3, "0")}`;
    const text = (at: number): string | undefined => strings[bytes[at]! - 1];
    const ids = `${vendor.toString(16)}/${product.toString(16)}/${release.toString(16)}`;
    this.#write(base, {
      uevent: `MAJOR=${USB_MAJOR}\nMINOR=${number - 1}\nDEVNAME=${node}\nDEVTYPE=usb_device\n` +
        `DRIVER=usb\nPRODUCT=${ids}\nTYPE=0/0/0\nBUSNUM=001\nDEVNUM=${node.slice(-3)}\n`,
      busnum: "1\n",
      devnum: `${number}\n`,
      devpath: `${port}\n`,
      idVendor: `${hex(vendor, 4)}\n`,
      idProduct: `${hex(product, 4)}\n`,
      bcdDevice: `${hex(release, 4)}\n`,
      version: " 2.00\n",
      speed: `${SPEED[device.speed]}\n`,
      dev: `${USB_MAJOR}:${number - 1}\n`,
      bDeviceClass: `${hex(bytes[4]!, 2)}\n`,
      bDeviceSubClass: `${hex(bytes[5]!, 2)}\n`,
      bDeviceProtocol: `${hex(bytes[6]!, 2)}\n`,
      bConfigurationValue: "1\n",
      bNumConfigurations: "1\n",
      bNumInterfaces: ` ${configuration[4]}\n`,
      manufacturer: `${text(14) ?? ""}\n`,
      product: `${text(15) ?? ""}\n`,
      ...(text(16) === undefined ? {} : { serial: `${text(16)}\n` }),
      descriptors: Buffer.concat([bytes, configuration]),
    });
    this.#link(`${base}/subsystem`, "bus/usb");
    this.#link(`bus/usb/devices/1-${port}`, base);
    this.#link(`dev/char/${USB_MAJOR}:${number - 1}`, base);
    return {
      name: `${text(14) ?? ""} ${text(15) ?? ""}`.trim(),
      phys: (interfaceNumber) => `usb-0000:00:14.0-${port}/input${interfaceNumber}`,
    };
  }

  /** Shows one of its interfaces. */
  addInterface(port: number, { number, alternate, kind, endpoints }: InterfaceInfo): void {
    const base = this.#interface(port, number);
    this.#write(base, {
      uevent: `DEVTYPE=usb_interface\nINTERFACE=${kind.join("/")}\n`,
      bInterfaceNumber: `${hex(number, 2)}\n`,
      bAlternateSetting: ` ${alternate}\n`,
      bInterfaceClass: `${hex(kind[0], 2)}\n`,
      bInterfaceSubClass: `${hex(kind[1], 2)}\n`,
      bInterfaceProtocol: `${hex(kind[2], 2)}\n`,
      bNumEndpoints: `${hex(endpoints.length, 2)}\n`,
    });
    this.#link(`${base}/subsystem`, "bus/usb");
    this.#link(`bus/usb/devices/1-${port}:1.${number}`, base);
  }

  /** Shows the hidraw node of an interface: usbhid has bound it. */
  addHidraw(port: number, entry: HidrawEntry, device: VirtualUsbDevice): void {
    const { index, descriptor } = entry;
    const { device: bytes, strings } = device.descriptors;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const [vendor, product] = [8, 10].map((at) =>
      hex(view.getUint16(at, true), 4).toUpperCase()
    ) as unknown as [string, string];
    const text = (at: number): string => strings[bytes[at]! - 1] ?? "";
    const base = `${this.#interface(port, entry.interface.number)}/0003:${vendor}:${product}.` +
      hex(index + 1, 4).toUpperCase();
    const raw = `${base}/hidraw/hidraw${index}`;
    this.#write(base, {
      uevent: `DRIVER=hid-generic\nHID_ID=0003:0000${vendor}:0000${product}\n` +
        `HID_NAME=${`${text(14)} ${text(15)}`.trim()}\n` +
        `HID_PHYS=usb-0000:00:14.0-${port}/input${entry.interface.number}\nHID_UNIQ=${text(16)}\n` +
        `MODALIAS=hid:b0003g0001v0000${vendor}p0000${product}\n`,
      report_descriptor: descriptor,
    });
    this.#link(`${base}/subsystem`, "bus/hid");
    this.#write(raw, {
      uevent: `MAJOR=${HIDRAW_MAJOR}\nMINOR=${index}\nDEVNAME=hidraw${index}\n`,
      dev: `${HIDRAW_MAJOR}:${index}\n`,
    });
    this.#link(`${raw}/subsystem`, "class/hidraw");
    this.#link(`${raw}/device`, base);
    this.#link(`class/hidraw/hidraw${index}`, raw);
    this.#link(`dev/char/${HIDRAW_MAJOR}:${index}`, raw);
  }

  /** Takes a hidraw node away. */
  removeHidraw(index: number): void {
    for (const link of [`class/hidraw/hidraw${index}`, `dev/char/${HIDRAW_MAJOR}:${index}`]) {
      rmSync(join(this.#root, link), { force: true });
    }
  }

  /** Takes a device away with its interfaces. */
  remove(port: number, interfaces: readonly InterfaceInfo[]): void {
    const links = [
      `bus/usb/devices/1-${port}`,
      `dev/char/${USB_MAJOR}:${port}`,
      ...interfaces.map(({ number }) => `bus/usb/devices/1-${port}:1.${number}`),
    ];
    for (const link of links) rmSync(join(this.#root, link), { force: true });
    rmSync(join(this.#root, ROOT, `1-${port}`), { force: true, recursive: true });
  }

  #interface(port: number, number: number): string {
    return `${ROOT}/1-${port}/1-${port}:1.${number}`;
  }

  #write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
    mkdirSync(join(this.#root, folder), { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(this.#root, folder, name), content);
    }
  }

  #link(path: string, target: string): void {
    const link = join(this.#root, path);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(this.#root, target)), link);
  }
}

type Three = [number, number, number];

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, "0");
}
