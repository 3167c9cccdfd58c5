import { connect } from "node:net";

/** What a compositor said: to which object, which event, with which arguments. */
export interface WaylandEvent {
  readonly object: number;
  readonly opcode: number;
  readonly body: Buffer;
}

/** There is no compositor, or it cannot be reached. */
export class WaylandAbsent extends Error {
  /** Always `"WaylandAbsent"`. */
  override readonly name = "WaylandAbsent";
}

const HEADER = 8;

/**
 * A conversation with a Wayland compositor as far as it needs no file descriptors, which Node cannot
 * send: enough to ask what there is (wayland.xml, "Wire Format"; numbers are in this computer's order, and
 * all of Node's computers are little-endian but s390x).
 */
export class WaylandWire {
  readonly #socket: ReturnType<typeof connect>;
  readonly #onEvent: (event: WaylandEvent) => void;
  #received: Buffer = Buffer.alloc(0);
  #ids = 1;

  private constructor(socket: ReturnType<typeof connect>, onEvent: (event: WaylandEvent) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.on("data", (piece: Buffer) => this.#take(piece));
  }

  /** Connects to a socket. @throws {WaylandAbsent} if nobody answers. */
  static open(path: string, onEvent: (event: WaylandEvent) => void): Promise<WaylandWire> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path });
      socket.once("connect", () => resolve(new WaylandWire(socket, onEvent)));
      socket.once("error", (cause) => {
        reject(new WaylandAbsent("the Wayland compositor does not answer", { cause }));
      });
    });
  }

  /** Fires when the compositor ends the conversation. */
  get ended(): Promise<void> {
    return new Promise((resolve) => this.#socket.once("close", () => resolve()));
  }

  /** A number for a new object. */
  newId(): number {
    return ++this.#ids;
  }

  /** Sends a request. */
  send(object: number, opcode: number, ...args: readonly (number | string)[]): void {
    const parts = args.map((arg) => typeof arg === "number" ? word(arg) : text(arg));
    const body = Buffer.concat(parts);
    this.#socket.write(
      Buffer.concat([word(object), word(((HEADER + body.length) << 16) | opcode), body]),
    );
  }

  /** Ends the conversation. */
  close(): void {
    this.#socket.destroy();
  }

  #take(piece: Buffer): void {
    this.#received = Buffer.concat([this.#received, piece]);
    while (this.#received.length >= HEADER) {
      const sizeAndOpcode = this.#received.readUInt32LE(4);
      const size = sizeAndOpcode >>> 16;
      if (size < HEADER) return this.close();
      if (this.#received.length < size) return;
      const object = this.#received.readUInt32LE(0);
      const body = this.#received.subarray(HEADER, size);
      this.#received = this.#received.subarray(size);
      this.#onEvent({ object, opcode: sizeAndOpcode & 0xffff, body });
    }
  }
}

/** A text in the body of an event, at an offset. */
export function textAt(body: Buffer, at: number): { readonly text: string; readonly end: number } {
  const length = body.readUInt32LE(at);
  const text = body.subarray(at + 4, at + 4 + Math.max(0, length - 1)).toString("utf8");
  return { text, end: at + 4 + ((length + 3) & ~3) };
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(`${value}\0`, "utf8");
  return Buffer.concat([word(bytes.length), bytes, Buffer.alloc((4 - bytes.length % 4) % 4)]);
}
