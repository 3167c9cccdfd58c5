/** Bytes of a report. */
export const REPORT_BYTES = 64;
const MAGIC = 0x21;
const HEAD_BYTES = 3;
const PART_BYTES = REPORT_BYTES - HEAD_BYTES;
/** In the upper half of the second byte: more follow. */
const MORE = 0x20;
/** In the upper half of the second byte: the token is still at work. */
const BUSY = 0xc0;
const NUMBERS = 0x10;

// framefilter/keyroost@b26aa27 (hidframe.rs), go-ctap/token2@1c56620 (transport/hid): the same frames in
// reports of another kind.

/** The reports of a command: 21, number and whether more follow, length, part; filled up with zeros. */
export function framesOf(command: Uint8Array): readonly Uint8Array[] {
  const count = Math.max(1, Math.ceil(command.length / PART_BYTES));
  return Array.from({ length: count }, (_, index) => {
    const part = command.subarray(index * PART_BYTES, (index + 1) * PART_BYTES);
    const frame = new Uint8Array(REPORT_BYTES);
    const more = index < count - 1 ? MORE : 0;
    frame.set([MAGIC, more | (index % NUMBERS), part.length]);
    frame.set(part, HEAD_BYTES);
    return frame;
  });
}

/** What a report was for the answer. */
export type FrameStep = "stray" | "busy" | "part" | "last";

/** Puts an answer together from the reports that it comes in. */
export class FrameReader {
  #bytes: readonly number[] = [];
  #next = 0;
  #done = false;

  /** The whole answer; `undefined` until its last part has come. */
  get answer(): Uint8Array | undefined {
    return this.#done ? Uint8Array.from(this.#bytes) : undefined;
  }

  /**
   * Takes a report. What does not begin with 21 is another program's.
   *
   * @throws {RangeError} If it is a part in the wrong place, or longer than a report.
   */
  take(report: Uint8Array): FrameStep {
    const [magic, flags = 0, length = 0] = report;
    if (magic !== MAGIC || this.#done) return "stray";
    if ((flags & 0xf0) === BUSY) return "busy";
    const part = report.subarray(HEAD_BYTES, HEAD_BYTES + length);
    if ((flags & 0x0f) !== this.#next % NUMBERS || part.length !== length) {
      throw new RangeError("Cannot read answer: a part of it is in the wrong place");
    }
    this.#next++;
    this.#bytes = [...this.#bytes, ...part];
    this.#done = (flags & MORE) === 0;
    return this.#done ? "last" : "part";
  }
}
