import type { Socket } from "node:net";
import type { VirtualCard } from "../card.ts";
import { CONTROL, encodeFrame, FrameReader } from "./frames.ts";

/** What a {@linkcode CardPlug} needs. */
export interface CardPlugOptions {
  /** The card that is put into the slot whenever it is present. */
  readonly card: VirtualCard;
  /** Opens a new connection to the slot. */
  connect(): Socket;
  /**
   * Sends the first byte of the next answer's length (always 0: answers then have at most 255 bytes) as
   * soon as a command's length arrives. vpcd writes length and payload in two pieces with Nagle's
   * algorithm on; that byte carries the TCP acknowledgement that its second piece waits for.
   */
  readonly earlyByte: boolean;
  /** Told when the card failed to answer; the connection is cut, as if the card had been torn out. */
  onError(error: unknown): void;
}

/** Keeps one virtual card in one slot of a virtual reader: connected while the card is present. */
export class CardPlug {
  readonly #options: CardPlugOptions;
  readonly #forget: () => void;
  #connection: Connection | undefined;
  #wanted = false;
  #changed = false;

  constructor(options: CardPlugOptions) {
    this.#options = options;
    this.#forget = options.card.onPresence(() => this.#follow());
  }

  /** Whether the card is connected to its slot now. */
  get seated(): boolean {
    return this.#connection?.open ?? false;
  }

  /** Begins to follow the card's presence: the daemon is there. */
  start(): void {
    this.#wanted = true;
    this.#follow();
  }

  /** Takes the card out until {@linkcode CardPlug.start}; resolves when the connection has ended. */
  async pause(): Promise<void> {
    this.#wanted = false;
    await this.#connection?.end();
  }

  /** Takes the card out for good. */
  async stop(): Promise<void> {
    this.#forget();
    await this.pause();
  }

  #follow(): void {
    const wanted = this.#wanted && this.#options.card.present;
    if (!wanted) return void this.#connection?.end();
    this.#changed = this.#connection !== undefined; // still there, or ending: looked at again then
    if (this.#connection) return;
    const connection = this.#connection = new Connection(this.#options);
    void connection.ended.then((wasOpen) => {
      this.#connection = undefined;
      // Cut from the other side, as after a time-out: the card still lies there. A connection that never
      // came about means that the daemon has gone; its restart calls start().
      if (wasOpen || this.#changed) this.#follow();
    });
  }
}

/** One stay of the card in the slot. */
class Connection {
  /** Resolves when it is over, with whether it ever came about. */
  readonly ended: Promise<boolean>;
  open = false;
  readonly #socket: Socket;
  readonly #options: CardPlugOptions;
  readonly #frames = new FrameReader();
  #early = false;
  #leaving = false;

  constructor(options: CardPlugOptions) {
    this.#options = options;
    const socket = this.#socket = options.connect();
    let wasOpen = false;
    this.ended = new Promise((resolve) => {
      socket.once("close", () => {
        this.open = false;
        if (wasOpen) options.card.power("off");
        resolve(wasOpen);
      });
    });
    socket.once("connect", () => {
      wasOpen = this.open = true;
      socket.setNoDelay(true);
      if (this.#leaving) void this.end();
    });
    socket.on("error", () => {}); // "close" follows and tells all there is to tell
    socket.on("data", (chunk) => this.#receive(chunk));
  }

  /** Leaves the slot, finishing a frame that was begun: vpcd 3.3 dies of a half-read length. */
  end(): Promise<unknown> {
    this.#leaving = true;
    if (this.open && !this.#socket.writableEnded) {
      if (this.#early) this.#socket.end(Uint8Array.of(0));
      else this.#socket.end();
    }
    return this.ended;
  }

  #receive(chunk: Uint8Array): void {
    const payloads = this.#frames.push(chunk);
    chunk.fill(0); // Node gives every chunk its own memory; it may hold a seed
    for (const payload of payloads) void this.#answer(payload);
    if (this.#options.earlyByte && this.#frames.partial && !this.#early && !this.#leaving) {
      this.#early = true;
      this.#socket.write(Uint8Array.of(0));
    }
  }

  async #answer(payload: Uint8Array): Promise<void> {
    const { card } = this.#options;
    if (payload.length === 1) {
      const [control] = payload;
      if (control === CONTROL.getAtr) return this.#send(card.atr);
      if (control === CONTROL.on) card.power("on");
      if (control === CONTROL.off) card.power("off");
      if (control === CONTROL.reset) card.power("reset");
      return;
    }
    try {
      this.#send(await card.process(payload));
    } catch (error) {
      this.#options.onError(error);
      void this.end();
    } finally {
      payload.fill(0);
    }
  }

  #send(answer: Uint8Array): void {
    if (this.#leaving || !this.open) return; // an answer that came too late
    if (this.#options.earlyByte && answer.length > 255) {
      throw new RangeError(
        `Cannot answer ${answer.length} bytes through vpcd: at most 255 pass, chain longer ones`,
      );
    }
    const frame = encodeFrame(answer);
    this.#socket.write(this.#early ? frame.subarray(1) : frame);
    this.#early = false;
  }
}
