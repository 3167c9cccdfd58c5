import { connect, type NetConnectOpts, type Socket } from "node:net";
import { type Address, type Cookie } from "./address.ts";

/** The server said no to a request: numbers of X11's appendix on errors. */
export class X11Error extends Error {
  /** Always `"X11Error"`. */
  override readonly name = "X11Error";
  /** 3 is BadWindow, 8 BadMatch, 9 BadDrawable, 11 BadAlloc. */
  readonly number: number;

  /** Makes an error of its number and the request that was refused. */
  constructor(number: number, opcode: number) {
    super(`X server error ${number} for request ${opcode}`);
    this.number = number;
  }
}

/** The server does not take this user for one of its own, or speaks no X11. */
export class X11Refused extends Error {
  /** Always `"X11Refused"`. */
  override readonly name = "X11Refused";
}

/** There is no server, or it cannot be reached. */
export class X11Absent extends Error {
  /** Always `"X11Absent"`. */
  override readonly name = "X11Absent";
}

/** Called with each event: 32 bytes, only valid during the call. */
export type OnEvent = (event: DataView) => void;

interface Waiting {
  readonly opcode: number;
  resolve(reply: DataView): void;
  reject(error: Error): void;
}

/** One piece of what the server sends may be so long at most; pictures are asked for in bands. */
const MAX_REPLY_BYTES = 64 * 1024 * 1024;
const READ_BYTES = 256 * 1024;

/**
 * A conversation with an X server: requests out, replies in order, errors and events in between (X
 * Window System Protocol, version 11, "Protocol Formats").
 *
 * What the socket reads goes into one buffer that is overwritten after each read, because it carries
 * pictures of the screen. Whoever gets a reply overwrites that.
 */
export class Wire {
  /** What the server said when the connection was made, after its first eight bytes. */
  readonly setup: DataView;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #sequence = 0;
  #onEvent: OnEvent = () => {};
  #ended: Error | undefined;

  private constructor(socket: Socket, setup: DataView) {
    this.#socket = socket;
    this.setup = setup;
  }

  /**
   * Connects and says who we are.
   *
   * @throws {X11Refused} if the server does not let us in.
   * @throws The socket's error if there is no server, or the signal's reason.
   */
  static open(
    address: Address,
    options: { readonly cookie?: Cookie | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<Wire> {
    const { cookie, signal } = options;
    return new Promise((resolve, reject) => {
      let wire: Wire | undefined;
      const pieces = new Pieces();
      const take = (bytes: Uint8Array): void => {
        try {
          pieces.add(bytes);
          for (;;) {
            if (wire) {
              if (!wire.#take(pieces)) return;
              continue;
            }
            const head = pieces.peek(8);
            if (!head) return;
            const isWelcome = head.getUint8(0) === 1;
            const whole = pieces.take(8 + head.getUint16(6, true) * 4);
            if (!whole) return;
            if (!isWelcome) {
              return fail(new X11Refused("the X server does not let this user in"));
            }
            const setup = new DataView(whole.buffer, whole.byteOffset + 8, whole.byteLength - 8);
            wire = new Wire(socket, setup);
            resolve(wire);
          }
        } catch (error) {
          fail(error as Error);
        }
      };
      const fail = (error: Error): void => {
        socket.destroy();
        pieces.wipe();
        signal?.removeEventListener("abort", onAbort);
        if (wire) wire.#end(error);
        else reject(error);
      };
      const onAbort = (): void => fail(signal!.reason as Error);
      const buffer = Buffer.alloc(READ_BYTES);
      const socket = connect({
        ...address,
        onread: {
          buffer,
          callback: (count: number): boolean => {
            take(buffer.subarray(0, count));
            buffer.fill(0, 0, count);
            return true;
          },
        },
      } as NetConnectOpts);
      socket.once("error", fail);
      socket.once("close", () => fail(new Error("the X server has ended the connection")));
      if (signal?.aborted) return onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      socket.write(hello(cookie));
    });
  }

  /** Who is told of events. */
  set onEvent(listener: OnEvent) {
    this.#onEvent = listener;
  }

  /** Sends a request that is answered. `body` is what follows its first four bytes. */
  ask(opcode: number, minor: number, body: Uint8Array): Promise<DataView> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#send(opcode, minor, body);
      this.#waiting.set(this.#sequence, { opcode, resolve, reject });
    });
  }

