import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A USB/IP client for tests, written from the protocol's document alone. */
export class UsbipClient {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  #wake = (): void => {};
  #closed = false;
  #sequence = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static async connect(port: number): Promise<UsbipClient> {
    const socket = connect({ host: "127.0.0.1", port });
    await once(socket, "connect");
    return new UsbipClient(socket);
  }

  /** The next so many bytes; what there is, where the server has closed. */
  async read(length: number): Promise<Buffer> {
    while (this.#bytes.length < length && !this.#closed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const bytes = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(bytes.length);
    return bytes;
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<void> {
    while (!this.#closed) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  write(hex: string): void {
    this.socket.write(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  }

  /** Asks for a device; gives back the status. */
  async import(busId: string): Promise<number> {
    this.write("0111 8003 00000000" + Buffer.from(busId.padEnd(32, "\0")).toString("hex"));
    const status = (await this.read(8)).readUInt32BE(4);
    if (status === 0) await this.read(312);
    return status;
  }

  /** Begins a transfer; gives back its sequence number. */
  submit(options: {
    readonly endpoint: number;
    readonly length: number;
    readonly data?: Uint8Array;
    readonly setup?: string;
    readonly direction?: number;
    readonly packets?: number;
  }): number {
    const { endpoint, length, data, setup = "0000000000000000", packets = 0 } = options;
    const header = Buffer.alloc(48);
    header.writeUInt32BE(1, 0);
    header.writeUInt32BE(++this.#sequence, 4);
    header.writeUInt32BE(options.direction ?? (data ? 0 : 1), 12);
    header.writeUInt32BE(endpoint, 16);
    header.writeInt32BE(length, 24);
    header.writeInt32BE(packets, 32);
    Buffer.from(setup, "hex").copy(header, 40);
    this.socket.write(Buffer.concat([header, data ?? Buffer.alloc(0)]));
    return this.#sequence;
  }

  /** Takes a transfer back. */
  unlink(target: number): void {
    const header = Buffer.alloc(48);
    header.writeUInt32BE(2, 0);
    header.writeUInt32BE(++this.#sequence, 4);
    header.writeUInt32BE(target, 20);
    this.socket.write(header);
  }

  /** The next answer. */
  async answer(incoming = false): Promise<{
    readonly command: number;
    readonly sequence: number;
    readonly status: number;
    readonly data: string;
  }> {
    const header = await this.read(48);
    const data = await this.read(incoming ? header.readInt32BE(24) : 0);
    return {
      command: header.readUInt32BE(0),
      sequence: header.readUInt32BE(4),
      status: header.readInt32BE(20),
      data: data.toString("hex"),
    };
  }
}
