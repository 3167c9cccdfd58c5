import type { Socket } from "node:net";
import type { TimeSource } from "@otpsmith/core/time";
import type { UsbResult, UsbTransfer, VirtualUsbDevice } from "../../usb/mod.ts";
import {
  COMMAND_BYTES,
  decodeCommand,
  decodeRequest,
  encodeImport,
  encodeList,
  encodeSubmitReply,
  encodeUnlinkReply,
  IMPORT_BYTES,
  IMPORT_STATUS,
  type UsbipCommand,
  type UsbipDevice,
} from "./messages.ts";

/** What a session needs of its server. */
export interface SessionHost {
  /** What is plugged in now. */
  list(): readonly UsbipDevice[];
  /** Gives a device to a client, or says why not. */
  take(busId: string): { readonly device: VirtualUsbDevice; readonly told: UsbipDevice } | number;
  /** The client has gone. */
  giveBack(device: VirtualUsbDevice): void;
  /** Time source. */
  readonly time: TimeSource;
}

/** The most bytes of one transfer, and the most transfers under way: a host's kernel stays far below. */
const LONGEST_TRANSFER = 1 << 20;
const MOST_PENDING = 256;
/** Answers that a client does not read: above that nothing more is read from it. */
const MOST_UNREAD = 4 << 20;
const HANDSHAKE_MS = 30_000;

const ECONNRESET = -104;
/** -errno by how a transfer ended (include/uapi/asm-generic/errno.h). */
const STATUS: Readonly<Record<UsbResult["status"], number>> = {
  done: 0,
  stall: -32,
  overflow: -75,
  aborted: ECONNRESET,
  gone: -108,
};

type Submit = Extract<UsbipCommand, { kind: "submit" }>;

/** One client: it lists, or imports one device and then drives it until either side goes. */
export class UsbipSession {
  readonly #socket: Socket;
  readonly #host: SessionHost;
  readonly #pending = new Map<number, UsbTransfer>();
  #device: VirtualUsbDevice | undefined;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /** How many bytes have to be there before anything can be done. */
  #needs = 0;
  #stopTimer: () => void;

  constructor(socket: Socket, host: SessionHost) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on("error", () => {}); // "close" follows
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("drain", () => socket.resume());
    socket.on("close", () => this.#closed());
    this.#stopTimer = host.time.alarm(HANDSHAKE_MS, () => socket.destroy());
  }

  /** The device that this client holds. */
  get device(): VirtualUsbDevice | undefined {
    return this.#device;
  }

  /** Cuts the connection: the client's kernel sees the device pulled out. */
  end(): void {
    this.#socket.destroy();
  }

  #closed(): void {
    this.#stopTimer();
    for (const transfer of this.#pending.values()) transfer.abort();
    this.#pending.clear();
    this.#wipe();
    if (this.#device) this.#host.giveBack(this.#device);
    this.#device = undefined;
  }

  #receive(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needs) return;
    let bytes = joined(this.#chunks, this.#bytes);
    this.#wipe();
    while (!this.#socket.destroyed) {
      const used = this.#device ? this.#command(bytes) : this.#request(bytes);
      if (used === 0) break;
      bytes.subarray(0, used).fill(0); // it may have been a seed
      bytes = bytes.subarray(used);
    }
    if (this.#socket.destroyed) return void bytes.fill(0);
    this.#chunks = bytes.length > 0 ? [bytes] : [];
    this.#bytes = bytes.length;
  }

  /** How many bytes a request took; 0 where more have to come. */
  #request(bytes: Uint8Array): number {
    const request = decodeRequest(bytes);
    if (request === "wrong") {
      this.end();
      return 0;
    }
    if ("needs" in request) {
      this.#needs = request.needs;
      return 0;
    }
    this.#stopTimer();
    if (request.kind === "list") {
      this.#socket.end(encodeList(this.#host.list()));
      return bytes.length;
    }
    const taken = this.#host.take(request.busId);
    if (typeof taken === "number") {
      this.#socket.end(encodeImport(taken));
      return bytes.length;
    }
    this.#device = taken.device;
    this.#needs = COMMAND_BYTES;
    this.#socket.write(encodeImport(taken.told));
    return IMPORT_BYTES;
  }

  /** How many bytes a command took; 0 where more have to come. */
  #command(bytes: Uint8Array): number {
    this.#needs = COMMAND_BYTES;
    if (bytes.length < COMMAND_BYTES) return 0;
    const command = decodeCommand(bytes);
    if (command === "wrong") {
      this.end();
      return 0;
    }
    if (command.kind === "unlink") {
      this.#unlink(command.sequence, command.target);
      return COMMAND_BYTES;
    }
    const { length, direction, packets } = command;
    const hostile = length < 0 || length > LONGEST_TRANSFER || packets > 0 ||
      this.#pending.size >= MOST_PENDING || this.#pending.has(command.sequence);
    if (hostile) {
      this.end();
      return 0;
    }
    const size = COMMAND_BYTES + (direction === "out" ? length : 0);
    this.#needs = size;
    if (bytes.length < size) return 0;
    this.#submit(command, bytes.slice(COMMAND_BYTES, size));
    return size;
  }

  #submit(command: Submit, data: Uint8Array): void {
    const { sequence, endpoint, direction, length, setup } = command;
    const device = this.#device!;
    const transfer = endpoint === 0
      ? device.control(setup, data)
      : direction === "in"
      ? device.in(endpoint & 0x0f | 0x80, length)
      : device.out(endpoint & 0x0f, data);
    this.#pending.set(sequence, transfer);
    void transfer.result.then(({ status, data: answer }) => {
      data.fill(0);
      if (!this.#pending.delete(sequence)) return;
      const incoming = direction === "in";
      const part = incoming ? answer.subarray(0, length) : undefined;
      const sent = status === "done" ? length : 0;
      this.#send(encodeSubmitReply(sequence, {
        status: STATUS[status],
        actual: part?.length ?? sent,
        data: part,
      }));
    });
  }

  /** A transfer that is taken back is not answered itself, only the unlink is. */
  #unlink(sequence: number, target: number): void {
    const transfer = this.#pending.get(target);
    this.#pending.delete(target);
    transfer?.abort();
    this.#send(encodeUnlinkReply(sequence, transfer ? ECONNRESET : 0));
  }

  #send(bytes: Uint8Array): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > MOST_UNREAD) this.#socket.pause();
  }

  #wipe(): void {
    for (const chunk of this.#chunks) chunk.fill(0);
    this.#chunks = [];
    this.#bytes = this.#needs = 0;
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Why a device is not given to a client. */
export const REFUSED: { readonly busy: number; readonly absent: number } = IMPORT_STATUS;
