import { LinkError } from "@otpsmith/core/errors";
import {
  type ApduLink,
  type CallOptions,
  createApduLink,
  type Endpoint,
  type OpenOptions,
  type Transport,
  type Usable,
} from "@otpsmith/core/link";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import type { VirtualCard } from "../card.ts";

/** A reader of a {@linkcode MemoryTransport}, and what lies on it. */
export interface MemoryReader {
  /** What it is called; no two readers of a transport have the same name. */
  readonly name: string;
  /** The token on it: anything that has a card, such as a virtual token. */
  readonly token?: { readonly card: VirtualCard } | undefined;
  /** The card on it, where there is no token round it. */
  readonly card?: VirtualCard | undefined;
}

/** Options of {@linkcode memoryTransport}. */
export interface MemoryTransportOptions {
  /** The readers that are plugged in from the start. */
  readonly readers: readonly MemoryReader[];
  /** Measures how long an exchange takes; the computer's clock unless given. */
  readonly time?: TimeSource | undefined;
  /**
   * After how many milliseconds without an answer a reader resets the card and reports a time-out; 5000
   * unless given, the longest that a contactless card may ask for. `Infinity` waits for ever.
   */
  readonly readerTimeoutMs?: number | undefined;
}

/** Short APDUs: 5 bytes of header, 255 of data and Le; 256 bytes of answer and the status word. */
const LIMITS = { command: 261, response: 258 } as const;

const NO_TOKEN = "Switch the token on and place it on the reader.";

/**
 * Readers in this very process, with virtual cards on them: no daemon, no native code.
 *
 * @example Find the token and ask it for its serial number
 * ```ts
 * import { withLink } from "@otpsmith/core";
 * import { createVirtualToken, memoryTransport } from "@otpsmith/simulator";
 *
 * const token = createVirtualToken({ model: "token2-single:C302-i" });
 * const transport = memoryTransport({ readers: [{ name: "Desk", token }, { name: "Empty" }] });
 * const [desk] = await transport.list();
 * const answer = await withLink(desk!, (link) =>
 *   link.transceive(Uint8Array.of(0x80, 0x41, 0, 0, 2, 0x02, 0x11)));
 * await transport[Symbol.asyncDispose]();
 * if (answer.at(-2) !== 0x90) throw new Error("unexpected");
 * ```
 */
export function memoryTransport(options: MemoryTransportOptions): MemoryTransport {
  const { time = systemTime, readerTimeoutMs = 5000 } = options;
  const transport = new MemoryTransport(time, readerTimeoutMs);
  for (const reader of options.readers) transport.plug(reader);
  return transport;
}

/** Made by {@linkcode memoryTransport}. */
export class MemoryTransport implements Transport {
  readonly name = "memory";
  readonly kinds = ["apdu"] as const;
  readonly #time: TimeSource;
  readonly #readerTimeoutMs: number;
  readonly #slots = new Map<string, Slot>();
  readonly #watchers = new Set<() => void>();
  #disposed = false;
  #plugged = 0;

  /** A transport without readers; {@linkcode memoryTransport} makes one with. */
  constructor(time: TimeSource, readerTimeoutMs: number) {
    this.#time = time;
    this.#readerTimeoutMs = readerTimeoutMs;
  }

