import { concatBytes } from "@otpsmith/core/bytes";
import type { InterfaceInfo, SetupPacket } from "../../usb/mod.ts";

/** USB/IP 1.1.1 (Linux, Documentation/usb/usbip_protocol.rst). All numbers are big-endian but for setup. */
const VERSION = 0x0111;
const OPERATION = { listRequest: 0x8005, listReply: 5, importRequest: 0x8003, importReply: 3 };
const COMMAND = { submit: 1, unlink: 2, submitReply: 3, unlinkReply: 4 };
const BUS_ID_BYTES = 32;
const PATH_BYTES = 256;

/** Bytes of the header that every operation begins with. */
export const OPERATION_BYTES = 8;
/** Bytes of a request to import a device, header included. */
export const IMPORT_BYTES: number = OPERATION_BYTES + BUS_ID_BYTES;
/** Bytes of every command and its answer, without the data that follow. */
export const COMMAND_BYTES = 48;

/** Why an import is refused (tools/usb/usbip/libsrc/usbip_common.h). */
export const IMPORT_STATUS = { ok: 0, busy: 2, absent: 4 } as const;

/** A device as a server tells it. */
export interface UsbipDevice {
  /** Its name for an import: `1-1`. */
  readonly busId: string;
  /** Number of the bus and of the device on it. */
  readonly bus: number;
  /** Number of the device on its bus. */
  readonly number: number;
  /** 1 low, 2 full, 3 high speed. */
  readonly speed: number;
  /** Its device descriptor. */
  readonly device: Uint8Array;
  /** Its interfaces, in order. */
  readonly interfaces: readonly InterfaceInfo[];
}

/** What a client wants before it has a device. */
export type UsbipRequest =
  | { readonly kind: "list" }
  | { readonly kind: "import"; readonly busId: string };

/** What a client wants of the device that it has imported. */
export type UsbipCommand =
  | {
    readonly kind: "submit";
    readonly sequence: number;
    readonly direction: "out" | "in";
    readonly endpoint: number;
    readonly length: number;
    /** Above 0 for isochronous transfers, which nothing here has. */
    readonly packets: number;
    readonly setup: SetupPacket;
  }
  | { readonly kind: "unlink"; readonly sequence: number; readonly target: number };

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Reads the first message of a client as far as it has come: a request, how many bytes it will have, or
 * that it is none.
 */
export function decodeRequest(
  bytes: Uint8Array,
): UsbipRequest | { readonly needs: number } | "wrong" {
  if (bytes.length < OPERATION_BYTES) return { needs: OPERATION_BYTES };
  const code = view(bytes).getUint16(2);
  if (code === OPERATION.listRequest) return { kind: "list" };
  if (code !== OPERATION.importRequest) return "wrong";
  if (bytes.length < IMPORT_BYTES) return { needs: IMPORT_BYTES };
  const id = bytes.subarray(OPERATION_BYTES, IMPORT_BYTES);
  const end = id.indexOf(0);
  const letters = id.subarray(0, end < 0 ? id.length : end);
  return { kind: "import", busId: String.fromCharCode(...letters) };
}

/** Reads one command of {@linkcode COMMAND_BYTES} bytes. */
export function decodeCommand(bytes: Uint8Array): UsbipCommand | "wrong" {
  const fields = view(bytes);
  const [command, sequence] = [fields.getUint32(0), fields.getUint32(4)];
  if (command === COMMAND.unlink) return { kind: "unlink", sequence, target: fields.getUint32(20) };
  if (command !== COMMAND.submit) return "wrong";
  return {
    kind: "submit",
    sequence,
    direction: fields.getUint32(12) === 0 ? "out" : "in",
    endpoint: fields.getUint32(16),
    length: fields.getInt32(24),
    packets: fields.getInt32(32),
    setup: {
      requestType: bytes[40]!,
      request: bytes[41]!,
      value: fields.getUint16(42, true),
      index: fields.getUint16(44, true),
      length: fields.getUint16(46, true),
    },
  };
}

/** The list of all devices. */
export function encodeList(devices: readonly UsbipDevice[]): Uint8Array {
  const count = new Uint8Array(4);
  view(count).setUint32(0, devices.length);
  return concatBytes([
    operation(OPERATION.listReply, 0),
    count,
    ...devices.flatMap((device) => [
      encodeDevice(device),
      ...device.interfaces.map(({ kind }) => Uint8Array.of(...kind, 0)),
    ]),
  ]);
}

/** The answer to an import: the device, or why not. */
export function encodeImport(answer: UsbipDevice | number): Uint8Array {
  if (typeof answer === "number") return operation(OPERATION.importReply, answer);
  return concatBytes([operation(OPERATION.importReply, IMPORT_STATUS.ok), encodeDevice(answer)]);
}

/** How a transfer ended: a status of 0 or a negative errno, and what came in. */
export interface SubmitReply {
  /** 0, or -errno. */
  readonly status: number;
  /** Bytes that went over the bus. */
  readonly actual: number;
  /** What came from the device. */
  readonly data?: Uint8Array | undefined;
}

/** The answer to a transfer. */
export function encodeSubmitReply(sequence: number, reply: SubmitReply): Uint8Array {
  const bytes = new Uint8Array(COMMAND_BYTES);
  const fields = view(bytes);
  fields.setUint32(0, COMMAND.submitReply);
  fields.setUint32(4, sequence);
  fields.setInt32(20, reply.status);
  fields.setInt32(24, reply.actual);
  return concatBytes([bytes, reply.data ?? new Uint8Array()]);
}

/** The answer to an unlink: -104 (ECONNRESET) where a transfer was taken back, 0 where it was over. */
export function encodeUnlinkReply(sequence: number, status: number): Uint8Array {
  const bytes = new Uint8Array(COMMAND_BYTES);
  const fields = view(bytes);
  fields.setUint32(0, COMMAND.unlinkReply);
  fields.setUint32(4, sequence);
  fields.setInt32(20, status);
  return bytes;
}

function operation(code: number, status: number): Uint8Array {
  const bytes = new Uint8Array(OPERATION_BYTES);
  const fields = view(bytes);
  fields.setUint16(0, VERSION);
  fields.setUint16(2, code);
  fields.setUint32(4, status);
  return bytes;
}

function encodeDevice(each: UsbipDevice): Uint8Array {
  const { busId, bus, number, speed, device, interfaces } = each;
  const bytes = new Uint8Array(PATH_BYTES + BUS_ID_BYTES + 24);
  const text = (value: string, at: number): void => bytes.set(new TextEncoder().encode(value), at);
  text(`/sys/devices/otpsmith/usb${bus}/${busId}`, 0);
  text(busId, PATH_BYTES);
  const fields = view(bytes);
  fields.setUint32(288, bus);
  fields.setUint32(292, number);
  fields.setUint32(296, speed);
  const ids = view(device);
  for (const i of [0, 1, 2]) fields.setUint16(300 + 2 * i, ids.getUint16(8 + 2 * i, true));
  bytes.set(device.subarray(4, 7), 306); // class, subclass, protocol
  bytes.set([1, device[17]!, interfaces.length], 309); // configuration, how many of them, interfaces
  return bytes;
}
