import { Cursor } from "../bytes/mod.ts";
import type { FramingOptions } from "../command/mod.ts";
import { LinkError, TokenError } from "../errors/mod.ts";
import type { CallOptions, ReportLink } from "../link/mod.ts";
import { CTAPHID_MOST_BYTES, ctaphidPackets } from "./packets.ts";

const INIT = 0x86;
const KEEPALIVE = 0xbb;
const ERROR = 0xbf;
const BROADCAST = 0xffff_ffff;
const NEEDS_TOUCH = 0x02;
const UNKNOWN_COMMAND = 0x01;
const TIMEOUT_MS = 10_000;

/** What goes with each exchange on a {@linkcode CtaphidChannel}. */
export interface CtaphidOptions extends FramingOptions {
  /** Told when the token says that it waits for a touch. */
  readonly onTouch?: (() => void) | undefined;
}

/**
 * A channel of our own over the FIDO interface of a key (CTAP 2.1, section 11.2), for the commands that
 * makers add to it. Packets of other channels are others' business and passed over.
 *
 * @example The number of the channel
 * ```ts
 * import { CtaphidChannel, createReportLink, ctaphidPackets, systemTime } from "@otpsmith/core";
 *
 * const queue: Uint8Array[] = [];
 * const link = createReportLink({
 *   label: "example",
 *   reportBytes: 64,
 *   send: (report) => {
 *     const given = Uint8Array.of(...report.subarray(7, 15), 1, 2, 3, 4, 2, 0, 0, 0, 0);
 *     queue.push(...ctaphidPackets(given, { channel: 0xffffffff, command: 0x86 }));
 *     return Promise.resolve();
 *   },
 *   receive: () => Promise.resolve(queue.shift()!),
 *   release: () => Promise.resolve(),
 * });
 * const { id } = await CtaphidChannel.open(link, { command: "open channel", time: systemTime });
 * if (id !== 0x01020304) throw new Error("unexpected");
 * ```
 */
export class CtaphidChannel {
  /** Its number. */
  readonly id: number;

  private constructor(id: number) {
    this.id = id;
  }

  /**
   * Asks for a channel.
   *
   * @throws {LinkError} If the conversation failed.
   * @throws {TokenError} `garbled` if the answer has not the documented shape.
   */
  static async open(link: ReportLink, options: CtaphidOptions): Promise<CtaphidChannel> {
    const talk = new Talk(link, options);
    const nonce = crypto.getRandomValues(new Uint8Array(8));
    await talk.send(nonce, { channel: BROADCAST, command: INIT });
    for (;;) {
      const answer = new Cursor(await talk.receive({ channel: BROADCAST, command: INIT }));
      // Others may be given channels at the same time: theirs have another nonce.
      if (answer.left >= 17 && answer.take(8).every((byte, i) => byte === nonce[i])) {
        return new CtaphidChannel(answer.u32());
      }
    }
  }

  /**
   * Sends one message and gives its answer. The packets are overwritten, the message is the caller's.
   *
   * @param command As it stands on the wire, with the highest bit set.
   * @throws {LinkError} If the conversation failed.
   * @throws {TokenError} `unsupported` if the key has no such command, `garbled`.
   */
  async exchange(
    link: ReportLink,
    message: { readonly command: number; readonly data: Uint8Array },
    options: CtaphidOptions,
  ): Promise<Uint8Array> {
    const { command, data } = message;
    const talk = new Talk(link, options);
    await talk.send(data, { channel: this.id, command });
    return await talk.receive({ channel: this.id, command });
  }
}

interface Address {
  readonly channel: number;
  readonly command: number;
}

class Talk {
  readonly #link: ReportLink;
  readonly #options: CtaphidOptions;
  readonly #until: number;

  constructor(link: ReportLink, options: CtaphidOptions) {
    this.#link = link;
    this.#options = options;
    this.#until = options.time.now() + (options.timeoutMs ?? TIMEOUT_MS);
  }

  async send(data: Uint8Array, address: Address): Promise<void> {
    if (data.length > CTAPHID_MOST_BYTES) {
      throw new RangeError("Cannot send message: it is too long");
    }
    const call = this.#call();
    for (const packet of ctaphidPackets(data, address)) {
      try {
        await this.#link.send(packet, call);
      } finally {
        packet.fill(0);
      }
    }
  }

  /** Reads packets until the message is whole. */
  async receive({ channel, command: wanted }: Address): Promise<Uint8Array> {
    let data: Uint8Array | undefined;
    let filled = 0;
    let sequence = 0;
    for (;;) {
      const packet = await this.#link.receive(this.#call());
      if (packet.length < 7) throw this.#garbled();
      const head = new Cursor(packet);
      if (head.u32() !== channel) continue;
      const kind = head.u8();
      if ((kind & 0x80) === 0) {
        if (!data || kind !== sequence++) throw this.#garbled();
      } else if (kind === KEEPALIVE) {
        if (packet[7] === NEEDS_TOUCH) this.#options.onTouch?.();
        continue;
      } else if (kind === ERROR) throw this.#refused(packet[7] ?? 0);
      else if (kind !== wanted || data) throw this.#garbled();
      else {
        const length = head.u16();
        if (length > CTAPHID_MOST_BYTES) throw this.#garbled();
        data = new Uint8Array(length);
      }
      const part = head.take(Math.min(head.left, data.length - filled));
      data.set(part, filled);
      filled += part.length;
      if (filled === data.length) return data;
      if (part.length === 0) throw this.#garbled();
    }
  }

  #call(): CallOptions {
    const left = this.#until - this.#options.time.now();
    if (left <= 0) {
      throw new LinkError("timeout", `Cannot ${this.#options.command}: the token does not answer`, {
        delivery: "unknown",
        next: "Pull the token out, plug it in again and repeat.",
      });
    }
    return { signal: this.#options.signal, timeoutMs: left };
  }

  #garbled(): TokenError {
    const { command } = this.#options;
    return new TokenError("garbled", `Cannot ${command}: the answer has not the known shape`, {
      command,
    });
  }

  #refused(code: number): TokenError {
    const { command } = this.#options;
    if (code === UNKNOWN_COMMAND) {
      return new TokenError("unsupported", `Cannot ${command}: the token has no such command`, {
        command,
      });
    }
    const hex = code.toString(16).padStart(2, "0").toUpperCase();
    return new TokenError("garbled", `Cannot ${command}: the token reports error ${hex}`, {
      command,
    });
  }
}