  /**
   * Plugs a reader in.
   *
   * @throws {RangeError} If there is one of that name.
   */
  plug(reader: MemoryReader): void {
    if (this.#slots.has(reader.name)) {
      throw new RangeError(`Cannot plug in reader: there is one named "${reader.name}" already`);
    }
    const id = `memory:${++this.#plugged}:${reader.name}`;
    const card = reader.card ?? reader.token?.card;
    this.#slots.set(
      reader.name,
      new Slot({
        id,
        name: reader.name,
        card,
        time: this.#time,
        timeoutMs: this.#readerTimeoutMs,
      }),
    );
    this.#changed();
  }

  /** Unplugs a reader: links to it are lost. Nothing happens where there is none of that name. */
  unplug(name: string): void {
    this.#slots.get(name)?.unplugged.abort();
    if (this.#slots.delete(name)) this.#changed();
  }

  /** Always usable. */
  probe(): Promise<Usable> {
    return Promise.resolve({ usable: true, detail: "simulated readers in this process" });
  }

  /** The readers, in the order in which they were plugged in. */
  list(options: CallOptions = {}): Promise<readonly Endpoint<"apdu">[]> {
    return new Promise((resolve) => {
      if (options.signal?.aborted) {
        throw new LinkError("aborted", "Cannot list readers: the call was given up", {
          delivery: "not-sent",
          cause: options.signal.reason,
        });
      }
      if (this.#disposed) {
        throw new LinkError("absent", "Cannot list readers: the transport has been closed", {
          delivery: "not-sent",
        });
      }
      resolve(this.#snapshot());
    });
  }

  /** Snapshots of {@linkcode MemoryTransport.list}, as readers and cards come and go. */
  async *watch(options: CallOptions = {}): AsyncIterable<readonly Endpoint<"apdu">[]> {
    const { signal } = options;
    while (!this.#disposed && !signal?.aborted) {
      let ring = (): void => undefined;
      const change = new Promise<void>((resolve) => ring = resolve);
      const stops = [...this.#slots.values()].map((slot) => slot.card?.onPresence(ring));
      this.#watchers.add(ring);
      signal?.addEventListener("abort", ring);
      try {
        // What happens while the consumer is busy with this snapshot rings, too.
        yield this.#snapshot();
        await change;
      } finally {
        for (const stop of stops) stop?.();
        this.#watchers.delete(ring);
        signal?.removeEventListener("abort", ring);
      }
    }
  }

  /** Unplugs all readers and ends all watches. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const name of [...this.#slots.keys()]) this.unplug(name);
    this.#changed();
    return Promise.resolve();
  }

  #snapshot(): readonly Endpoint<"apdu">[] {
    return [...this.#slots.values()].map((slot) => slot.endpoint());
  }

  #changed(): void {
    for (const wake of [...this.#watchers]) wake();
  }
}

interface SlotOptions {
  readonly id: string;
  readonly name: string;
  readonly card: VirtualCard | undefined;
  readonly time: TimeSource;
  readonly timeoutMs: number;
}

/** One reader: who has its card open, and what became of it. */
class Slot {
  readonly card: VirtualCard | undefined;
  readonly unplugged = new AbortController();
  readonly #options: SlotOptions;
  #open: readonly ("exclusive" | "shared")[] = [];

  constructor(options: SlotOptions) {
    this.#options = options;
    this.card = options.card;
  }

  endpoint(): Endpoint<"apdu"> {
    const { id, name } = this.#options;
    const present = this.card?.present ?? false;
    return {
      id,
      kind: "apdu",
      transport: "memory",
      label: name,
      facts: {
        reader: name,
        card: present ? "present" : "absent",
        ...(present && { atr: this.card!.atr }),
        inUse: this.#open.length > 0,
      },
      open: (options) => new Promise((resolve) => resolve(this.#connect(options))),
    };
  }

  #connect({ signal, share = "exclusive" }: OpenOptions = {}): ApduLink {
    const { card } = this;
    if (signal?.aborted) throw this.#refuse("aborted", "the call was given up", undefined);
    if (this.unplugged.signal.aborted) {
      throw this.#refuse("absent", "the reader was unplugged", "Plug the reader in again.");
    }
    if (!card?.present) throw this.#refuse("absent", "there is no token on it", NO_TOKEN);
    if (this.#open.length > 0 && (share === "exclusive" || this.#open.includes("exclusive"))) {
      throw this.#refuse("busy", "another program holds it", "Close the other program.");
    }
    if (this.#open.length === 0) card.power("on");
    this.#open = [...this.#open, share];
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    const stopWatching = card.onPresence(leave);
    this.unplugged.signal.addEventListener("abort", leave);
    return createApduLink({
      label: this.#options.name,
      medium: "simulated",
      limits: LIMITS,
      gone: gone.signal,
      exchange: (command) => this.#exchange(card, command),
      release: () => {
        stopWatching();
        this.unplugged.signal.removeEventListener("abort", leave);
        this.#open = this.#open.toSpliced(this.#open.indexOf(share), 1);
        if (this.#open.length === 0) card.power("off");
        return Promise.resolve();
      },
    }, this.#options.time);
  }

  async #exchange(card: VirtualCard, command: Uint8Array): Promise<Uint8Array> {
    const { time, timeoutMs } = this.#options;
    if (timeoutMs === Infinity) return await card.process(command);
    const answered = new AbortController();
    let timedOut = false;
    time.sleep(timeoutMs, answered.signal).then(() => {
      timedOut = true;
      card.power("reset"); // a card that hangs lets go of its command
    }, () => undefined);
    try {
      return await card.process(command);
    } catch (error) {
      if (!timedOut) throw error;
      throw new LinkError("timeout", `Cannot send to "${this.#options.name}": no answer in time`, {
        delivery: "unknown",
        cause: error,
      });
    } finally {
      answered.abort();
    }
  }

  #refuse(
    reason: "aborted" | "absent" | "busy",
    state: string,
    next: string | undefined,
  ): LinkError {
    return new LinkError(reason, `Cannot open "${this.#options.name}": ${state}`, {
      delivery: "not-sent",
      next,
    });
  }
}
