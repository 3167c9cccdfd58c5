import { concatBytes } from "@otpsmith/core/bytes";

/**
 * What the PN532 says over its serial line (NXP UM0701-02, section 6.2.1).
 *
 * - `data`: an information frame: frame identifier (D5 from the chip, D4 from the host) and content.
 * - `ack`: the last frame has arrived. `nack`: say it again.
 * - `refused`: the error frame: the chip does not take this command in this form.
 * - `garbled`: something that began like a frame and was none.
 */
export type FrameEvent =
  | { readonly kind: "data"; readonly data: Uint8Array }
  | { readonly kind: "ack" | "nack" | "refused" | "garbled" };

/** Frame identifiers: who speaks. */
export const FROM_HOST = 0xd4;
/** Frame identifier of the chip's answers. */
export const FROM_CHIP = 0xd5;

/** The most that one frame carries: identifier, code, target or status, and 262 bytes of an APDU. */
const LONGEST = 265;
/** The most that a normal information frame carries; longer ones are extended. */
const LONGEST_NORMAL = 255;

/** Tells the chip that its answer has arrived; sent while it is at work, that it shall stop. */
export const ACK: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0x00, 0xff, 0x00);
/** Asks the chip to send its last answer again. */
export const NACK: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x00, 0x00);

/** Puts a frame identifier and its content, given in parts, into a normal or an extended frame. */
export function encodeFrame(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length < 1 || length > LONGEST) {
    throw new RangeError(`Cannot frame ${length} bytes: a PN532 takes 1 to ${LONGEST}`);
  }
  const head = length <= LONGEST_NORMAL
    ? [length, -length & 0xff]
    : [0xff, 0xff, length >> 8, length & 0xff, -((length >> 8) + (length & 0xff)) & 0xff];
  const sum = parts.reduce((total, part) => total + sumOf(part), 0);
  return concatBytes([
    Uint8Array.of(0x00, 0x00, 0xff, ...head),
    ...parts,
    Uint8Array.of(-sum & 0xff, 0x00),
  ]);
}

/**
 * Finds frames in a stream of bytes in which anything may stand. What looked like a frame and was none
 * is searched again from behind its start code: a frame that noise has run into is still found.
 */
export class FrameParser {
  #rest: Uint8Array = new Uint8Array();

  /** Whether the beginning of a frame has come in and its end has not. */
  get begun(): boolean {
    return startOf(this.#rest, 0) !== -1;
  }

  /** Takes what came in; gives what is complete with it. The bytes are copied. */
  push(bytes: Uint8Array): FrameEvent[] {
    const stream = concatBytes([this.#rest, bytes]);
    this.#rest.fill(0);
    return this.#scan(stream, "more may come");
  }

  /** Nothing more is coming: what has begun will not end. */
  stalled(): FrameEvent[] {
    return this.#scan(this.#rest, "silence");
  }

  #scan(stream: Uint8Array, after: "more may come" | "silence"): FrameEvent[] {
    const events: FrameEvent[] = [];
    let at = 0;
    let start = startOf(stream, at);
    for (; start !== -1; start = startOf(stream, at)) {
      const found = readFrame(stream.subarray(start + 2));
      at = start;
      if (!found && after === "more may come") break;
      events.push(found?.event ?? { kind: "garbled" });
      at = start + 2 + (found?.length ?? 0);
    }
    // The first half of a start code may be the last byte so far.
    if (start === -1) at = stream.at(-1) === 0 && at < stream.length ? stream.length - 1 : Infinity;
    this.#rest = after === "silence" ? new Uint8Array() : stream.slice(at);
    stream.fill(0);
    return events;
  }
}

const CONTROL: Readonly<Record<number, FrameEvent>> = {
  0x00ff: { kind: "ack" },
  0xff00: { kind: "nack" },
};
const GARBLED = { event: { kind: "garbled" }, length: 0 } as const;

/** One frame behind its start code; `undefined` while it is not complete. */
function readFrame(bytes: Uint8Array): { event: FrameEvent; length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first, second] = bytes as unknown as [number, number];
  const control = CONTROL[first * 256 + second];
  if (control) return { event: control, length: 2 };
  const extended = first === 0xff && second === 0xff;
  const head = extended ? 5 : 2;
  if (bytes.length < head) return undefined;
  const length = extended ? bytes[2]! * 256 + bytes[3]! : first;
  const sum = sumOf(extended ? bytes.subarray(2, 5) : bytes.subarray(0, 2));
  if (length < 1 || length > LONGEST || sum % 256 !== 0) return GARBLED;
  const end = head + length;
  if (bytes.length <= end) return undefined;
  if (sumOf(bytes.subarray(head, end + 1)) % 256 !== 0) return GARBLED;
  const event = readContent(bytes.subarray(head, end));
  if (!event) return GARBLED;
  return { event, length: end + 1 };
}

/** Nothing where nobody speaks like that: the checksum of one noise in 256 is right, too. */
function readContent(content: Uint8Array): FrameEvent | undefined {
  if (content.length === 1 && content[0] === 0x7f) return { kind: "refused" };
  if (content[0] !== FROM_CHIP && content[0] !== FROM_HOST) return undefined;
  return { kind: "data", data: content.slice() };
}

function startOf(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    if (bytes[at] === 0x00 && bytes[at + 1] === 0xff) return at;
  }
  return -1;
}

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + byte, 0);
}
