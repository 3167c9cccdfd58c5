/** What a host says to a virtual PN532. */
export type HostFrame =
  | { readonly kind: "command"; readonly code: number; readonly content: Uint8Array }
  | { readonly kind: "ack" }
  | { readonly kind: "nack" }
  /** Damaged, or not from a host: the chip says nothing to it. */
  | { readonly kind: "rubbish" };

/** The chip says that the last frame has arrived. */
export const CHIP_ACK: readonly number[] = [0, 0, 0xff, 0, 0xff, 0];
/** The chip asks for the last frame again: not in its manual, clones do it. */
export const CHIP_NACK: readonly number[] = [0, 0, 0xff, 0xff, 0, 0];
/** The chip does not know the command in this form (NXP UM0701-02, section 6.2.1.5). */
export const SYNTAX_ERROR: readonly number[] = [0, 0, 0xff, 0x01, 0xff, 0x7f, 0x81, 0];

/** The chip's answer as it goes over the line: code of the command plus one, then the content. */
export function chipFrame(code: number, content: Uint8Array): Uint8Array {
  const body = [0xd5, code + 1, ...content];
  const total = body.reduce((a, b) => a + b);
  const [high, low] = [body.length >>> 8, body.length & 0xff];
  const length = body.length < 0x100
    ? [low, 0x100 - low & 0xff]
    : [0xff, 0xff, high, low, 0x200 - high - low & 0xff];
  return Uint8Array.from([0, 0, 0xff, ...length, ...body, 0x100 - total % 0x100 & 0xff, 0]);
}

/** Takes a host's bytes one by one, as the chip's serial unit does. */
export class HostFrameReader {
  #state: (byte: number) => HostFrame | undefined = (byte) => this.#hunt(byte);
  #zero = false;
  #head: number[] = [];
  #body: Uint8Array = new Uint8Array();
  #filled = 0;

  /** The frames that are complete with these bytes. */
  push(bytes: Uint8Array): HostFrame[] {
    const frames: HostFrame[] = [];
    for (const byte of bytes) {
      const frame = this.#state(byte);
      if (frame) frames.push(frame);
    }
    return frames;
  }

  #hunt(byte: number): undefined {
    if (byte === 0xff && this.#zero) {
      this.#head = [];
      this.#state = (next) => this.#readHead(next);
    }
    this.#zero = byte === 0;
  }

  #readHead(byte: number): HostFrame | undefined {
    this.#head.push(byte);
    const [a, b, high = 0, low = 0, check = 0] = this.#head;
    if (b === undefined) return undefined;
    if (a === 0 && b === 0xff) return this.#done({ kind: "ack" });
    if (a === 0xff && b === 0) return this.#done({ kind: "nack" });
    const extended = a === 0xff && b === 0xff;
    if (extended && this.#head.length < 5) return undefined;
    const size = extended ? high * 256 + low : a!;
    const good = extended ? (high + low + check) % 256 === 0 : (a! + b) % 256 === 0;
    if (!good || size < 2 || size > 265) return this.#done({ kind: "rubbish" });
    this.#body = new Uint8Array(size + 1);
    this.#filled = 0;
    this.#state = (next) => this.#readBody(next);
    return undefined;
  }

  #readBody(byte: number): HostFrame | undefined {
    const body = this.#body;
    body[this.#filled++] = byte;
    if (this.#filled < body.length) return undefined;
    const good = body[0] === 0xd4 && body.reduce((a, b) => a + b) % 256 === 0;
    const frame: HostFrame = good
      ? { kind: "command", code: body[1]!, content: body.slice(2, -1) }
      : { kind: "rubbish" };
    body.fill(0);
    return this.#done(frame);
  }

  #done(frame: HostFrame): HostFrame {
    this.#zero = false;
    this.#state = (byte) => this.#hunt(byte);
    return frame;
  }
}
