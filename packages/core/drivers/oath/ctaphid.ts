import { concatBytes, Cursor } from "../../bytes/mod.ts";
import type { FramedAnswer, Framing, FramingOptions } from "../../command/mod.ts";
import { LinkError, TokenError } from "../../errors/mod.ts";
import type { CallOptions, ReportLink } from "../../link/mod.ts";

// CTAP 2, section 11.2 (USB HID), and the vendor command of Nitrokey/trussed-secrets-app@e72e804.

const INIT = 0x86;
const KEEPALIVE = 0xbb;
const ERROR = 0xbf;
/** Vendor command 70, on the wire. */
const SECRETS = 0xf0;
const BROADCAST = 0xffff_ffff;
const FIRST_BYTES = 57;
const NEXT_BYTES = 59;
/** The longest message that its 128 packets can carry. */
const MOST_BYTES = 7609;
const NEEDS_TOUCH = 0x02;
const SEND_REMAINING = Uint8Array.of(0x00, 0xa5, 0x00, 0x00);
const MOST_PARTS = 256;
const TIMEOUT_MS = 10_000;

/**
 * How the commands of a Nitrokey 3 travel over its FIDO interface: CTAPHID packets of 64 bytes on a channel
 * of our own, a vendor command, and answers that begin with their status word.
 *
 * @param onTouch Told when the token says that it waits for a touch.
 *
 * @example The framing that a session is given
 * ```ts
 * import { ctaphidFraming } from "@otpsmith/core/drivers/oath";
 *
 * if (typeof ctaphidFraming().exchange !== "function") throw new Error("unexpected");
 * ```
 */
export function ctaphidFraming(onTouch?: () => void): Framing<ReportLink> {
  let channel: number | undefined;
  return {
    exchange: async (link, message, options) => {
      const talk = new Talk(link, options, onTouch);
      channel ??= await talk.openChannel();
      return await talk.ask(channel, message);
    },
  };
}

interface Packet {
  readonly command: number;
  readonly data: Uint8Array;
}

class Talk {
  readonly #link: ReportLink;
  readonly #options: FramingOptions;
  readonly #onTouch: (() => void) | undefined;
  readonly #until: number;

  constructor(link: ReportLink, options: FramingOptions, onTouch: (() => void) | undefined) {
    this.#link = link;
    this.#options = options;
    this.#onTouch = onTouch;
    this.#until = options.time.now() + (options.timeoutMs ?? TIMEOUT_MS);
  }

  async openChannel(): Promise<number> {
    const nonce = crypto.getRandomValues(new Uint8Array(8));
    await this.#send(BROADCAST, INIT, nonce);
    for (;;) {
      const { data } = await this.#receive(BROADCAST, INIT);
      const answer = new Cursor(data);
      // Others may be given channels at the same time: theirs have another nonce.
      if (data.length >= 17 && answer.take(8).every((byte, i) => byte === nonce[i])) {
        return answer.u32();
      }
    }
  }

  /** Sends a command and puts its whole answer together. */
  async ask(channel: number, message: Uint8Array): Promise<FramedAnswer> {
    const parts: Uint8Array[] = [];
    for (let next = message; parts.length < MOST_PARTS; next = SEND_REMAINING) {
      await this.#send(channel, SECRETS, next);
      const { data } = await this.#receive(channel, SECRETS);
      if (data.length < 2) throw this.#garbled();
      const status = data[0]! * 0x100 + data[1]!;
      parts.push(data.subarray(2));
      if (data[0] === 0x61) continue;
      const whole = concatBytes(parts);
      if (status === 0x9000) return { data: whole };
      // What is refused behind a part of an answer is no refusal of the command.
      if (parts.length > 1) throw this.#garbled();
      return { data: whole, refusal: status };
    }
    throw this.#garbled();
  }

  async #send(channel: number, command: number, data: Uint8Array): Promise<void> {
    if (data.length > MOST_BYTES) throw new RangeError("Cannot send message: it is too long");
    const call = this.#call();
    for (const packet of packetsOf(data, { channel, command })) {
      try {
        await this.#link.send(packet, call);
      } finally {
        packet.fill(0);
      }
    }
  }

  /** Reads packets until the message is whole; those of other channels are others' business. */
  async #receive(channel: number, wanted: number): Promise<Packet> {
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
        if (packet[7] === NEEDS_TOUCH) this.#onTouch?.();
        continue;
      } else if (kind === ERROR) throw this.#refused(packet[7] ?? 0);
      else if (kind !== wanted || data) throw this.#garbled();
      else {
        const length = head.u16();
        if (length > MOST_BYTES) throw this.#garbled();
        data = new Uint8Array(length);
      }
      const part = head.take(Math.min(head.left, data.length - filled));
      data.set(part, filled);
      filled += part.length;
      if (filled === data.length) return { command: wanted, data };
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
    if (code === 0x01) {
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

/** The packets of a message: 57 bytes in the first, 59 in each that follows. */
export function packetsOf(
  data: Uint8Array,
  { channel, command }: { readonly channel: number; readonly command: number },
): readonly Uint8Array[] {
  const packets: Uint8Array[] = [];
  let at = 0;
  do {
    const packet = new Uint8Array(64);
    const view = new DataView(packet.buffer);
    view.setUint32(0, channel);
    const first = packets.length === 0;
    packet[4] = first ? command : packets.length - 1;
    if (first) view.setUint16(5, data.length);
    const part = data.subarray(at, at + (first ? FIRST_BYTES : NEXT_BYTES));
    packet.set(part, first ? 7 : 5);
    packets.push(packet);
    at += part.length;
  } while (at < data.length);
  return packets;
}
