import type { TimeSource } from "@otpsmith/core/time";
import { type FrameEvent, FrameParser } from "./frame.ts";
import { Pn532Error, TROUBLE } from "./pn532_error.ts";
import type { SerialPortHandle } from "./serial.ts";

/** A frame in which nothing has come for so long will not end; USB adapters pause for 16 ms. */
const QUIET_MS = 150;
/** A write that takes longer has nobody who reads it: the longest frame takes 25 ms. */
const WRITE_MS = 2_000;
/** How much unheard chatter is kept at most. */
const MOST_EVENTS = 32;

/** Until when something is waited for. */
export interface Deadline {
  /** Whether the time is over. */
  readonly over: boolean;
  /** Forgets it; leaves no timer behind. */
  cancel(): void;
}

/** A serial line on which frames come and go. It ends once, whatever ends it, with a reason. */
export class Line {
  readonly #port: SerialPortHandle;
  readonly #time: TimeSource;
  readonly #parser = new FrameParser();
  readonly #ended = new AbortController();
  readonly #pumped: Promise<void>;
  readonly #events: FrameEvent[] = [];
  #wake: () => void = () => {};
  #cancelQuiet: () => void = () => {};

  /** Begins to listen. */
  constructor(port: SerialPortHandle, time: TimeSource) {
    this.#port = port;
    this.#time = time;
    this.#pumped = this.#pump();
  }

  /** Fires when the line has ended, with a {@linkcode Pn532Error}. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Ends it: whoever waits is told why. The port stays open until {@linkcode Line.close}. */
  end(why: Pn532Error): void {
    if (this.ended.aborted) return;
    this.#cancelQuiet();
    this.#ended.abort(why);
    this.#wake();
  }

  /** Sends bytes and overwrites them. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.ended.aborted) {
      bytes.fill(0);
      throw this.ended.reason;
    }
    const cancel = this.#time.alarm(WRITE_MS, () => this.end(new Pn532Error(TROUBLE.silent)));
    let onEnd = (): void => {};
    try {
      await new Promise<void>((resolve, reject) => {
        onEnd = () => reject(this.ended.reason);
        this.ended.addEventListener("abort", onEnd);
        const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        this.#port.write(view).finally(() => bytes.fill(0)).then(resolve, (cause: unknown) => {
          this.end(new Pn532Error(TROUBLE.unplugged, { cause }));
        });
      });
    } finally {
      cancel();
      this.ended.removeEventListener("abort", onEnd);
    }
  }

  /** A time from now; without milliseconds it never comes. */
  deadline(ms?: number): Deadline {
    const deadline = { over: false, cancel: (): void => {} };
    if (ms !== undefined) {
      deadline.cancel = this.#time.alarm(ms, () => {
        deadline.over = true;
        this.#wake();
      });
    }
    return deadline;
  }

  /** The next thing that is said; `undefined` when the time is over. */
  async next(deadline: Deadline): Promise<FrameEvent | undefined> {
    while (!this.ended.aborted) {
      if (deadline.over) return undefined;
      const event = this.#events.shift();
      if (event) return event;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    throw this.ended.reason;
  }

  /** Forgets what has been said so far: it is not the answer to what comes next. */
  discard(): void {
    wipe(this.#events.splice(0));
  }

  /** Closes the port. */
  async close(): Promise<void> {
    this.end(new Pn532Error(TROUBLE.closed));
    await this.#port.close().catch(() => undefined); // a port that went away cannot be closed
    await this.#pumped;
    this.discard();
  }

  async #pump(): Promise<void> {
    const buffer = Buffer.alloc(512);
    try {
      while (!this.ended.aborted) {
        const { bytesRead } = await this.#port.read(buffer, 0, buffer.length);
        this.#cancelQuiet();
        this.#tell(this.#parser.push(buffer.subarray(0, bytesRead)));
        buffer.fill(0);
        if (!this.#parser.begun || this.ended.aborted) continue;
        this.#cancelQuiet = this.#time.alarm(QUIET_MS, () => this.#tell(this.#parser.stalled()));
      }
    } catch (cause) {
      this.end(new Pn532Error(TROUBLE.unplugged, { cause }));
    }
    this.#parser.stalled(); // overwrites what it holds
  }

  #tell(events: readonly FrameEvent[]): void {
    this.#events.push(...events);
    wipe(this.#events.splice(0, Math.max(0, this.#events.length - MOST_EVENTS)));
    this.#wake();
  }
}

function wipe(events: readonly FrameEvent[]): void {
  for (const event of events) if (event.kind === "data") event.data.fill(0);
}