  /** Sends a request that is not answered; if it is refused, nobody hears of it. */
  tell(opcode: number, minor: number, body: Uint8Array): void {
    if (!this.#ended) this.#send(opcode, minor, body);
  }

  /** Ends the conversation. */
  close(): void {
    this.#socket.destroy();
  }

  #send(opcode: number, minor: number, body: Uint8Array): void {
    const padded = (body.length + 3) & ~3;
    const request = Buffer.alloc(4 + padded);
    request[0] = opcode;
    request[1] = minor;
    request.writeUInt16LE(1 + padded / 4, 2);
    request.set(body, 4);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#socket.write(request);
  }

  /** Takes one message; false if it is not there as a whole yet. */
  #take(pieces: Pieces): boolean {
    const head = pieces.peek(32);
    if (!head) return false;
    const kind = head.getUint8(0);
    const sequence = head.getUint16(2, true);
    // Replies and generic events (35) tell how much follows; all else has 32 bytes.
    const more = kind === 1 || (kind & 0x7f) === 35 ? head.getUint32(4, true) * 4 : 0;
    if (more > MAX_REPLY_BYTES) throw new Error("the X server's answer is too long");
    const message = pieces.take(32 + more);
    if (!message) return false;
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    if (kind > 1) {
      this.#onEvent(view);
      message.fill(0);
      return true;
    }
    const waiting = this.#waiting.get(sequence);
    this.#waiting.delete(sequence);
    if (kind === 1) waiting?.resolve(view);
    else waiting?.reject(new X11Error(view.getUint8(1), waiting.opcode));
    return true;
  }

  #end(error: Error): void {
    this.#ended = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Bytes as they come in, until a whole message is there. */
class Pieces {
  #bytes: Uint8Array = new Uint8Array(READ_BYTES);
  #length = 0;
  #wanted = 0;

  add(bytes: Uint8Array): void {
    this.#room(this.#length + bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A look at what comes first, good until something is taken. */
  peek(count: number): DataView | undefined {
    if (this.#length < count) return undefined;
    return new DataView(this.#bytes.buffer, 0, count);
  }

  /** A copy, and what follows moves up. */
  take(count: number): Uint8Array | undefined {
    if (this.#length < count) {
      this.#wanted = count;
      return undefined;
    }
    const taken = this.#bytes.slice(0, count);
    this.#bytes.copyWithin(0, count, this.#length);
    this.#bytes.fill(0, this.#length - count, this.#length);
    this.#length -= count;
    this.#wanted = 0;
    return taken;
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  #room(least: number): void {
    const size = Math.max(least, this.#wanted);
    if (this.#bytes.length >= size) return;
    const larger = new Uint8Array(Math.max(size, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes.fill(0);
    this.#bytes = larger;
  }
}

function hello(cookie: Cookie | undefined): Uint8Array {
  const name = Buffer.from(cookie?.name ?? "", "latin1");
  const data = cookie?.data ?? new Uint8Array();
  const pad = (length: number): number => (length + 3) & ~3;
  const bytes = Buffer.alloc(12 + pad(name.length) + pad(data.length));
  bytes[0] = 0x6c; // all numbers little-endian, whatever this computer and the server's are
  bytes.writeUInt16LE(11, 2);
  bytes.writeUInt16LE(name.length, 6);
  bytes.writeUInt16LE(data.length, 8);
  bytes.set(name, 12);
  bytes.set(data, 12 + pad(name.length));
  return bytes;
}
