import type { Socket } from "node:net";

/** Numbers of Linux errors that a device node answers with. */
export const ERRNO = {
  ENOENT: 2,
  EIO: 5,
  EAGAIN: 11,
  EBUSY: 16,
  ENODEV: 19,
  EINVAL: 22,
  ENOTTY: 25,
  EPIPE: 32,
  ENODATA: 61,
  EOVERFLOW: 75,
  ESHUTDOWN: 108,
} as const;

/** What a device node does when a program has it open. Every call ends with one `done` or `fail`. */
export interface NodeHandler {
  /** A program opened the node. */
  opened?(file: OpenFile): void;
  ioctl(file: OpenFile, request: number, argument: bigint): Promise<void> | void;
  read(file: OpenFile, buffer: bigint, length: number): Promise<void> | void;
  write(file: OpenFile, buffer: bigint, length: number): Promise<void> | void;
  /** The program closed it, or ended. */
  closed?(file: OpenFile): void;
}

/** Records of libumockdev-preload: three native words (umockdev, src/libumockdev-preload.c). */
const RECORD = 24;
const FROM_PROGRAM = { ioctl: 1, read: 7, write: 8 } as const;
const TO_PROGRAM = { done: 3, readMemory: 5, writeMemory: 6 } as const;

/**
 * One open device node of a program under the preload library. The program's call stays blocked until it
 * is told `done`; meanwhile its memory can be read and written.
 */
export class OpenFile {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #wanted: { readonly length: number; readonly resolve: (bytes: Buffer) => void } | undefined;

  constructor(socket: Socket, handler: NodeHandler) {
    this.#socket = socket;
    socket.on("data", (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#pump();
    });
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => handler.closed?.(this));
    handler.opened?.(this);
    void this.#serve(handler);
  }

  /** Reads the program's memory. */
  async memory(address: bigint, length: number): Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    this.#send(TO_PROGRAM.readMemory, address, BigInt(length));
    return await this.#take(length);
  }

  /** Writes the program's memory. */
  store(address: bigint, data: Uint8Array): void {
    if (data.length === 0) return;
    this.#send(TO_PROGRAM.writeMemory, address, BigInt(data.length));
    this.#socket.write(data);
  }

  /** The call is over. */
  done(result = 0): void {
    this.#send(TO_PROGRAM.done, BigInt(result), 0n);
  }

  /** The call failed. */
  fail(error: keyof typeof ERRNO): void {
    this.#send(TO_PROGRAM.done, -1n, BigInt(ERRNO[error]));
  }

  async #serve(handler: NodeHandler): Promise<void> {
    for (;;) {
      const record = await this.#take(RECORD);
      const command = Number(record.readBigUInt64LE(0));
      const [first, second] = [record.readBigInt64LE(8), record.readBigInt64LE(16)];
      if (command === FROM_PROGRAM.ioctl) {
        await handler.ioctl(this, Number(BigInt.asUintN(32, first)), second);
      } else if (command === FROM_PROGRAM.read) {
        await handler.read(this, first, Number(second));
      } else if (command === FROM_PROGRAM.write) {
        await handler.write(this, first, Number(second));
      } else {
        this.#socket.destroy(new Error(`umockdev sent command ${command}`));
      }
    }
  }

  /** Waits for so many bytes; for ever, where the program has ended. */
  #take(length: number): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#wanted = { length, resolve };
      this.#pump();
    });
  }

  #pump(): void {
    const wanted = this.#wanted;
    if (!wanted || this.#bytes.length < wanted.length) return;
    this.#wanted = undefined;
    const bytes = this.#bytes.subarray(0, wanted.length);
    this.#bytes = this.#bytes.subarray(wanted.length);
    wanted.resolve(bytes);
  }

  #send(command: number, first: bigint, second: bigint): void {
    const record = Buffer.alloc(RECORD);
    record.writeBigUInt64LE(BigInt(command), 0);
    record.writeBigInt64LE(first, 8);
    record.writeBigInt64LE(second, 16);
    this.#socket.write(record);
  }
}
