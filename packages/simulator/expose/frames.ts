/** One-byte frames that the driver sends, and what they mean to the card. */
export const CONTROL = { off: 0, on: 1, reset: 2, getAtr: 4 } as const;

/** The longest payload that a frame's two bytes of length can tell. */
export const MAX_FRAME = 0xffff;

/**
 * Puts one payload into a frame: two bytes of length, most significant first, then the payload. Both
 * virtual-reader drivers speak such frames, in both directions
 * (frankmorgner/vsmartcard, virtualsmartcard/src/vpcd/vpcd.c).
 *
 * @throws {RangeError} When the payload is longer than {@linkcode MAX_FRAME}.
 *
 * @example Frame a status word
 * ```ts
 * import { encodeFrame } from "@otpsmith/simulator/expose";
 *
 * const frame = encodeFrame(Uint8Array.of(0x90, 0x00));
 * if (frame.join() !== "0,2,144,0") throw new Error(frame.join());
 * ```
 */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_FRAME) {
    throw new RangeError(`Cannot frame ${payload.length} bytes: at most ${MAX_FRAME} fit`);
  }
  const frame = new Uint8Array(2 + payload.length);
  frame[0] = payload.length >> 8;
  frame[1] = payload.length & 0xff;
  frame.set(payload, 2);
  return frame;
}

/**
 * Cuts a stream of bytes into payloads, however the stream was chopped up on its way.
 *
 * @example A frame in two pieces
 * ```ts
 * import { FrameReader } from "@otpsmith/simulator/expose";
 *
 * const reader = new FrameReader();
 * const first = reader.push(Uint8Array.of(0, 2, 0x90));
 * if (first.length !== 0 || !reader.partial) throw new Error("too early");
 * const [payload] = reader.push(Uint8Array.of(0x00));
 * if (payload?.join() !== "144,0") throw new Error("wrong payload");
 * ```
 */
export class FrameReader {
  #pending = new Uint8Array(0);

  /** Whether the length of a frame has arrived and its payload has not, or not all of it. */
  get partial(): boolean {
    return this.#pending.length >= 2;
  }

  /** Takes what arrived and returns the payloads that it completed, in order. */
  push(chunk: Uint8Array): Uint8Array[] {
    let data = new Uint8Array(this.#pending.length + chunk.length);
    data.set(this.#pending);
    data.set(chunk, this.#pending.length);
    const payloads: Uint8Array[] = [];
    while (data.length >= 2) {
      const length = data[0]! << 8 | data[1]!;
      if (data.length < 2 + length) break;
      payloads.push(data.slice(2, 2 + length));
      data = data.subarray(2 + length);
    }
    this.#pending.fill(0); // what passed through here may have been a seed
    this.#pending = data.slice();
    return payloads;
  }
}
