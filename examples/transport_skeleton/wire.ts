import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What the reader speaks: two bytes of length, then so many bytes. One question, one answer. */
export class Wire {
  readonly #socket: Socket;
  readonly #closed = new AbortController();
  /** Fires when the reader goes away, or does not answer in time. */
  readonly closed: AbortSignal = this.#closed.signal;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on("timeout", () => this.#socket.destroy());
    this.#socket.on("error", () => undefined); // "close" follows
    this.#socket.on("close", () => this.#closed.abort(new Error("nothing answers")));
  }

  /** Sends a frame. It may hold a seed: what was copied is overwritten as soon as the system has it. */
  send(bytes: Uint8Array): this {
    const frame = Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length), bytes]);
    this.#socket.write(frame, () => frame.fill(0));
    return this;
  }

  /** The next frame. The wait always ends: when it comes, the time is over, or the reader goes away. */
  async receive(timeoutMs: number, signal: AbortSignal = this.closed): Promise<Uint8Array> {
    const until = AbortSignal.any([this.closed, signal]);
    this.#socket.setTimeout(timeoutMs);
    const length = (await this.#bytes(2, until)).readUInt16BE();
    const frame = Uint8Array.from(await this.#bytes(length, until));
    this.#socket.setTimeout(0);
    return frame;
  }

  /** Lets go of the card, and waits until the reader has: only then can it be opened again. */
  async close(): Promise<void> {
    if (this.closed.aborted) return;
    this.#socket.setTimeout(1_000).resume().end();
    await once(this.#socket, "close");
  }

  async #bytes(count: number, until: AbortSignal): Promise<Buffer> {
    for (;;) {
      const bytes = this.#socket.read(count) as Buffer | null;
      if (bytes) return bytes;
      await once(this.#socket, "readable", { signal: until });
    }
  }
}
